"""A page below another one in the table of contents is on the site; print has the one above it."""

from __future__ import annotations


def test_print_has_the_page_above_only(copy):
    (copy.root / "book/below").mkdir()
    (copy.root / "book/below/listed.md").write_text("# Listed below\n\nLooked up.\n", "utf-8")
    copy.edit(
        "_toc.yml",
        "- file: prose\n",
        "- file: prose\n        sections:\n          - file: below/listed\n",
    )
    copy.append("book/prose.md", "What stands above.")
    outcome = copy.build()
    assert outcome.status == 0, outcome
    assert "Looked up." in copy.page("below/listed.html")
    assert 'href="below/listed.html"' in copy.page("prose.html")
    text = copy.latex()
    assert "What stands above." in text
    assert "Listed below" not in text
    assert "Looked up." not in text
