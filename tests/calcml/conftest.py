"""Let the tests of this folder import the tables that lie beside them; what several share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def versions(monkeypatch):
    """Record the wrong versions that a check makes, by name."""
    from calcml.check.engine.verify import verify

    made = {}

    def spy(kind, statement, claim, test, wrong, **options):
        wrong = list(wrong)
        made.update({w.name: w.claim for w in wrong})
        return verify(kind, statement, claim, test, wrong, **options)

    for module in ("values", "bounds", "chance"):
        monkeypatch.setattr(f"calcml.check.claims.{module}.verify", spy)
    return made
