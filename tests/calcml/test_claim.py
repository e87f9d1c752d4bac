"""A claim that fails, or holds by a hair, raises; one that holds is kept in the notebook."""

from __future__ import annotations

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from calcml import check, claim

HOLD = [
    lambda: claim.holds("it is", True, about="fig-a"),
    lambda: claim.holds("all are", np.array([[True], [True]]), about="fig-a"),
    lambda: claim.below("falls", [1.0, 2.0], [2.0, np.inf], about="fig-a"),
    lambda: claim.below("counts", 10**7, 10**7 + 1, about="fig-a"),
    lambda: claim.near("about 15", 14.1, 15, about="fig-a"),
    lambda: claim.near("about -15", [-15.5, -14.5], -15, about="fig-a"),
]
FAIL = [
    (lambda: claim.holds("it is", False, about="fig-a"), r"\[fig-a\] claim fails: it is: false"),
    (
        lambda: claim.holds("all are", [True, False, False], about="fig-a"),
        "false for 2 of 3 entries, first at index 1",
    ),
    (
        lambda: claim.below("falls", [1.0, 3.0], 2.0, about="fig-a"),
        "3 and 2 are not in this order at index 1",
    ),
    (lambda: claim.below("falls", np.nan, 2.0, about="fig-a"), "nan and 2 are not in this order"),
    (lambda: claim.below("falls", [2, 2], [3, 2], about="fig-a"), "2 and 2 .* at index 1"),
    (lambda: claim.near("about 15", 17.9, 15, about="fig-a"), "measured 17.9, stated 15"),
    (lambda: claim.near("about 15", [15, np.nan], 15, about="fig-a"), "measured nan, stated 15"),
]
EDGE = [
    lambda: claim.below("falls", 1.0, 1.0 + 1e-12, about="fig-a"),
    lambda: claim.below("falls", 1.0 + 1e-12, 1.0, about="fig-a"),
    lambda: claim.below("falls", [0.5, 1.0], 1.0, about="fig-a"),
    lambda: claim.near("about 15", 16.4, 15, about="fig-a"),
    lambda: claim.near("about 15", 16.6, 15, about="fig-a"),
]


@pytest.mark.parametrize("true", HOLD)
def test_a_true_claim_passes(true):
    assert true() is None


@pytest.mark.parametrize(("false", "says"), FAIL)
def test_a_false_claim_says_the_numbers(false, says):
    with pytest.raises(check.CheckFailed, match=says):
        false()


@pytest.mark.parametrize("hair", EDGE)
def test_no_verdict_on_the_edge(hair):
    with pytest.raises(check.CheckFailed, match="stands on the edge"):
        hair()


def test_a_tolerance_that_admits_twice_the_number_is_refused():
    with pytest.raises(check.CheckFailed, match=r"half of it|twice the number"):
        claim.near("about 15", 15, 15, about="fig-a", within=0.6)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: claim.holds("a", 0.5, about="b"), TypeError, "True, False or an array"),
        (lambda: claim.holds("a", np.array([], bool), about="b"), ValueError, "has no entries"),
        (lambda: claim.below("a", [], 1.0, about="b"), ValueError, "has no entries"),
        (lambda: claim.near("a", 0.1, 0, about="b"), ValueError, "must not be zero"),
    ],
)
def test_what_claims_nothing_is_refused(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_a_claim_is_kept_but_not_shown():
    """As MyST-NB takes glued values out of the cell; in a running notebook one sees the claim."""
    shell = InteractiveShell.instance()
    try:
        with capture_output() as captured:
            shell.run_cell(
                "from calcml import claim\nclaim.below('it falls', 1.0, 2.0, about='fig-a')"
            ).raise_error()
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    assert output.data["text/plain"] == "✓ fig-a: it falls"
    record = output.data[check.MIME]
    assert (record["kind"], record["label"]) == ("claim", ["fig-a"])
    assert record["statement"] == "it falls"
    assert record["rejected"] == ["the other way round"]
    prefix = output.metadata["scrapbook"]["mime_prefix"]
    assert check.MIME.startswith(prefix)
    assert "it falls" in output.metadata["scrapbook"]["name"]
