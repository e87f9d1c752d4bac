"""How a claim is decided: at which points, by which comparison, and against which wrong
versions."""
