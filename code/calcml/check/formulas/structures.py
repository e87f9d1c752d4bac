r"""The structures of displayed formulas: fractions, roots, derivatives, sums, integrals, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from calcml.check.formulas import meaning as al
from calcml.check.formulas.parser import Node, Parser
from calcml.check.formulas.tokens import lookup

Form = Callable[[Parser], Node]


def _frac(p: Parser) -> Node:
    top, bottom = p.group(), p.group()
    if _is_derivative(p, top, bottom):
        return _derivative(p, top, bottom)
    a, b = p.inside(top), p.inside(bottom)
    return lambda scope: al.divide(a(scope), b(scope))


def _plain(tokens: list[str]) -> list[str]:
    r"""Write \mathrm{d} and \diff as d, so that one rule reads all differentials."""
    out = list(tokens)
    while r"\mathrm" in out:
        i = out.index(r"\mathrm")
        if out[i + 1 : i + 4] != ["{", "d", "}"]:
            break
        out[i : i + 4] = [r"\diff"]
    return out


def _is_derivative(p: Parser, top: list[str], bottom: list[str]) -> bool:
    a, b = _plain(top)[:1], _plain(bottom)[:1]
    return a == b and a in ([r"\partial"], [r"\diff"], ["d"]) and len(bottom) > 1


def _derivative(p: Parser, top: list[str], bottom: list[str]) -> Node:
    r"""Read \frac{\partial^2 f}{\partial x \partial y} or \frac{d}{dx} followed by its operand."""
    head, below = p.sub(_plain(top)), p.sub(_plain(bottom))
    mark = head.take()
    order = _order(head)
    variables: list[str] = []
    while below.peek() is not None:
        below.take(mark)
        name = below.name()
        variables += [name] * _order(below)
    if len(variables) != order:
        raise p.error(f"a derivative of order {order} with {len(variables)} variables below")
    body = head.expression() if head.peek() is not None else p.term()

    def apply(scope: al.Scope) -> Any:
        value = body(scope)
        if not isinstance(value, sp.Basic | sp.MatrixBase | int):
            raise p.error("the function under a derivative needs its argument or an expression")
        for name in variables:
            value = al.jacobian_of(sp.sympify(value), lookup(scope, name))
        return value

    return apply


def _order(p: Parser) -> int:
    """Consume the exponent of a differential: 1 if there is none."""
    if p.peek() != "^":
        return 1
    p.take()
    digits = "".join(p.group())
    if not digits.isdigit():
        raise p.error(f"the order of a derivative must be a number, got {digits!r}")
    return int(digits)


def _pd(p: Parser) -> Node:
    top, bottom = p.group(), p.group()
    return _derivative(p, [r"\partial", *top], [r"\partial", *bottom])


def _sqrt(p: Parser) -> Node:
    root: Node | None = None
    if p.peek() == "[":
        p.take()
        stop = p.tokens.index("]", p.at)
        root, p.at = p.inside(p.tokens[p.at : stop]), stop + 1
    body = p.inside(p.group())
    if root is None:
        return lambda scope: sp.sqrt(body(scope))
    index = root  # bound once, so that the type is known in the closure
    return lambda scope: sp.root(body(scope), index(scope))


def _nabla(p: Parser) -> Node:
    r"""Read \nabla f(x), \nabla_{x} (...), \nabla^2 f(x)."""
    name, order = "", 1
    while p.peek() in ("_", "^"):
        if p.take() == "_":
            name = p.sub(p.group()).name()
        else:
            order = int("".join(p.group()))
    if order not in (1, 2):
        raise p.error(r"\nabla stands for a gradient, \nabla^2 for a Hessian")
    operator = al.gradient_of if order == 1 else al.hessian_of
    start, function = p.at, _declared_function(p)
    if function and not name:
        p.take("(")
        point, *more = p.separated(")")
        if more:
            raise p.error(r"\nabla of a function of several arguments: write \nabla_{...}")
        return lambda scope: al.at_point(operator, scope[function], point(scope))
    p.at = start
    # \nabla \norm{x}^2 is the gradient of the square, not the square of the gradient.
    body, name = p.factor(), name or p.names.wrt
    if not name:
        raise p.error(r"\nabla needs its variable: write \nabla_{...} or pass wrt=...")
    return lambda scope: operator(sp.sympify(body(scope)), lookup(scope, name))


def _declared_function(p: Parser) -> str:
    """Consume a name; return it if it is a declared function, else an empty string."""
    token = p.peek() or ""
    if not (token.isalpha() or token.startswith("\\")) or token in FORMS:
        return ""
    name = p.name()
    return name if name in p.names.functions else ""


def _limits(p: Parser) -> tuple[list[str], list[str]]:
    low: list[str] = []
    high: list[str] = []
    while p.peek() in ("_", "^"):
        if p.take() == "_":
            low = p.group()
        else:
            high = p.group()
    return low, high


def _accumulate(total: type[sp.Sum] | type[sp.Product]) -> Form:
    """Return the reader of a sum or a product; finite known ranges are written out."""

    def form(p: Parser) -> Node:
        low, high = _limits(p)
        head = p.sub(low)
        index = head.name()
        ends: tuple[Node, Node] | None = None
        if head.peek() is not None:
            head.take("=")
            ends = head.expression(), p.inside(high)
        elif high:
            raise p.error(f"{index} has an upper end and no lower one")
        body = p.term()

        def apply(scope: al.Scope) -> Any:
            if ends is None and f"range of {index}" not in scope:
                raise p.error(
                    f"the range of {index} is not stated; pass ranges={{{index!r}: (1, n)}}"
                )
            first, last = (
                scope[f"range of {index}"] if ends is None else (ends[0](scope), ends[1](scope))
            )
            if getattr(first, "is_Integer", False) and getattr(last, "is_Integer", False):
                values = [body({**scope, index: sp.Integer(k)}) for k in range(first, last + 1)]
                result: Any = sp.Integer(0 if total is sp.Sum else 1)
                for value in values:
                    result = (al.add if total is sp.Sum else al.multiply)(result, value)
                return result
            k = sp.Symbol(index.replace("\\", ""), integer=True)
            return total(body({**scope, index: k}), (k, first, last))

        return apply

    return form


def _integral(p: Parser) -> Node:
    low, high = _limits(p)
    ends = [p.inside(end) if end else None for end in (low, high)]
    waiting, p.in_integral = p.in_integral, True
    body = p.expression()
    p.in_integral = waiting
    if p.peek() == r"\mathrm":
        p.take()
        p.group()
    elif p.peek() in ("d", r"\diff"):
        p.take()
    else:
        raise p.error("the integral has no differential dx at the end of its integrand")
    name = p.name()

    def apply(scope: al.Scope) -> Any:
        x = lookup(scope, name)
        value = body(scope)
        if ends[0] is None or ends[1] is None:
            return sp.Integral(value, x)
        return sp.Integral(value, (x, ends[0](scope), ends[1](scope)))

    return apply


def _limit(p: Parser) -> Node:
    low, high = _limits(p)
    if high:
        raise p.error("a limit has no upper end")
    head = p.sub(low)
    name = head.name()
    arrow = head.take()
    if arrow not in (r"\to", r"\rightarrow", r"\downarrow", r"\uparrow"):
        raise head.error("a limit reads x \\to a")
    side = {r"\downarrow": "+", r"\uparrow": "-"}.get(arrow, "+-")
    rest = head.tokens[head.at :]
    for mark in ("+", "-"):
        if rest[-2:] == ["^", mark]:
            rest, side = rest[:-2], mark
        elif rest[-4:] == ["^", "{", mark, "}"]:
            rest, side = rest[:-4], mark
    point, body = p.inside(rest), p.term()

    def apply(scope: al.Scope) -> Any:
        a = point(scope)
        direction = "-" if getattr(a, "is_infinite", False) else side
        return sp.Limit(body(scope), lookup(scope, name), a, dir=direction)

    return apply


def _binom(p: Parser) -> Node:
    a, b = p.inside(p.group()), p.inside(p.group())
    return lambda scope: sp.binomial(a(scope), b(scope))


def _wrapped(operator: Callable[[Any], Any]) -> Form:
    def form(p: Parser) -> Node:
        body = p.inside(p.group())
        return lambda scope: operator(body(scope))

    return form


def _norm(p: Parser) -> Node:
    return p.normed(p.inside(p.group()))


def _inner(p: Parser) -> Node:
    a, b = p.inside(p.group()), p.inside(p.group())
    return lambda scope: al.inner(a(scope), b(scope))


def _environment(p: Parser) -> Node:
    """Read a matrix environment: entries between & are kept apart by the caller's tokens."""
    kind = "".join(p.group())
    if kind not in ("pmatrix", "bmatrix", "matrix"):
        raise p.error(f"environment {kind} inside a formula")
    rows: list[list[Node]] = [[]]
    while p.peek() != r"\end":
        rows[-1].append(p.expression())
        if p.peek() == r"\\":
            p.take()
            rows.append([])
        elif p.peek() != r"\end":
            p.take(",")
    p.take(r"\end")
    p.group()
    return lambda scope: sp.ImmutableMatrix([[e(scope) for e in row] for row in rows if row])


def _infinity(p: Parser) -> Node:
    return lambda scope: sp.oo


FORMS: dict[str, Form] = {
    r"\frac": _frac,
    r"\dfrac": _frac,
    r"\tfrac": _frac,
    r"\pd": _pd,
    r"\sqrt": _sqrt,
    r"\nabla": _nabla,
    r"\sum": _accumulate(sp.Sum),
    r"\prod": _accumulate(sp.Product),
    r"\int": _integral,
    r"\lim": _limit,
    r"\binom": _binom,
    r"\abs": _wrapped(sp.Abs),
    r"\norm": _norm,
    r"\inner": _inner,
    r"\begin": _environment,
    r"\infty": _infinity,
}


class Reader(Parser):
    """The parser with all structures."""

    forms = FORMS
