"""Formulas as the page displays them: read, given a meaning, and handed to the claims."""
