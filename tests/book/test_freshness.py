"""Nothing stale is shipped, nothing is done twice: what a build does after each kind of change."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from tests.book.conftest import HEAVY


def test_a_mended_book_builds_again(copy, built):
    page = (copy.root / "book/sample.md").read_text("utf-8")
    copy.append("book/sample.md", "```{code-cell} python\n1 / 0\n```")
    assert copy.build().status == 1
    (copy.root / "book/sample.md").write_text(page, "utf-8")
    shutil.rmtree(copy.root / "_build/site")
    outcome = copy.build()
    assert outcome.status == 0, outcome
    assert copy.site() == built.site()


def test_an_edited_shared_module_gives_fresh_results(copy):
    assert "The answer is 41" in copy.page("sample.html")
    copy.edit("code/calcml/answer.py", "41", "42")
    outcome = copy.build()
    assert outcome.status == 0, outcome
    assert "execute: 1 of 1" in outcome.output
    assert "The answer is 42" in copy.page("sample.html")
    notebook = copy.page("notebooks/sample.ipynb")
    assert "The answer is 42" in notebook
    assert "The answer is 41" not in notebook
    # And back again: old results are found by what they depend on, not by when they were made.
    copy.edit("code/calcml/answer.py", "42", "41")
    assert "execute: 0 of 1" in copy.build().output
    assert "The answer is 41" in copy.page("sample.html")


def test_a_prose_edit_executes_nothing_reads_one_page_and_shows(settled):
    before = settled.readings()
    settled.edit("book/sample.md", "is computed by", "is computed, not guessed, by")
    outcome = settled.build()
    assert outcome.status == 0, outcome
    assert "execute: 0 of 1" in outcome.output
    assert "not guessed" in settled.page("sample.html")
    after = settled.readings()
    assert after.keys() == before.keys() == {"index", "prose", "references", "sample"}
    assert {name for name in after if after[name] != before[name]} == {"sample"}


def test_a_label_moves_to_a_page_that_is_read_earlier(settled):
    """Where it was is forgotten before anything is read again."""
    section = "(sec-sample-nomad)=\n## A section that moves\n\nIt is short."
    settled.append("book/sample.md", section)
    outcome = settled.build()
    assert outcome.status == 0, outcome
    settled.edit("book/sample.md", section, "")
    settled.append("book/prose.md", section)
    outcome = settled.build()
    assert outcome.status == 0, outcome
    assert "A section that moves" in settled.page("prose.html")


def test_a_new_caption_executes_nothing_and_shows(settled):
    settled.edit("book/sample.md", "    alt: A line that rises.", "    alt: A line that ascends.")
    outcome = settled.build()
    assert outcome.status == 0, outcome
    assert "execute: 0 of 1" in outcome.output
    assert "A line that ascends." in settled.page("sample.html")
    assert "A line that rises." not in settled.page("sample.html")


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("f(x) = x^2\n$$ (eq", "f(x) = x^3\n$$ (eq", 1),  # a check may read it from the page
        ("1 + 1 = 2", "2 + 2 = 4", 0),
        (":tags: [raises-exception]\n\n1 / 0", ":tags: [raises-exception]\n\n2 / 0", 1),
    ],
)
def test_what_results_depend_on_is_executed_again(copy, old, new, runs):
    copy.edit("book/sample.md", old, new)
    outcome = copy.build()
    assert outcome.status == 0, outcome
    assert f"execute: {runs} of 1" in outcome.output


def test_an_edit_with_an_old_date_shows(settled):
    """What counts is what a file says, not when it was written."""
    page = settled.root / "book/prose.md"
    settled.edit("book/prose.md", "It has no code.", "It holds no code.")
    os.utime(page, (0, 0))
    assert settled.build().status == 0
    assert "It holds no code." in settled.page("prose.html")


def test_a_rebuilt_site_equals_one_built_from_nothing(settled, tmp_path):
    """What one page says of another follows; what is gone from the book is gone from the site."""
    settled.edit("book/sample.md", "# A chapter that runs", "# A chapter that walks")
    new_figure = "```{figure} line.png\n:name: fig-sample-first\n:alt: A line.\n\nA line.\n```\n\n"
    settled.edit("book/sample.md", "```{figure} line.png", new_figure + "```{figure} line.png")
    settled.edit("book/sample.md", ", which {cite:t}`cauchy1847` did not give, is", " is")
    settled.edit("_toc.yml", "      - file: references\n", "")
    outcome = settled.build()
    assert outcome.status == 0, outcome
    assert "chapter that walks" in settled.page("prose.html").partition("<article")[2]
    assert "references.html" not in settled.site()
    afresh = settled.copy_to(tmp_path / "afresh", with_build=False)
    assert afresh.build().status == 0
    rebuilt, new = settled.site(), afresh.site()
    assert rebuilt.keys() == new.keys()
    assert [name for name in new if rebuilt[name] != new[name]] == []


def test_nothing_changed_is_found_before_anything_heavy_is_imported(copy):
    before = copy.site()
    outcome = copy.build(PYTHONPROFILEIMPORTTIME="1")
    assert outcome.status == 0, outcome
    assert outcome.output == "_build/site is up to date\n"
    assert {"bookkit", "yaml"} <= outcome.imported
    assert not outcome.imported & HEAVY
    assert copy.site() == before


def test_the_same_inputs_give_the_same_bytes(built, tmp_path):
    other = built.copy_to(tmp_path / "another folder with a longer name", with_build=False)
    outcome = other.build()
    assert outcome.status == 0, outcome
    ours, theirs = built.site(), other.site()
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_killed_build_leaves_the_site_and_the_next_one_succeeds(copy):
    before = copy.site()
    copy.edit("book/prose.md", "It has no code.", "It holds no code.")
    process = copy.start()
    while "render" not in process.stdout.readline():
        assert process.poll() is None
    while (copy.root / "_build/work/html/complete").exists():  # until Sphinx begins
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert copy.site() == before
    outcome = copy.build()
    assert outcome.status == 0, outcome
    assert "It holds no code." in copy.page("prose.html")


def test_the_results_are_not_those_of_the_builders_own_settings(copy, tmp_path):
    startup = tmp_path / "home/.ipython/profile_default/startup/00-mine.py"
    startup.parent.mkdir(parents=True)
    startup.write_text("import calcml.answer\ncalcml.answer.answer = lambda: 0\n")
    copy.edit("book/sample.md", "1 / 0", "2 / 0")
    outcome = copy.build(HOME=str(tmp_path / "home"))
    assert outcome.status == 0, outcome
    assert "execute: 1 of 1" in outcome.output
    assert "The answer is 41" in copy.page("sample.html")
