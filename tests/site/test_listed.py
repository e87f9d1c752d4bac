"""What has pages of its own below a list of it: old links to the list still arrive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lxml import html

if TYPE_CHECKING:
    from tests.site.visits import Visit

#: The page with the list, and what stands on the pages below it and once stood there.
LISTED = {
    "calcml": "//dl[contains(@class, 'py')]/dt/@id | //section/section/@id",
    "checks": "//section/section/@id",
}


@pytest.mark.parametrize("name", LISTED)
def test_the_list_is_whole(site: Path, name: str) -> None:
    listed = {
        str(link.get("id")): link.get("href")
        for link in html.parse(site / f"{name}.html").xpath("//div[@class='moved']//a[@id]")
    }
    below = {
        str(anchor): f"{page.relative_to(site)}#{anchor}"
        for page in (site / name).glob("*.html")
        for anchor in html.parse(page).xpath(LISTED[name])
    }
    assert len(listed) > 50
    assert listed == below


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("calcml.html#calcml.diff.grad", "calcml/diff.html#calcml.diff.grad"),
        ("calcml.html#module-calcml.svm", "calcml/constrained.html#module-calcml.svm"),
        ("checks.html#checks-momentum", "checks/optimization.html#checks-momentum"),
    ],
)
@pytest.mark.parametrize("where", ["served", "from disk"])
def test_an_old_link_goes_on(
    visit: Callable[..., Visit], address: str, site: Path, where: str, old: str, new: str
) -> None:
    root = address if where == "served" else f"{site.as_uri()}/"
    seen = visit(root + old)
    seen.page.wait_for_url(root + new)
    assert seen.page.evaluate("document.querySelector(':target').checkVisibility()")
