r"""Formulas read from the page: :func:`latex` turns a displayed equation into SymPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from calcml.check.formulas import page
from calcml.check.formulas.cursor import canonical
from calcml.check.formulas.meaning import Scope
from calcml.check.formulas.structures import Reader
from calcml.check.formulas.tokens import RELATIONS, LatexError, Names, Token, scan, tokenize

Shape = int | tuple[int, int]
_LABEL = re.compile(r"eq-[\w:.-]+")
_BLOCK = {"aligned", "align", "align*", "split", "gathered", "gather", "equation", "equation*"}
_GAP = {r"\quad", r"\qquad"}


@dataclass(frozen=True)
class Formula:
    """A displayed formula: its sides, the relations between them, and where it came from.

    Attributes
    ----------
    sides : tuple
        SymPy values of the sides; one more than there are relations.
    relations : tuple of str
        ``"="``, ``"<="``, ``">="``, ``"<"``, ``">"`` or ``"~"`` between neighboring sides.
    label, latex : str
        Label of the equation (empty if the LaTeX was given) and the LaTeX itself.
    tokens : tuple of (int, str)
        What the display says, by place: all but spacing, sizing, alignment and punctuation.
    places : tuple of tuple of int
        For each side, with the relation before it, the places of its tokens.
    """

    sides: tuple[Any, ...]
    relations: tuple[str, ...]
    label: str
    latex: str
    tokens: tuple[tuple[int, str], ...] = ()
    places: tuple[tuple[int, ...], ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """Provenance for the machine-readable record of a check.

        ``unread`` are the tokens, with their places, on which the check does not depend: another
        formula of the display, words, a tag.  All of an inequality is called unread, for a changed
        inequality may hold as well.
        """
        followed = set(self.relations) <= {"="}
        return self._record(set().union(*self.places) if followed else set())

    @property
    def record_of_rhs(self) -> dict[str, Any]:
        """The same where only the last side is used."""
        return self._record(set(self.places[-1]) if self.places else set())

    def _record(self, read: set[int]) -> dict[str, Any]:
        return {
            "label": self.label,
            "latex": self.latex,
            "unread": [[place, token] for place, token in self.tokens if place not in read],
        }

    @property
    def lhs(self) -> Any:
        """The first side."""
        return self.sides[0]

    @property
    def rhs(self) -> Any:
        """The last side."""
        return self.sides[-1]

    @property
    def expr(self) -> Any:
        """The only side, or the relation between two sides as a SymPy object."""
        if len(self.sides) == 1:
            return self.sides[0]
        if len(self.sides) > 2:
            raise LatexError(
                f"a chain of {len(self.sides)} sides is not one relation: {self.latex}"
            )
        kinds = {"=": sp.Eq, "<=": sp.Le, ">=": sp.Ge, "<": sp.Lt, ">": sp.Gt}
        if self.relations[0] not in kinds:
            raise LatexError(f"an approximation has no exact relation: {self.latex}")
        return kinds[self.relations[0]](self.lhs, self.rhs, evaluate=False)

    def pair(self) -> tuple[Any, Any]:
        """Return (left, right) such that the whole chain ``a = b = c`` holds iff left = right."""
        if not self.relations or set(self.relations) != {"="}:
            raise LatexError(f"not an equation: {self.latex}")
        if len(self.sides) == 2:
            return self.lhs, self.rhs
        columns = [_column(side) for side in self.sides]
        return sp.Matrix.vstack(*columns[:-1]), sp.Matrix.vstack(*columns[1:])


def _column(side: Any) -> Any:
    return sp.Matrix(list(side)) if isinstance(side, sp.MatrixBase) else sp.Matrix([side])


def latex(
    source: str,
    *,
    symbols: Mapping[str, Any] | None = None,
    shapes: Mapping[str, Shape] | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    ranges: Mapping[str, tuple[int, int]] | None = None,
    wrt: str = "",
    part: int | None = None,
) -> Formula:
    r"""Read a displayed formula, given by its label (``"eq-..."``) or as LaTeX.

    Parameters
    ----------
    source : str
        Label of an equation on a page at hand (see `calcml.check.formulas.page`), or LaTeX.
    symbols : mapping
        Values of names as they are displayed: a SymPy symbol, expression, matrix, number, or a list
        of matrices for an indexed family.  Undeclared letters and Greek letters become symbols.
    shapes : mapping
        Sizes of vectors (``n``) and matrices (``(m, n)``) to be filled with real symbols.
    functions : mapping
        Names that are called, primed or under a nabla, as Python functions on SymPy values.
        ``\sigma(x)``, ``\softplus(x)``, ``\relu(x)``, ``\softmax(z)``, ``\logsumexp(z)`` are known.
    ranges : mapping
        Index ranges (first, last) for sums displayed without them.
    wrt : str
        The variable of a nabla displayed without one.
    part : int, optional
        Which formula to read when a display holds several, counted from 0.

    Returns
    -------
    Formula
        Accepted by the checks in place of a SymPy equation or relation.

    Raises
    ------
    LatexError
        If the formula cannot be read, with the place and the remedy.
    LookupError
        If no page at hand displays the label.

    Examples
    --------
    >>> latex(r"\sigma'(x) = \sigma(x)(1 - \sigma(x))").rhs
    (1 - 1/(1 + exp(-x)))/(1 + exp(-x))
    >>> f = {"f": lambda v: v.dot(v)}
    >>> list(latex(r"\nabla f(\vx) = 2\vx", shapes={r"\vx": 2}, functions=f).lhs)
    [2*vx_1, 2*vx_2]
    """
    label = source if _LABEL.fullmatch(source) else ""
    text = page.find(label) if label else source
    calls = {canonical(name): f for name, f in (functions or {}).items()}
    scope = _scope(symbols or {}, shapes or {}, ranges or {}) | calls
    values = frozenset(scope) - frozenset(calls)
    names = Names(frozenset(calls), values, canonical(wrt) if wrt else "")
    parts = _parts(tokenize(text))
    said = [(i, t) for i, t in enumerate(scan(text)) if t.startswith(r"\tag")]
    said += [(token.place, str(token)) for tokens in parts for token in tokens]
    tokens = _choose(parts, part, text)
    sides: list[Any] = []
    relations: list[str] = []
    places: list[tuple[int, ...]] = []
    start = 0
    for i in [*_relation_places(tokens), len(tokens)]:
        sides.append(sp.sympify(Reader(tokens[start:i], names).whole()(scope)))
        places.append(tuple(t.place for t in tokens[max(start - 1, 0) : i]))
        if i < len(tokens):
            relations.append(RELATIONS[tokens[i]])
        start = i + 1
    return Formula(tuple(sides), tuple(relations), label, text, tuple(sorted(said)), tuple(places))


def _scope(
    symbols: Mapping[str, Any],
    shapes: Mapping[str, Shape],
    ranges: Mapping[str, tuple[int, int]],
) -> Scope:
    """Return the values of all declared names under their one spelling."""
    scope: Scope = {}
    for name, value in symbols.items():
        scope[canonical(name)] = value if isinstance(value, list) else sp.sympify(value)
    for name, shape in shapes.items():
        scope[canonical(name)] = _array(re.sub(r"[\\{}]", "", name), shape)
    for name, (first, last) in ranges.items():
        scope[f"range of {canonical(name)}"] = (sp.Integer(first), sp.Integer(last))
    return scope


def _array(name: str, shape: Shape) -> Any:
    rows, columns = (shape, 1) if isinstance(shape, int) else shape
    single = isinstance(shape, int)

    def entry(i: int, j: int) -> Any:
        return sp.Symbol(f"{name}_{i + 1}" if single else f"{name}_{i + 1}{j + 1}", real=True)

    return sp.ImmutableMatrix(rows, columns, entry)


def _depths(tokens: list[Token]) -> list[int]:
    """Return the bracket depth at each token; environments count as brackets."""
    depth, out = 0, []
    for token in tokens:
        depth -= token in ("}", ")", "]", r"\end", r"\rangle")
        out.append(depth)
        depth += token in ("{", "(", "[", r"\begin", r"\langle")
    return out


def _relation_places(tokens: list[Token]) -> list[int]:
    return [
        i
        for i, (t, d) in enumerate(zip(tokens, _depths(tokens), strict=True))
        if d == 0 and t in RELATIONS
    ]


def _parts(tokens: list[Token]) -> list[list[Token]]:
    r"""Split a display at lines, commas and gaps; a line that starts with = goes on."""
    while tokens[:1] == [r"\begin"] and "".join(_word(tokens, 1)) in _BLOCK:
        size = len(_word(tokens, 1)) + 3
        tokens = tokens[size:-size]
    if tokens[-1:] in (["."], [","], [";"]):
        tokens = tokens[:-1]
    parts: list[list[Token]] = [[]]
    for token, depth in zip(tokens, _depths(tokens), strict=True):
        if depth == 0 and (token in _GAP or token in (",", ";", r"\\")):
            if parts[-1]:
                parts.append([])
        elif token in RELATIONS and not parts[-1] and len(parts) > 1:
            parts.pop()
            parts[-1].append(token)
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _word(tokens: list[Token], at: int) -> list[Token]:
    stop = at + [str(t) for t in tokens[at:]].index("}")
    return tokens[at + 1 : stop]


def _choose(parts: list[list[Token]], part: int | None, text: str) -> list[Token]:
    """Pick the formula among the parts of a display; the rest may only be conditions in words."""
    formulas = [p for p in parts if p[0] not in (r"\text", r"\mbox", r"\textrm")]
    if not formulas:
        raise LatexError(f"no formula in {text!r}")
    if part is None and len(formulas) > 1:
        shown = " | ".join(" ".join(p) for p in formulas)
        raise LatexError(
            f"the display holds {len(formulas)} formulas; pass part=0, 1, ...: {shown}"
        )
    return formulas[part or 0]
