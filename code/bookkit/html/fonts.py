"""The fonts that are served with the pages, each cut down to the signs that the pages show.

The whole fonts come from the locked packages in ``node_modules``. The same signs give the same
bytes, so a cut is kept until the signs change.
"""

from __future__ import annotations

import re
import shutil
import string
from collections.abc import Iterable
from html import unescape
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from bookkit.layout import BuildError, Layout, digest

#: Where each family lies, and the files of it that the pages may ask for.
FAMILIES = {
    "stix-two-text": (
        "@fontsource-variable",
        ["latin-wght-normal", "latin-wght-italic", "latin-ext-wght-normal"],
    ),
    "source-sans-3": ("@fontsource-variable", ["latin-wght-normal", "latin-ext-wght-normal"]),
    "source-code-pro": ("@fontsource-variable", ["latin-wght-normal", "greek-wght-normal"]),
    "stix-two-math": ("@fontsource", ["latin-400-normal"]),
}
MATHEMATICS = "stix-two-math"
#: The weights that the style sheet asks of families that have more.
WEIGHTS = {"source-sans-3": (400, 600), "source-code-pro": (400, 600)}
#: Features of fonts that no style asks for and no text needs.
UNUSED = {"frac", "numr", "dnom"}
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
TAG = re.compile(r"<[^>]*>")
#: The first italic letter of each alphabet that a browser puts for a letter in a formula.
ITALIC = {"A": 0x1D434, "a": 0x1D44E, "Α": 0x1D6E2, "α": 0x1D6FC}
RADICAL = 0x221A
Weights = tuple[int, int]  # the least and the greatest


def signs_of(page: str) -> tuple[str, str]:
    """The signs of a page, and those of its formulas."""
    formulas = " ".join(TAG.sub(" ", formula) for formula in FORMULA.findall(page))
    return "".join(sorted(set(unescape(page)))), "".join(sorted(set(unescape(formulas))))


def write(layout: Layout, target: Path, text: Iterable[str], formulas: Iterable[str]) -> None:
    """Cut the fonts down to the signs of all texts and formulas."""
    target.mkdir(parents=True)
    ascii_signs = set(string.printable)
    plain = ascii_signs.union(*text)
    mathematical = drawn(ascii_signs.union(*formulas))
    for family, (scope, names) in FAMILIES.items():
        package = layout.root / "node_modules" / scope / family
        signs = mathematical if family == MATHEMATICS else plain
        for name in names:
            source = package / "files" / f"{family}-{name}.woff2"
            shutil.copy(_cut(layout, source, signs, WEIGHTS.get(family)), target / source.name)
        shutil.copy(package / "LICENSE", target / f"{family}-LICENSE.txt")


def drawn(signs: set[str]) -> set[str]:
    """Add what browsers draw beside the signs of formulas: radicals, and letters as italics."""
    italics = {chr(RADICAL), "ℎ"}  # the h stands elsewhere in Unicode than the others
    for first, italic in ITALIC.items():
        size = 26 if first in string.ascii_letters else 25
        italics |= {chr(italic + i) for i in range(size) if chr(ord(first) + i) in signs - {"h"}}
    others = dict(zip("ϵϑϰϕϱϖ∂", range(0x1D716, 0x1D71D), strict=True))
    italics |= {chr(code) for sign, code in others.items() if sign in signs}
    return signs | italics


def _cut(layout: Layout, source: Path, signs: set[str], weights: Weights | None) -> Path:
    """The file of a cut font, made once for its signs."""
    if not source.is_file():
        raise BuildError(f"{source} is missing; run `make` (it installs what is needed)")
    maker = Path(__file__).read_text("utf-8")
    key = digest(source.parent, [source], maker, "".join(sorted(signs)))
    kept = layout.work / "fonts" / f"{source.stem}-{key[:16]}.woff2"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        # At once or not at all: a build may be killed at any moment.
        written = kept.with_suffix(".new")
        written.write_bytes(cut(source, signs, weights))
        written.replace(kept)
    return kept


def cut(source: Path, signs: set[str], weights: Weights | None = None) -> bytes:
    """A WOFF2 font with no other signs and weights than these."""
    options = subset.Options()
    features = [*subset.Options._layout_features_default, "tnum"]
    options.layout_features = [name for name in features if name not in UNUSED]
    options.hinting = False
    options.recalc_timestamp = False
    font = subset.load_font(BytesIO(source.read_bytes()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(signs)))
    subsetter.subset(font)
    if "MATH" in font and RADICAL in font.getBestCmap():
        narrow_radicals(font)
    if weights:
        instancer.instantiateVariableFont(font, {"wght": weights}, inplace=True)
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written, reorderTables=None)
    return written.getvalue()


def narrow_radicals(font: TTFont) -> None:
    """Give all sizes of the radical the width of the smallest.

    Chromium keeps room for the widest of them beside every root, so that a space stands after a
    small one.
    """
    glyphs, metrics = font["glyf"], font["hmtx"].metrics
    radical = font.getBestCmap()[RADICAL]
    width = metrics[radical][0]
    variants = font["MATH"].table.MathVariants
    grown = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(radical)]
    names = {record.VariantGlyph for record in grown.MathGlyphVariantRecord}
    names |= {part.glyph for part in grown.GlyphAssembly.PartRecords}
    for name in names - {radical}:
        glyph = glyphs[name]
        glyph.coordinates.scale((width / metrics[name][0], 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(glyphs)
        metrics[name] = (width, glyph.xMin)
