"""From chapters to the site: execute, render, typeset, assemble, serve."""
