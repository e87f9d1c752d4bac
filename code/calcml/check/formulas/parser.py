r"""Read the mathematics of a displayed formula: LaTeX in, SymPy out.

A recursive-descent parser for the part of LaTeX in which the book's equations are written: sums,
products, quotients, powers, functions, primes, :math:`\nabla`, :math:`\partial`, limits, sums,
integrals, norms, transposes, vectors and matrices.  Each rule returns a closure from a scope
(name -> value) to a value, so a sum can evaluate its body once per index.  What it cannot read
raises `LatexError`: nothing is guessed and nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import sympy as sp

from calcml.check.formulas import meaning as al
from calcml.check.formulas.cursor import Cursor
from calcml.check.formulas.tokens import CALLED, CLOSE, RELATIONS, STOP, LatexError, Names, lookup

Node = Callable[[al.Scope], Any]


class Parser(Cursor):
    """One formula's tokens, a position in them, and the grammar."""

    # Readers of \frac, \sum, ...; see `calcml.check.formulas.structures`.
    forms: ClassVar[dict[str, Callable[[Parser], Node]]] = {}

    def __init__(self, tokens: Sequence[str], names: Names | None = None) -> None:
        super().__init__(tokens, names)
        self.in_integral = False  # is an integral waiting for its dx?
        self.bars: list[str] = []  # which | and \| are open

    def inside(self, tokens: Sequence[str]) -> Node:
        """Parse tokens that must form one whole expression."""
        return self.sub(tokens).whole()

    def whole(self) -> Node:
        """Parse all tokens as one expression."""
        node = self.expression()
        if self.peek() is not None:
            raise self.error("unexpected token")
        return node

    # -- sums and products -----------------------------------------------------------------

    def expression(self) -> Node:
        """Parse ``term + term - term``."""
        sign = self.take() if self.peek() in ("+", "-") else "+"
        node = self.term()
        if sign == "-":
            node = _negated(node)
        while self.peek() in ("+", "-"):
            operator, right = self.take(), self.term()
            node = _binary(al.add, node, right if operator == "+" else _negated(right))
        return node

    def ends_term(self) -> bool:
        """Does the next token end a product?"""
        token = self.peek()
        if token is None or token in STOP or token in RELATIONS or token in self.bars[-1:]:
            return True
        return self.in_integral and self.at_differential()

    def at_differential(self) -> bool:
        """Is this the dx of an integral?"""
        if self.peek() == r"\mathrm":
            return self.tokens[self.at + 1 : self.at + 4] == ["{", "d", "}"]
        after = self.peek(1) or ""
        return self.peek() == r"\diff" or (
            self.peek() == "d" and (after.isalpha() or after[:1] == "\\")
        )

    def term(self) -> Node:
        """Parse a product: juxtaposition, ``\\cdot``, ``\\times``, ``\\odot``, ``/``."""
        node = self.factor()
        while not self.ends_term():
            token = self.peek()
            if token in (r"\cdot", r"\times"):
                self.take()
                node = _binary(al.multiply, node, self.factor())
            elif token == r"\odot":
                self.take()
                node = _binary(lambda a, b: a.multiply_elementwise(b), node, self.factor())
            elif token == "/":
                self.take()
                node = _binary(al.divide, node, self.factor())
            else:
                node = _binary(al.multiply, node, self.factor())
        return node

    def factor(self) -> Node:
        """Parse an atom with its powers, transposes, factorials; or a prefix operator."""
        if self.peek() == "-":
            self.take()
            return _negated(self.factor())
        return self.postfix(self.atom())

    def postfix(self, node: Node) -> Node:
        """Parse ``^...``, ``\\T``, ``\\inv`` and ``!`` after an atom."""
        while True:
            token = self.peek()
            if token == "^":
                self.take()
                tokens = self.group()
                if tokens in (["T"], [r"\top"], [r"\mathsf", "{", "T", "}"], [r"\mathsf", "T"]):
                    node = _unary(al.transpose, node)
                elif tokens == ["-", r"\mathsf", "{", "T", "}"]:
                    node = _unary(lambda v: al.transpose(al.power(v, -1)), node)
                else:
                    node = _binary(al.power, node, self.inside(tokens))
            elif token in (r"\T", r"\inv", "!"):
                self.take()
                post = {r"\T": al.transpose, r"\inv": lambda v: al.power(v, -1), "!": sp.factorial}
                node = _unary(post[token], node)
            else:
                return node

    # -- atoms -----------------------------------------------------------------------------

    def atom(self) -> Node:
        """Parse a number, name, call, bracket, or structure."""
        token = self.peek()
        if token is None or token in RELATIONS or token == "}":
            raise self.error(f"expected an expression, found {token or 'the end'}")
        if token.isdigit():
            return self.number()
        if token in CLOSE:
            return self.bracket()
        form = self.forms.get(token)
        if form is not None:
            self.take()
            return form(self)
        if token in al.FUNCTIONS and token not in self.names.functions:
            self.take()
            return self.applied(al.FUNCTIONS[token])
        return self.named()

    def number(self) -> Node:
        """Parse an unsigned decimal number exactly."""
        digits = self.take()
        while (self.peek() or "").isdigit() or (
            self.peek() == "." and (self.peek(1) or "").isdigit()
        ):
            digits += self.take()
        value = sp.Rational(digits)
        return lambda scope: value

    def bracket(self) -> Node:
        """Parse ``( )``, ``[ ]``, ``{ }``, bars, norms and inner products."""
        opening = self.take()
        if opening == "{":
            self.at -= 1
            return self.inside(self.group())
        closing = CLOSE[opening]
        self.bars.append(closing)
        nodes = self.separated(closing)
        self.bars.pop()
        if opening == r"\langle" and len(nodes) == 2:
            return _binary(al.inner, *nodes)
        if len(nodes) != 1:
            raise self.error(f"{len(nodes)} expressions in {opening} {closing}")
        if opening in ("|", r"\lvert"):
            return _unary(sp.Abs, nodes[0])
        return self.normed(nodes[0]) if opening in (r"\|", r"\lVert") else nodes[0]

    def separated(self, closing: str) -> list[Node]:
        """Parse ``a, b; c`` up to and including the closing bracket."""
        waiting, self.in_integral = self.in_integral, False
        nodes = [self.expression()]
        while self.peek() in (",", ";"):
            self.take()
            nodes.append(self.expression())
        self.take(closing)
        self.in_integral = waiting
        return nodes

    def normed(self, node: Node) -> Node:
        """Parse the optional index of a norm."""
        kind = "2"
        if self.peek() == "_":
            self.take()
            kind = "".join(self.group())
        return lambda scope: al.norm(node(scope), kind)

    def named(self) -> Node:
        """Parse a name: a function with its arguments, or a value."""
        name = self.name()
        primes = 0
        while self.peek() == "'":
            self.take()
            primes += 1
        called = self.peek() in ("(", "[")
        if name in self.names.functions:
            return self.call(name, primes)
        if name in al.FUNCTIONS:
            return self.applied(al.FUNCTIONS[name])
        if called and name in al.CALLS and name not in self.names.values:
            return self.call(name, primes)
        if primes or (called and name in CALLED - self.names.values):
            raise self.error(f"{name} is called but not declared; pass functions={{{name!r}: ...}}")
        return lambda scope: lookup(scope, name)

    def call(self, name: str, primes: int) -> Node:
        """Parse the arguments of a function: ``f(x)``, ``f'(x)``, ``f^{(k)}(x)``, ``f^2(x)``."""
        order: Node | None = None
        power: Node | None = None
        if self.peek() == "^":
            derivative = self.tokens[self.at + 1 : self.at + 3] == ["{", "("]
            self.take()
            raised = self.inside(self.group())
            order, power = (raised, None) if derivative else (None, raised)
        if self.peek() not in ("(", "["):
            raise self.error(f"{name} is a function and needs its argument in parentheses")
        nodes = self.separated(CLOSE[self.take()])

        def apply(scope: al.Scope) -> Any:
            function = scope[name] if name in scope else al.CALLS[name]
            values = [node(scope) for node in nodes]
            n = primes if order is None else int(order(scope))
            if n and len(values) > 1:
                raise LatexError(f"{name} has {len(values)} arguments; write its derivative with d")
            if n:
                result = al.derivative_at(function, values[0], n)
            else:
                result = al.scalar(sp.sympify(function(*values)))
            return result if power is None else al.power(result, power(scope))

        return apply

    def applied(self, function: Callable[..., Any]) -> Node:
        """Parse the argument of a built-in function: ``\\sin^2 x``, ``\\log(1 + x)``."""
        power: Node | None = None
        base: Node | None = None
        while self.peek() in ("^", "_"):
            if self.take() == "^":
                power = self.inside(self.group())
            elif function is sp.log:
                base = self.inside(self.group())
            else:
                raise self.error("only a logarithm may carry a subscript")
        if self.peek() in ("(", "["):
            nodes = self.separated(CLOSE[self.take()])
        else:
            nodes = [self.juxtaposed()]

        def apply(scope: al.Scope) -> Any:
            result = function(*(node(scope) for node in nodes))
            if base is not None:
                result = result / sp.log(base(scope))
            exponent = 1 if power is None else power(scope)
            if exponent == -1:
                raise LatexError(
                    "an inverse function written with ^{-1} is ambiguous; use \\arc..."
                )
            return result if power is None else al.power(result, exponent)

        return apply

    def juxtaposed(self) -> Node:
        """Parse the argument of a function without parentheses: factors up to an operator."""
        node = self.factor()
        stop = {r"\cdot", r"\times", r"\odot", "/", "(", "["}
        while not self.ends_term() and self.peek() not in stop | set(al.FUNCTIONS):
            node = _binary(al.multiply, node, self.factor())
        return node


def _binary(operator: Callable[[Any, Any], Any], left: Node, right: Node) -> Node:
    return lambda scope: operator(left(scope), right(scope))


def _unary(operator: Callable[[Any], Any], node: Node) -> Node:
    return lambda scope: operator(node(scope))


def _negated(node: Node) -> Node:
    return lambda scope: -node(scope)
