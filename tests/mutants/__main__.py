"""Break the book and its library on purpose, one place at a time: ``make mutants``."""

from __future__ import annotations

import sys

from tests.mutants import formulas, rules, signs, texts

if __name__ == "__main__":
    sys.exit(max(part.main() for part in (rules, signs, formulas, texts)))
