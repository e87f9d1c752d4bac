r"""A position in the tokens of a formula; reading of brackets and of names with their marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from calcml.check.formulas import meaning as al
from calcml.check.formulas.tokens import STAR, STYLE, LatexError, Names, tokenize


class Cursor:
    """One formula's tokens and a position in them."""

    def __init__(self, tokens: Sequence[str], names: Names | None = None) -> None:
        self.tokens = list(tokens)
        self.names = names or Names()
        self.at = 0

    def peek(self, ahead: int = 0) -> str | None:
        """Return a token without consuming it; None past the end."""
        i = self.at + ahead
        return self.tokens[i] if i < len(self.tokens) else None

    def take(self, expected: str | None = None) -> str:
        """Consume one token."""
        token = self.peek()
        if token is None or (expected is not None and token != expected):
            raise self.error(f"expected {expected or 'more'}, found {token or 'the end'}")
        self.at += 1
        return token

    def error(self, message: str) -> LatexError:
        """Return an error that shows the place."""
        seen, rest = " ".join(self.tokens[: self.at]), " ".join(self.tokens[self.at :])
        return LatexError(f"cannot read the formula: {message}, at: {seen} >>> {rest}")

    def group(self) -> list[str]:
        """Consume a braced group, or one token, and return its tokens."""
        if self.take() != "{":
            return [self.tokens[self.at - 1]]
        start, depth = self.at, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
        return self.tokens[start : self.at - 1]

    def sub(self, tokens: Sequence[str]) -> Self:
        """Return a reader of some tokens with the same names."""
        return type(self)(tokens, self.names)

    def name(self) -> str:
        """Consume a name with its subscripts, stars and (k) and return its one spelling."""
        name = self.take()
        if name in STYLE:
            word = "".join(self.group())
            upright = al.ALIASES if name in (r"\mathrm", r"\operatorname") else {}
            name = upright.get(word, f"{name}{{{word}}}")
        elif not (name[0] == "\\" or name.isalpha()):
            raise self.error(f"{name!r} is not a name")
        while self.peek() in ("_", "^"):
            start, mark = self.at, self.take()
            index = self.group()
            marked = index in STAR or (index[0] == "(" and index[-1] == ")")
            # Beside a function f, f^* is a name of its own only if it is declared.
            whole = f"{name}{mark}{{{''.join(index)}}}"
            own = name not in self.names.functions or whole in self.names.values
            if mark == "^" and not (marked and own):
                self.at = start
                break
            name = whole
        return name


def canonical(name: str) -> str:
    """Return the one spelling of a name: ``x_1`` and ``x_{1}`` are the same."""
    cursor = Cursor(tokenize(name))
    key = cursor.name()
    if cursor.peek() is not None:
        raise LatexError(f"{name!r} is not one name")
    return key
