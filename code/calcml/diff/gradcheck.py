"""Check derivatives against difference quotients of what they are derivatives of.

The difference quotients are extrapolated to step zero with an estimate of their own error (Ridders,
"Accurate computation of F'(x) and F'(x)F''(x)", 1982), so that the comparison can be strict: a
derivative that is wrong by one part in a thousand does not pass, and a function too rough for a
verdict is reported as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from calcml.diff.forward import jvp
from calcml.diff.pytree import Tree, flatten
from calcml.diff.reverse import vjp
from calcml.differences import extrapolate
from calcml.typing import Array

__all__ = ["check_grads"]

MAX_DIRECTIONS = 48  # up to so many inputs each is varied by itself; beyond, random directions
EPS = float(np.finfo(float).eps)
TINY = 1e-3  # slopes below this, times rtol, count as zero
RATIO = 0.4
STEPS = 0.04 * RATIO ** np.arange(6)
Arrays = Callable[..., list[Array]]  # a function of arrays, with a list of arrays as value


def check_grads(
    f: Callable[..., Tree],
    args: Sequence[Tree],
    *,
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    rtol: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check the derivatives of ``f`` in every argument, in both modes, to a given order.

    For each input ``xⱼ`` and output ``yᵢ`` it compares ``(J eⱼ)ᵢ`` and ``(Jᵀ eᵢ)ⱼ`` with the
    extrapolated difference quotient of ``f``; and does the same to ``x ↦ J(x) v`` and
    ``x ↦ J(x)ᵀ u`` with random ``v`` and ``u`` for the next order. Values, shapes and types are
    compared too.

    Parameters
    ----------
    f
        A function of arrays or trees of arrays, smooth near ``args``, written in NumPy.
    args
        A sequence of its arguments; those that are not floating-point are held fixed.
    order
        How many times to differentiate.
    modes
        ``"fwd"``, ``"rev"``, or both.
    rtol
        Largest error of a derivative, relative to it; beyond what rounding explains. For float32
        arguments it is raised to 1e-3, and the quotients are computed in float64.
    seed
        Of the random directions.

    Raises
    ------
    AssertionError
        If a derivative is wrong: says in which mode, order, argument and entry.
    ValueError
        If ``order < 1``, a mode is unknown, nothing is differentiable, or the quotients do not
        converge, as at a kink or a jump.

    Notes
    -----
    Cost: 12 evaluations for each input, at each order in each mode.

    Examples
    --------
    >>> check_grads(lambda x, y: np.sin(x) * y, (1.0, 2.0))
    >>> check_grads(lambda x: np.sum(np.abs(x)), (np.array([0.0]),))
    Traceback (most recent call last):
        ...
    ValueError: f is not smooth at argument 0, entry (0,): difference quotients do not converge
    """
    if order < 1:
        raise ValueError(f"order must be at least 1; got {order}")
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or not modes:
        raise ValueError(f"modes must be among 'fwd' and 'rev'; got {tuple(modes)!r}")
    leaves, build = flatten(tuple(args))
    free = [i for i, x in enumerate(leaves) if np.result_type(x).kind == "f"]
    if not free:
        raise ValueError("args must hold at least one floating-point array")

    def of_free(*xs: Array) -> list[Array]:
        full = list(leaves)
        for i, x in zip(free, xs, strict=True):
            full[i] = x
        return flatten(f(*build(full)))[0]

    xs = [np.asarray(leaves[i])[()] for i in free]
    if any(x.dtype != np.float64 for x in xs):
        rtol = max(rtol, 1e-3)
    _check(of_free, xs, order, tuple(modes), rtol, np.random.default_rng(seed), "f")


def _check(
    f: Arrays,
    xs: list[Array],
    order: int,
    modes: tuple[str, ...],
    rtol: float,
    rng: np.random.Generator,
    name: str,
) -> None:
    y = [np.asarray(o)[()] for o in f(*xs)]
    labels, directions = _directions(xs, rng)
    slopes, errors = _quotients(f, xs, y, directions, labels, name)
    if "fwd" in modes:
        _check_forward(f, xs, y, directions, labels, slopes, errors, rtol, name)
    if "rev" in modes:
        _check_reverse(f, xs, y, directions, labels, slopes, errors, rtol, name, rng)
    if order == 1:
        return
    v = [_random_like(x, rng) for x in xs]
    u = [_random_like(o, rng) for o in y]
    if "fwd" in modes:
        _check(lambda *p: jvp(f, p, v)[1], xs, order - 1, modes, rtol, rng, f"jvp of {name}")
    if "rev" in modes:
        pulled: Arrays = lambda *p: list(vjp(f, *p)[1](u))  # noqa: E731
        _check(pulled, xs, order - 1, modes, rtol, rng, f"vjp of {name}")


def _random_like(x: Array, rng: np.random.Generator) -> Array:
    return np.asarray(rng.normal(size=x.shape)).astype(x.dtype)[()]


def _directions(xs: list[Array], rng: np.random.Generator) -> tuple[list[str], list[list[Array]]]:
    """Each unit vector with its name; random directions instead if there are too many."""
    if sum(x.size for x in xs) > MAX_DIRECTIONS:
        names = [f"random direction {k}" for k in range(MAX_DIRECTIONS)]
        return names, [[_random_like(x, rng) for x in xs] for _ in names]
    names, directions = [], []
    for k, x in enumerate(xs):
        for place in np.ndindex(x.shape):
            v = [np.zeros(z.shape, z.dtype) for z in xs]
            v[k][place] = 1
            names.append(f"{k}, entry {place}")
            directions.append([z[()] for z in v])
    return names, directions


def _joined(ys: Sequence[Array]) -> Array:
    """All entries of several arrays, in float64."""
    return np.concatenate([np.zeros(0), *(np.ravel(y) for y in ys)])


def _quotients(
    f: Arrays,
    xs: list[Array],
    y: list[Array],
    directions: list[list[Array]],
    labels: list[str],
    name: str,
) -> tuple[Array, Array]:
    """Derivatives by extrapolation, and bounds of their errors: ``(directions, outputs)`` each."""
    wide = [x.astype(np.float64) for x in xs]
    scale = max(1.0, _largest(xs))
    slopes, errors = [], []
    with np.errstate(all="ignore"):
        here = _joined(f(*wide))
        for v, label in zip(directions, labels, strict=True):
            steps = STEPS * scale / max(1.0, _largest(v))
            ahead, behind = (
                np.stack(
                    [_joined(f(*[x + h * z for x, z in zip(wide, v, strict=True)])) for h in hs]
                )
                for hs in (steps, -steps)
            )
            slope, error = extrapolate(list((ahead - behind) / (2 * steps[:, None])), RATIO)
            error += 4 * EPS * abs(here) / steps[-1]
            bends = abs(ahead - 2 * here + behind)[[0, -1]] / steps[[0, -1], None]
            limit = 1e-4 * max(1.0, _largest([slope]))
            if not np.all((error <= limit) & ((bends[1] <= 0.1 * bends[0]) | (bends[1] <= limit))):
                raise ValueError(
                    f"{name} is not smooth at argument {label}: difference quotients do not "
                    "converge"
                )
            slopes.append(slope)
            errors.append(error)
    shape = (len(directions), len(here))
    return np.reshape(slopes, shape), np.reshape(errors, shape)


def _largest(xs: Sequence[Array]) -> float:
    return max((float(np.max(np.abs(x), initial=0.0)) for x in xs), default=0.0)


def _check_forward(
    f: Arrays,
    xs: list[Array],
    y: list[Array],
    directions: list[list[Array]],
    labels: list[str],
    slopes: Array,
    errors: Array,
    rtol: float,
    name: str,
) -> None:
    pushed = []
    for v in directions:
        values, tangents = jvp(f, xs, v)
        for got, tangent, expected in zip(values, tangents, y, strict=True):
            _compare_values(got, expected, f"value of {name}, forward mode")
            _compare_kind(tangent, expected, f"tangent of {name}")
        pushed.append(_joined(tangents))
    outputs = _directions(y, np.random.default_rng(0))[0]
    got = np.reshape(pushed, slopes.shape)
    _compare(got.T, slopes.T, errors.T, rtol, outputs, labels, f"{name}, forward mode")


def _check_reverse(
    f: Arrays,
    xs: list[Array],
    y: list[Array],
    directions: list[list[Array]],
    labels: list[str],
    slopes: Array,
    errors: Array,
    rtol: float,
    name: str,
    rng: np.random.Generator,
) -> None:
    values, pullback = vjp(f, *xs)
    for got, expected in zip(values, y, strict=True):
        _compare_values(got, expected, f"value of {name}, reverse mode")
    outputs, rows = _directions(y, rng)
    pulled = []
    for u in rows:
        cotangents = pullback(u)
        for g, x in zip(cotangents, xs, strict=True):
            _compare_kind(g, x, f"cotangent of {name}")
        pulled.append(_joined(cotangents))
    n, m = sum(x.size for x in xs), sum(o.size for o in y)
    along = np.reshape([_joined(v) for v in directions], (len(directions), n))
    across = np.reshape([_joined(u) for u in rows], (len(rows), m))
    got = np.reshape(pulled, (len(rows), n)) @ along.T
    expected, bound = across @ slopes.T, abs(across) @ errors.T
    _compare(got, expected, bound, rtol, outputs, labels, f"{name}, reverse mode")


def _compare_kind(got: Array, expected: Array, where: str) -> None:
    if got.shape != expected.shape or got.dtype != expected.dtype:
        raise AssertionError(
            f"{where}: expected {expected.dtype} of shape {expected.shape}; got {got.dtype} of "
            f"shape {got.shape}"
        )


def _compare_values(got: Array, expected: Array, where: str) -> None:
    got = np.asarray(got)
    _compare_kind(got, expected, where)
    room = 64 * np.finfo(got.dtype).eps * max(_largest([expected]), np.finfo(got.dtype).tiny)
    if not np.allclose(got, expected, rtol=0, atol=room, equal_nan=True):
        raise AssertionError(f"{where}: got {got} when traced, {expected} when not")


def _compare(
    got: Array,
    slopes: Array,
    errors: Array,
    rtol: float,
    outputs: list[str],
    inputs: list[str],
    where: str,
) -> None:
    """Compare entry by entry, allowing for ``rtol`` and ten times the error of the quotient."""
    off = ~(abs(got - slopes) <= rtol * abs(slopes) + 10 * errors + rtol * TINY)
    if np.any(off):
        i, j = (int(k) for k in np.argwhere(off)[0])
        output = outputs[i] if i < len(outputs) else str(i)
        raise AssertionError(
            f"{where}: derivative of output {output} in argument {inputs[j]} is {got[i, j]}, but "
            f"difference quotients give {slopes[i, j]} with an error of at most {errors[i, j]:.0e}"
        )
