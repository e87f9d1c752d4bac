"""The examples in the documentation of the library run as they stand."""

import doctest
import importlib
import pkgutil

import pytest

import calcml
from calcml.table import RULES


@pytest.fixture(autouse=True)
def keep_rules():
    """Examples that add rules to the table leave it as it was."""
    before = dict(RULES)
    yield
    RULES.clear()
    RULES.update(before)


MODULES = ["calcml"] + [m.name for m in pkgutil.walk_packages(calcml.__path__, "calcml.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented(name):
    """Every function and class that a module lists as public says what it does."""
    module = importlib.import_module(name)
    bare = [
        public
        for public in getattr(module, "__all__", [])
        if callable(getattr(module, public))
        and getattr(module, public).__module__ == name
        and not (getattr(module, public).__doc__ or "").strip()
    ]
    assert not bare
