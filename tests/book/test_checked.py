"""What has no check, or a check that was written for another formula, does not build."""

from __future__ import annotations

import json
import re

import pytest
from lxml import html
from tests.book.test_myst import SPELLINGS, TEX, spelled

PAGE = "book/sample.md"
EQUATION = "```{{math}}\n:label: {label}\n{tex}\n```\n"
CELL = "```{{code-cell}} python\n---\ntags: [check]\nchecks: [{labels}]\n---\n{code}\n```\n"
IMPORT = "```{code-cell} python\nfrom calcml import check\n```\n"
READ = 'check.identity(check.latex("eq-sample-read"))'
TYPED = 'check.identity(lambda x: (x - 1) ** 2, lambda x: x * x - 2 * x + 1, draw=lambda rng: rng.normal(size=3), label="eq-sample-typed")'  # noqa: E501
GOOD = "\n".join(
    [
        IMPORT,
        EQUATION.format(label="eq-sample-read", tex="(x + 1)^2 = x^2 + 2x + 1"),
        CELL.format(labels="eq-sample-read", code=READ),
        EQUATION.format(label="eq-sample-typed", tex=r"(x - 1)^2 = x^2 - 2x + 1"),
        CELL.format(labels="eq-sample-typed", code=TYPED),
        EQUATION.format(label="eq-sample-goal", tex="x = \\text{?}"),
        "```{unchecked} eq-sample-goal\nIt is what we look for.\n```\n",
    ]
)
# What is added, the line of it that is at fault, and the message.
FAULTS = [
    (EQUATION.format(label="eq-sample-bare", tex="1 = 1"), 0, "'eq-sample-bare' has no check"),
    (CELL.format(labels="", code="check.equal(1, 1, atol=0)"), 2, "names no equation"),
    (
        "```{eval-rst}\n.. math:: 1 = 1\n   :label: eq-sample-rst\n```\n",
        1,
        "'eq-sample-rst' is displayed otherwise than the ledger of checks reads it",
    ),
    ("```{unchecked} eq-sample-nil\nBecause.\n```\n", 0, "'eq-sample-nil', which is no equation"),
    ("```{unchecked} eq-sample-read\nBecause.\n```\n", 0, "is checked and called unchecked"),
    ("```{unchecked} eq-sample-goal\n```\n", 0, "[Cc]ontent"),
    ("```{source} calcml.nothing.here\n```\n", 0, "no Python object 'calcml.nothing.here'"),
    ("```{interactive} nothing\n:twin: fig-a\n:label: A\n```\n", 0, "interactive/nothing.js"),
    (
        "```{interactive} directional_derivative_rose\n:label: A\n```\n",
        0,
        "name the figure it brings to life",
    ),
    (
        "```{interactive} directional_derivative_rose\n:twin: fig-sample-line\n```\n",
        0,
        "say what it shows to a screen reader",
    ),
    (
        "```{interactive} directional_derivative_rose\n:twin: fig-none\n:label: A\n```\n",
        0,
        "no figure here is named 'fig-none'",
    ),
]


@pytest.fixture(scope="module")
def with_checks(built, tmp_path_factory):
    """A copy whose chapter has an equation of each kind, built; not to be changed."""
    copy = built.copy_to(tmp_path_factory.mktemp("checked") / "book")
    copy.append(PAGE, GOOD)
    outcome = copy.build()
    assert outcome.status == 1, outcome
    new = rf"(?m)^{PAGE}:\d+: this equation changed since its check was reread: eq-sample-typed$"
    assert re.search(new, outcome.errors), outcome
    assert "make accept-checks" in outcome.errors
    assert "eq-sample-read" not in outcome.last_lines
    accept(copy, changed=1)
    outcome = copy.build()
    assert outcome.status == 0, outcome
    return copy


@pytest.fixture
def own(with_checks, tmp_path):
    return with_checks.copy_to(tmp_path / "book")


def digests(copy) -> set:
    """The digests of equations that the copy of the book keeps."""
    file = copy.root / "book" / "checks.json"
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {(label, digest) for label, digest in kept.items() if label.startswith("eq-")}


def accept(copy, *, changed: int) -> None:
    before = digests(copy)
    outcome = copy.build("accept-checks")
    assert outcome.status == 0, outcome
    assert "digests of equations and texts changed" in outcome.output
    assert len(before ^ digests(copy)) == changed


def test_a_mark_opens_the_check_and_a_reason_needs_none(with_checks):
    page = html.fromstring(with_checks.page("sample.html"))
    marks = page.xpath("//button[@class='check-mark']/@popovertarget")
    assert marks == ["check-eq-sample-read", "check-eq-sample-typed"]
    for mark in marks:
        panel = page.get_element_by_id(mark)
        assert panel.get("popover") is not None
        assert re.search(r"✓ .*wrong versions rejected", panel.text_content())
    assert "It is what we look for" not in page.text_content()
    accepted = json.loads((with_checks.root / "book/checks.json").read_text("utf-8"))
    assert [label for label in accepted if label[:3] == "eq-"] == ["eq-sample-typed"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(x + 1)^2 = x^2 + 2x", "(x + 1)^2 = x^2 - 2x", "CheckFailed: .*eq-sample-read.* fails"),
        ("(x - 1)^2 = x^2 - 2x", "(x - 1)^2 = x^2 + 2x", "this equation changed .*eq-sample-typed"),
    ],
    ids=["read", "typed"],
)
def test_a_changed_equation_stops_the_build_every_time(own, old, new, message):
    before = own.site()
    own.edit(PAGE, old, new)
    for _ in range(2):
        outcome = own.build()
        assert outcome.status == 1, outcome
        assert re.search(rf"(?m)^{PAGE}:\d+: {message}", outcome.last_lines), outcome
        assert own.site() == before


def test_a_check_of_no_equation_stops_the_build(own):
    cell = CELL.format(labels="eq-sample-none", code="check.equal(1, 1, atol=0)")
    line = own.append(PAGE, cell) + 5
    for command in ("html", "accept-checks"):
        outcome = own.build(command)
        assert outcome.status == 1, outcome
        message = "a check names 'eq-sample-none', which is no equation here"
        assert f"{PAGE}:{line}: {message}" in outcome.last_lines


def test_a_changed_equation_is_noticed_in_every_spelling(own):
    """The check beside each is typed, so that only the ledger can notice."""
    labels = [f"eq-sample-spelled{number}" for number in range(len(SPELLINGS))]
    for name, label in zip(SPELLINGS, labels, strict=True):
        cell = CELL.format(labels=label, code=TYPED.replace("eq-sample-typed", label))
        own.append(PAGE, f"{spelled(name, label)}\n\n{cell}")
    accept(own, changed=len(labels))
    outcome = own.build()
    assert outcome.status == 0, outcome  # and so Sphinx displays what the ledger has read
    page = own.root / PAGE
    page.write_text(page.read_text("utf-8").replace(TEX, "(x - 1)^2 = x^2 + 7x + 1"), "utf-8")
    outcome = own.build()
    assert outcome.status == 1, outcome
    message = rf"(?m)^{PAGE}:\d+: this equation changed since its check was reread: (\S+)$"
    assert sorted(re.findall(message, outcome.errors)) == sorted([*labels, "eq-sample-typed"])


def test_a_reread_check_is_accepted_and_spaces_do_not_count(own):
    own.edit(PAGE, "(x - 1)^2 = x^2", "(x-1)^2  =  x^2")
    accept(own, changed=0)
    own.edit(PAGE, "(x-1)^2  =", "(1 - x)^2 =")
    accept(own, changed=2)  # the old one goes, the new one comes
    outcome = own.build()
    assert outcome.status == 0, outcome


def test_every_fault_is_told_at_its_place(own):
    places = [(own.append(PAGE, text.rstrip()) + line, message) for text, line, message in FAULTS]
    outcome = own.build()
    assert outcome.status == 1, outcome
    for line, message in places:
        assert re.search(rf"(?m)^{PAGE}:{line}: .*{message}", outcome.errors), (line, message)
