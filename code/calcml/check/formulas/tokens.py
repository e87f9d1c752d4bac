r"""Tokens and names of displayed formulas, and the values that names stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from calcml.check.formulas import meaning as al

RELATIONS = {"=": "=", "<": "<", ">": ">", r"\lt": "<", r"\gt": ">", r"\equiv": "="}
RELATIONS |= {r"\le": "<=", r"\leq": "<=", r"\ge": ">=", r"\geq": ">=", r"\approx": "~"}
_DROP = {r"\left", r"\right", r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\displaystyle", "&"}
_DROP |= {r"\limits", r"\nonumber", r"\notag", r"\textstyle", r"\middle"}
_DROP |= {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")}
CLOSE = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", "|": "|", r"\|": r"\|"}
CLOSE |= {r"\lvert": r"\rvert", r"\lVert": r"\rVert", r"\langle": r"\rangle"}
STOP = {")", "]", "}", r"\}", r"\rvert", r"\rVert", r"\rangle", "+", "-", ",", ";", r"\\"}
STOP |= {r"\end"}
STYLE = {r"\mathbf", r"\boldsymbol", r"\mathsf", r"\mathcal", r"\mathrm", r"\operatorname"}
STYLE |= {r"\hat", r"\bar", r"\tilde", r"\mathbb", r"\bm", r"\dot"}
_MATRIX = re.compile(r"\\begin\{([pb]?matrix)\}.*?\\end\{\1\}", re.DOTALL)
_SCAN = re.compile(r"(?<!\\)%.*|\\(?:label|tag\*?)\{[^}]*\}|\\[A-Za-z]+\*?|\\.|\S")
_NO_MATHEMATICS = re.compile(r"%|\\(?:label|tag\*?)\{")
STAR = (["*"], [r"\star"], [r"\ast"])
_GREEK = re.compile(
    r"\\(?:(?:var)?(?:epsilon|theta|phi)|eps|[Gg]amma|[Dd]elta|Theta|[Ll]ambda|[Xx]i|[Ss]igma"
    r"|Phi|[Pp]si|[Oo]mega|alpha|beta|zeta|eta|iota|kappa|mu|nu|rho|tau|upsilon|chi|ell)"
)
CALLED = {"f", "g", "h", "F", "G", r"\sigma", r"\phi", r"\varphi", r"\psi"}


class LatexError(ValueError):
    """A formula that this parser cannot read."""


@dataclass(frozen=True)
class Names:
    """What the author declared: functions, values, and the variable of a bare nabla."""

    functions: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    wrt: str = ""


class Token(str):
    """A token of a formula, with its place among all tokens of the display."""

    place: int


def scan(latex: str) -> list[str]:
    r"""Split a display into all its tokens; only white space is lost.

    Examples
    --------
    >>> scan(r"a \, b . \tag{1}")
    ['a', '\\,', 'b', '.', '\\tag{1}']
    """
    return _SCAN.findall(_MATRIX.sub(lambda m: m[0].replace("&", ","), latex))


def tokenize(latex: str) -> list[Token]:
    r"""Split LaTeX into tokens, without spacing, sizing, alignment, labels and comments.

    Examples
    --------
    >>> tokenize(r"\left(\frac{x}{2}\right)")
    ['(', '\\frac', '{', 'x', '}', '{', '2', '}', ')']
    """
    tokens: list[Token] = []
    for place, text in enumerate(scan(latex)):
        if text not in _DROP and not _NO_MATHEMATICS.match(text):
            token = Token(text)
            token.place = place
            tokens.append(token)
    return tokens


def lookup(scope: al.Scope, name: str) -> Any:
    """Return the value of a name: declared, an entry of a declared array, or a new symbol."""
    if name in scope:
        return scope[name]
    base, *subscripts = re.split(r"_\{", name)
    if base in scope and len(subscripts) == 1:
        found = _entry(scope, scope[base], subscripts[0][:-1])
        if found is not None:
            return found
    if name == "e":
        return sp.E
    if name == r"\pi":
        return sp.pi
    if (base.isalpha() and len(base) == 1) or _GREEK.fullmatch(base):
        return sp.Symbol(re.sub(r"[\\{}]", "", name))
    raise LatexError(f"{name} is not declared; pass shapes={{...}} or symbols={{{name!r}: ...}}")


def _entry(scope: al.Scope, value: Any, subscript: str) -> Any:
    """Return an entry, counted from 1, of a vector, a matrix or a list; None if not integers."""
    tokens = [t for t in tokenize(subscript) if t != ","]
    if al.is_matrix(value) and 1 not in value.shape:
        if len(tokens) != 2:
            raise LatexError(
                f"a matrix of shape {value.shape} needs two indices, got {subscript!r}"
            )
        row, column = (_index(scope, [t]) for t in tokens)
        return None if row is None or column is None else value[row - 1, column - 1]
    index = _index(scope, tokens)
    return None if index is None else value[index - 1]


def _index(scope: al.Scope, tokens: Sequence[str]) -> int | None:
    """Evaluate a subscript such as ``i``, ``12`` or ``k+1`` to a positive integer, if it is one."""
    total, sign, number = 0, 1, ""
    for token in [*tokens, "+"]:
        if token.isdigit():
            number += token
        elif token in ("+", "-"):
            if not number:
                return None
            total += sign * int(number)
            sign, number = {"+": 1, "-": -1}[token], ""
        else:
            value = scope.get(token)
            if number or not (isinstance(value, int) or getattr(value, "is_Integer", False)):
                return None
            number = str(value)
    if total < 1:
        raise LatexError(f"index {total} of an array counted from 1")
    return total
