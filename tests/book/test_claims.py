"""Claims about figures and summaries: recorded, counted, and held to the text beside them."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from lxml import html
from tests.book import rules
from tests.mutants import texts

from bookkit import myst
from bookkit.build import ledger
from bookkit.build.cache import executed
from bookkit.build.chapters import read_chapters
from bookkit.layout import Layout
from bookkit.myst import Page
from bookkit.statements import statements

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = Layout(ROOT)
# Chapters in which every figure and the summary has a claim about it. A chapter that is rewritten
# enters this list and stays in it.
CLAIMED: list[str] = [
    "automatic_differentiation",
    "bayesian_inference",
    "chain_rule_backpropagation",
    "constrained_methods",
    "curvature_of_networks",
    "deep_networks",
    "derivatives",
    "duality_and_svm",
    "expectations_and_densities",
    "functions",
    "gradient_descent",
    "gradients_and_derivatives",
    "hessian_and_curvature",
    "integration_examples",
    "lagrange_multipliers_and_kkt",
    "limits_and_continuity",
    "momentum",
    "monte_carlo",
    "partial_derivatives",
    "second_order_methods",
    "stochastic_optimization",
    "taylor_series_approximation",
    "tensor_calculus",
    "transformer_from_scratch",
    "variational_inference",
    "vector_calculus",
    "why_calculus",
]

CHAPTER = """
```{code-cell} python
---
mystnb:
  image:
    alt: "The error falls from {sample_first:.1f} below {sample_last:.3f}."
  figure:
    name: fig-sample-error
    caption: The error falls four times.
---
import numpy as np
from IPython.display import SVG

from calcml import claim
from calcml.notebook import glue

errors = 0.5 ** np.arange(5)
claim.below("the error falls", errors[1:], errors[:-1], about="fig-sample-error")
claim.near("the last error is about 0.06", errors[-1], 0.06, about="summary")
glue(sample_first=errors[0], sample_last=errors[-1])
SVG("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><path d='M0 0h9'/></svg>")
```

## Summary

The last error is about 0.06.
"""
INDEX = "# Checked results\n\n```{check-index} The only part\n```\n"


@pytest.fixture(scope="module")
def claiming(built, tmp_path_factory):
    """A copy of the book in which the sample claims something, built and accepted."""
    copy = built.copy_to(tmp_path_factory.mktemp("claims") / "book")
    copy.append("book/sample.md", CHAPTER)
    copy.append("book/prose.md", INDEX.removeprefix("# Checked results\n"))
    for command in ("html", "accept-checks", "html"):
        outcome = copy.build(command)
        assert outcome.status == 0, outcome
    return copy


@pytest.fixture
def claimed(claiming, tmp_path):
    return claiming.copy_to(tmp_path / "book")


def test_claims_are_recorded_and_seen_in_the_index_alone(claiming):
    layout = Layout(claiming.root)
    (chapter,) = (c for c in read_chapters(layout) if c.file.stem == "sample")
    found = ledger.claims(executed(layout, chapter))
    assert [record["label"] for record in found] == [["fig-sample-error"], ["summary"]]
    assert all(record["rejected"] for record in found)
    assert ledger.results(executed(layout, chapter)) == []
    index = html.fromstring(claiming.page("prose.html")).text_content()
    assert "2 claims" in index
    assert "the error falls" in index
    page = html.fromstring(claiming.page("sample.html"))
    assert len(page.xpath("//figure[@id='fig-sample-error']")) == 1
    assert "✓" not in page.find(".//article").text_content().replace("✓ (", "")


def test_an_alternative_text_has_its_numbers_on_site_and_in_notebook(claiming):
    text = "The error falls from 1.0 below 0.062."
    page = html.fromstring(claiming.page("sample.html"))
    assert page.xpath("//figure[@id='fig-sample-error']/img/@alt") == [text]
    notebook = nbformat.read(claiming.root / "_build/site/notebooks/sample.ipynb", as_version=4)
    settings = [cell.metadata.get("mystnb", {}) for cell in notebook.cells]
    assert text in [setting.get("image", {}).get("alt") for setting in settings]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sample_last=", "sample_lost=", "names 'sample_last', but no cell glues it"),
        ("errors[1:], errors[:-1]", "errors[:-1], errors[1:]", "1 and 0.5 are not in this order"),
        ('about="fig-sample-error"', 'about="fig-sample-eror"', "which is no label here"),
        ("falls four", "falls five", "changed since its claims were reread: fig-sample-error"),
        ("} below {", "} above {", "changed since its claims were reread: fig-sample-error"),
        ("is about 0.06.", "is about 0.08.", "since its claims were reread: summary of sample"),
    ],
)
def test_what_is_wrong_stops_the_build_until_it_is_accepted(claimed, old, new, says):
    claimed.edit("book/sample.md", old, new)
    for _ in range(2):
        outcome = claimed.build()
        assert outcome.status != 0, outcome
        assert says in outcome.errors, outcome
        assert "book/sample.md:" in outcome.last_lines, outcome


def test_a_text_that_was_reread_is_accepted_and_layout_is_free(claimed):
    claimed.edit(
        "book/sample.md", "caption: The error falls", "caption: >\n      The error\n      falls"
    )
    assert claimed.build().status == 0
    claimed.edit("book/sample.md", "The last error is about 0.06.", "It is about 0.06.")
    assert claimed.build().status != 0
    outcome = claimed.build("accept-checks")
    assert "2 digests of equations and texts changed" in outcome.output  # an old and a new one
    assert claimed.build().status == 0


def test_every_figure_and_summary_of_the_book_was_accepted():
    accepted = ledger.accepted_digests(LAYOUT)
    found = [s for file in LAYOUT.chapters for s in statements(myst.read(LAYOUT, file))]
    assert len(found) > 50
    assert [s.label for s in found if accepted.get(s.label) != s.digest] == []


def test_every_figure_and_summary_of_the_chapters_held_to_it_has_a_claim():
    chapters = {c.file.stem: c for c in read_chapters(LAYOUT) if c.file.parent == LAYOUT.book}
    for name in CLAIMED:
        chapter = chapters[name]
        records = ledger.claims(executed(LAYOUT, chapter))
        subjects = {subject for record in records for subject in record["label"]}
        assert list(rules.unclaimed(chapter.page, subjects)) == []


def test_a_figure_without_a_claim_is_listed():
    page = Page("book/sample.md", CHAPTER)
    (complaint,) = rules.unclaimed(page, ["fig-sample-error"])
    assert complaint == "book/sample.md:24: no cell claims anything about summary of sample"
    assert list(rules.unclaimed(page, ["fig-sample-error", "summary"])) == []


def test_every_changed_number_and_order_is_noticed():
    page = Page("book/sample.md", CHAPTER)
    accepted = {statement.label: statement.digest for statement in statements(page)}
    changed = list(texts.mutants(CHAPTER))
    lines = {
        new
        for mutant in changed
        for old, new in zip(CHAPTER.splitlines(), mutant.splitlines(), strict=True)
        if old != new
    }
    assert "The last error is about 0.7." in lines
    assert "    caption: The error falls five times." in lines
    assert any("above {" in line for line in lines)
    assert all(texts.is_noticed(page, mutant, accepted) for mutant in changed)
    assert not texts.is_noticed(
        page, CHAPTER.replace("errors[-1], 0.06", "errors[-1], 0.07"), accepted
    )
