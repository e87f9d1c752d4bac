"""Formulas: MathML spaced as TeX does, in a face cut down to their signs, copied as LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fontTools.ttLib import TTFont
from lxml import etree, html
from tests.book.conftest import ROOT

from bookkit.html import fonts
from bookkit.sphinx_ext.mathematics import Temml

if TYPE_CHECKING:
    from tests.site.visits import Visit

CHAPTER = "gradients_and_derivatives.html"
MATH_FACE = (
    ROOT / "node_modules/@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2"
)


def opened(file: Path) -> TTFont:
    return TTFont(BytesIO(file.read_bytes()))


@pytest.fixture(scope="module")
def temml() -> Iterator[Temml]:
    running = Temml(ROOT, ROOT / "book/macros.tex")
    yield running
    running.close()


@pytest.fixture(scope="module")
def mathml(temml: Temml) -> Callable[[str], etree._Element]:
    def made(tex: str) -> etree._Element:
        formula = temml.render(tex, False)
        assert not formula.error
        return etree.fromstring(formula.mathml)

    return made


def test_operators_in_scripts_stand_close(mathml: Callable[[str], etree._Element]) -> None:
    inner, outer = mathml(r"a_{i+1} + b").iter("mo")
    assert (inner.text, inner.get("lspace"), inner.get("rspace")) == ("+", "0em", "0em")
    assert outer.get("lspace") is None


@pytest.mark.parametrize("before", ["x^2", "2", "(x)", r"\frac12", r"\sqrt2"])
def test_a_name_is_held_apart_from_a_factor(
    mathml: Callable[[str], etree._Element], before: str
) -> None:
    (name,) = (mi for mi in mathml(before + r"\cos(y)").iter("mi") if mi.text == "cos")
    leading = (
        name.getprevious() if name.getprevious() is not None else name.getparent().getprevious()
    )
    assert leading.tag == "mspace"


@pytest.mark.parametrize("before", ["", "=", "x +", "("])
def test_a_name_without_a_factor_is_not(
    mathml: Callable[[str], etree._Element], before: str
) -> None:
    assert not list(mathml(before + r"\cos(y)").iter("mspace"))


@pytest.mark.parametrize(
    ("tex", "spaces"),
    {
        r"\log x": 1,
        r"\log": 0,
        r"-\relu": 0,
        r"\sin' = -\cos": 0,
        r"f(\sin, \cos)": 0,
        r"\frac{\log}{2} + x": 0,
        r"\relu \circ \tanh": 1,
        r"a\quad\log x": 2,
    }.items(),
)
def test_a_name_keeps_its_distance_from_an_argument_only(
    mathml: Callable[[str], etree._Element], tex: str, spaces: int
) -> None:
    assert len(list(mathml(tex).iter("mspace"))) == spaces


def test_a_macro_with_arguments(mathml: Callable[[str], etree._Element]) -> None:
    assert "".join(mathml(r"\pd{f}{x}").itertext()) == "∂f∂x"


def test_what_is_no_macro_is_refused(temml: Temml) -> None:
    assert "nosuchmacro" in temml.render(r"\nosuchmacro", False).error


def test_dots_stand_off_from_letters_only(mathml: Callable[[str], etree._Element]) -> None:
    spaces = {
        tex: [
            (mo.get("lspace"), mo.get("rspace")) for mo in mathml(tex).iter("mo") if mo.text in "…⋯"
        ]
        for tex in (r"a\cdots b", r"x_1, \dots, x_n")
    }
    assert spaces == {r"a\cdots b": [("0.1667em",) * 2], r"x_1, \dots, x_n": [("0em",) * 2]}


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (
            r"\norm{\vx - \vy + \vz} = \sqrt{a + b} \le f(x + y) - 10",
            ["‖𝐱−𝐲+𝐳‖=", "a+b≤", "f(x+y)−", "10"],
        ),
        (
            r"\big(a + b + c + d + e + f + h + k\big) \cdot g = 1",
            ["(a+b+c+d+e+f+h+k)⋅", "g=", "1"],
        ),
        (
            r"x_1 + x_{22}, \dots, x_{n - 1} \in \R^{n + m} \cap AB \quad",
            ["x1+", "x22,…,xn−1∈", "ℝn+m∩", "AB"],
        ),
        (
            r"\sum_{i = 1}^n a_i - b_i < -c - d + \max(e, f)",
            ["∑i=1nai−", "bi<", "−c−", "d+", "max(e,f)"],
        ),
    ],
)
def test_a_long_formula_may_break_as_in_tex(temml: Temml, tex: str, parts: list[str]) -> None:
    formula = temml.render(tex, False)
    assert formula.is_long
    rows = list(etree.fromstring(formula.mathml))
    assert ["".join(row.itertext()).replace("\u2061", "").strip() for row in rows] == parts


def test_a_short_formula_stays_whole(temml: Temml) -> None:
    formula = temml.render("x + y = z", False)
    assert not formula.is_long
    assert "mrow" not in formula.mathml


def test_a_cut_font_has_the_signs_and_no_others(tmp_path: Path) -> None:
    signs = fonts.drawn(set("x=∑"))
    file = tmp_path / "cut.woff2"
    file.write_bytes(fonts.cut(MATH_FACE, signs))
    assert set(opened(file).getBestCmap()) == {ord(sign) for sign in "x=∑√ℎ𝑥"}
    assert fonts.cut(MATH_FACE, signs) == file.read_bytes()


def test_a_cut_font_has_the_weights_that_the_styles_ask_for(tmp_path: Path) -> None:
    source = MATH_FACE.parents[3] / "@fontsource-variable/source-sans-3/files"
    file = tmp_path / "cut.woff2"
    file.write_bytes(fonts.cut(source / "source-sans-3-latin-wght-normal.woff2", {"x"}, (400, 600)))
    (axis,) = opened(file)["fvar"].axes
    assert (axis.axisTag, axis.minValue, axis.maxValue) == ("wght", 400, 600)


def test_radicals_of_all_sizes_are_as_wide_as_the_smallest(tmp_path: Path) -> None:
    file = tmp_path / "cut.woff2"
    file.write_bytes(fonts.cut(MATH_FACE, {"√"}))
    font = opened(file)
    (grown,) = font["MATH"].table.MathVariants.VertGlyphConstruction
    sizes = {record.VariantGlyph for record in grown.MathGlyphVariantRecord}
    assert len(sizes) == 4
    assert {font["hmtx"][name][0] for name in sizes} == {794}


def test_every_sign_of_the_formulas_is_in_the_face(site: Path, pages: list[str]) -> None:
    face = opened(site / "_static/fonts" / MATH_FACE.name).getBestCmap()
    whole = opened(MATH_FACE).getBestCmap()
    shown = set("".join(fonts.signs_of((site / name).read_text("utf-8"))[1] for name in pages))
    wanted = {ord(sign) for sign in fonts.drawn(shown) if not sign.isspace()}
    assert wanted & set(whole) <= set(face)
    # Signs that the face lacks even whole: the one for an application, which is not seen.
    assert {chr(code) for code in wanted - set(whole)} <= {"\u2061", "\u2062", "\u200b"}


COPY = """(select, type) => {
  const range = document.createRange();
  select(range);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  let copied;
  const keep = (event) => (copied = event.clipboardData.getData(type));
  addEventListener("copy", keep, { once: true });
  document.execCommand("copy");
  return copied;
}"""


def copied(visit: Visit, select: str, kind: str = "text/plain") -> str:
    """What a reader has copied after selecting."""
    text = visit.page.evaluate(f"({COPY})((range) => {{ {select} }}, '{kind}')")
    return " ".join(str(text).split())


def test_a_copied_sentence_has_its_latex_once(visit: Callable[..., Visit], address: str) -> None:
    seen = visit(address + CHAPTER)
    seen.page.evaluate(
        """() => document.querySelector("article section > p").innerHTML =
          'Before <span class="math" data-tex="x^2+y"><math><mrow><msup><mi>x</mi><mn>2</mn></msup>'
          + '<mo>+</mo><mi>y</mi></mrow></math></span>\\u2060<span class="stop">,</span> after.'"""
    )
    paragraph = 'document.querySelector("article section > p")'
    assert copied(seen, f"range.selectNodeContents({paragraph})") == "Before $x^2+y$, after."
    # From the middle of a formula: it is taken whole.
    inside = f"range.setStart({paragraph}.querySelector('mn').firstChild, 0);"
    inside += f"range.setEndAfter({paragraph}.lastChild)"
    assert copied(seen, inside) == "$x^2+y$, after."
    assert seen.faults == []


def test_a_displayed_formula_is_copied_as_latex(visit: Callable[..., Visit], address: str) -> None:
    seen = visit(address + CHAPTER)
    tex = seen.page.locator(".formula").first.get_attribute("data-tex")
    got = copied(seen, 'range.selectNodeContents(document.querySelector(".formula"))')
    assert got == " ".join(f"$${tex}$$".split())


def test_links_that_are_copied_with_a_formula_lead_to_the_site(
    visit: Callable[..., Visit], address: str
) -> None:
    seen = visit(address + CHAPTER)
    article = 'range.selectNodeContents(document.querySelector("article"))'
    got = html.fromstring(copied(seen, article, "text/html"))
    links, pictures = got.xpath("//a/@href"), got.xpath("//img/@src")
    assert links
    assert pictures
    assert [link for link in [*links, *pictures] if not link.startswith("http")] == []
    assert got.xpath("//*[@id]") == []
    assert seen.faults == []
