"""Tables of formulas: every row is read from the page that prints it, and checked as what it is."""
