"""The examples in the documentation of the library run as they stand."""

import doctest
import importlib
import pkgutil
import re

import pytest

import calcml
from calcml.diff.rules.registry import RULES


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


NUMBER = re.compile(r"(?<![\w.])(\d+\.\d+)(?!\.\.\.|\d)")


def last_digits(shown: str) -> list[str]:
    """Numbers shown so far that their end depends on the processor and its libraries."""
    return [
        number for number in NUMBER.findall(shown) if len(number.replace(".", "").lstrip("0")) >= 15
    ]


@pytest.mark.parametrize("name", MODULES)
def test_no_example_shows_digits_that_depend_on_the_machine(name):
    module = importlib.import_module(name)
    examples = [e for test in doctest.DocTestFinder().find(module) for e in test.examples]
    assert [found for example in examples for found in last_digits(example.want)] == []


def test_last_digits_are_found():
    assert last_digits("x = 0.10000000000000001\n") == ["0.10000000000000001"]
    assert last_digits("[1.8185948536513634 2.0]") == ["1.8185948536513634"]
    assert last_digits("-3.62203370071632e-05") == ["3.62203370071632"]
    assert last_digits("0.00026041666666666666") == ["0.00026041666666666666"]
    assert last_digits("1.81859485365136..., 0.000000000000000001, 1234567890.1234") == []


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
