"""A branch that is not taken contributes nothing: in both modes, to any order."""

from functools import partial
from itertools import product

import numpy as np
import pytest
from rule_sweep import derivatives
from rule_truth import PAIRS, UNARY

from calcml.diff import grad, jvp, vjp
from calcml.diff.series import taylor

TWO_ROWS = np.array([[0.0, 0.0], [3.0, 4.0]])
SECOND = np.array([False, True])

# function, where, the same function without what it leaves out
BRANCHES = {
    "log": (lambda x: np.where(x > 0, np.log(x), 0.0), [0.0], lambda x: x * 0),
    "root": (lambda x: np.where(x >= 0, np.sqrt(x), 0.0), [-1.0], lambda x: x * 0),
    "quotient": (lambda x: np.where(x != 0, np.sin(x) / x, x), [0.0], lambda x: x),
    "power": (
        lambda x: np.where(x > 0, x**-1.5, x),
        [0.0, 2.0],
        lambda x: np.stack([x[0], x[1] ** -1.5]),
    ),
    "chain": (lambda x: np.where(x > 0, np.exp(2 * np.sqrt(np.log(x))), x), [0.0], lambda x: x),
    "entry": (lambda x: np.log(x)[1:], [0.0, 1.0, 2.0], lambda x: np.log(x[1:])),
    "list": (lambda x: np.log(x)[[1, 1, 2]], [0.0, 1.0, 2.0], lambda x: np.log(x[[1, 1, 2]])),
    "max": (lambda x: np.max(np.log(x)), [0.0, 1.0, 2.0], lambda x: np.log(x[2])),
    "min": (lambda x: np.min(1 / x), [0.0, 1.0, 2.0], lambda x: 1 / x[2]),
    "sort": (lambda x: np.sort(np.log(x))[1:], [0.0, 1.0, 2.0], lambda x: np.log(x[1:])),
    "maximum": (lambda x: np.maximum(np.log(x), -5.0), [0.0], lambda x: x * 0),
    "fmin": (lambda x: np.fmin(1 / x, x), [0.0], lambda x: x),
    "relu": (
        lambda x: np.maximum(np.log(x), 0),
        [0.0, 2.0],
        lambda x: np.stack([x[0] * 0, np.log(x[1])]),
    ),
    "clip": (lambda x: np.clip(np.log(x), -3, 3), [0.0], lambda x: x * 0),
    "nan_to_num": (lambda x: np.nan_to_num(np.log(x), neginf=-9), [0.0], lambda x: x * 0),
    "select": (lambda x: np.select([x > 1, x > 0], [np.log(x), 1 / x], x), [0.0], lambda x: x),
    "choose": (lambda x: np.choose([0], [x, np.log(x)]), [0.0], lambda x: x),
    "piecewise": (lambda x: np.piecewise(x, [x > 0], [np.log, 0.0]), [0.0], lambda x: x * 0),
    "where=": (lambda x: np.sum(np.log(x), where=x > 0), [0.0, 2.0], lambda x: np.log(x[1])),
    "nansum": (lambda x: np.nansum(np.sqrt(x)), [-1.0, 2.0], lambda x: np.sqrt(x[1])),
    "prod": (
        lambda x: np.where(SECOND, np.prod(np.log(x), axis=1), 0.0),
        TWO_ROWS,
        lambda x: np.log(x[1, 0]) * np.log(x[1, 1]),
    ),
    "matrix": (
        lambda x: np.where(SECOND[:, None], np.log(x) @ np.ones((2, 2)), 0.0),
        TWO_ROWS,
        lambda x: np.log(x[1]) @ np.ones((2, 2)),
    ),
    "other factor": (
        lambda x: (np.log(TWO_ROWS) @ x)[1:],
        TWO_ROWS,
        lambda x: np.log(TWO_ROWS[1:]) @ x,
    ),
    "joined": (
        lambda x: np.concatenate([np.log(x), x])[1:],
        [0.0, 2.0],
        lambda x: np.concatenate([np.log(x[1:]), x]),
    ),
    "reshaped": (
        lambda x: np.log(x).reshape(2, 1).T[0, 1:] * x[1],
        [0.0, 2.0],
        lambda x: np.log(x[1]) * x[1],
    ),
    "broadcast": (
        lambda x: np.where(SECOND[:, None], np.log(x) * np.ones(3), x),
        [[0.0], [2.0]],
        lambda x: np.stack([x[0] * np.ones(3), np.log(x[1]) * np.ones(3)]),
    ),
    "norm": (
        lambda x: np.sum(np.where(SECOND, np.sqrt(np.sum(x * x, axis=1)), 0.0)),
        TWO_ROWS,
        lambda x: np.sqrt(x[1] @ x[1]),
    ),
    # And what is left out before the function: it is a constant where its slope is infinite.
    "root of a constant": (
        lambda x: np.sqrt(np.where(x > 0, x, 0.0)),
        [-1.0, 4.0],
        lambda x: np.stack([x[0] * 0, np.sqrt(x[1])]),
    ),
    "power of a relu": (
        lambda x: 3 * (np.maximum(x, 0) * 2) ** 1.5,
        [-1.0, 4.0],
        lambda x: np.stack([x[0] * 0, 3 * (2 * x[1]) ** 1.5]),
    ),
    "root of a clipped one": (
        lambda x: np.arcsin(np.clip(x, -1.0, 1.0)),
        [-2.0, 0.5, 2.0],
        lambda x: np.arcsin(x[1]),
    ),
    "quotient of constants": (
        lambda x: np.sqrt(np.where(x > 0, x, 0.0) * np.where(x > 0, x, 0.0)),
        [-1.0, 4.0],
        lambda x: x[1] * np.ones(1),
    ),
    "norm of nothing": (
        lambda x: np.sqrt(np.sum(np.where(SECOND[:, None], x, 0.0) ** 2, axis=1)),
        TWO_ROWS + 1,
        lambda x: np.sqrt(x[1] @ x[1]),
    ),
    "joined with nothing": (
        lambda x: np.sqrt(np.concatenate([np.where(x > 0, x, 0.0), x[1:]]).reshape(3, 1).T),
        [-1.0, 4.0],
        lambda x: np.sqrt(np.stack([x[1], x[1]])),
    ),
    "product of nothing": (
        lambda x: np.sqrt(np.prod(np.where(SECOND[:, None], x, 0.0), axis=1)),
        TWO_ROWS + 1,
        lambda x: np.sqrt(x[1, 0] * x[1, 1]),
    ),
    "largest of nothing": (
        lambda x: np.cbrt(np.max(np.where(SECOND[:, None], x, 0.0), axis=1)),
        TWO_ROWS + 1,
        lambda x: np.cbrt(x[1, 1]),
    ),
    "matrix of nothing": (
        lambda x: np.sqrt(np.where(SECOND[:, None], x, 0.0) @ np.ones((2, 2))),
        TWO_ROWS,
        lambda x: np.sqrt(x[1] @ np.ones((2, 2))),
    ),
    "differences of nothing": (
        lambda x: np.cbrt(np.diff(np.where(SECOND[:, None], x, 0.0), axis=1)),
        TWO_ROWS,
        lambda x: np.cbrt(x[1, 1] - x[1, 0]),
    ),
    "one row of a log-sum": (
        lambda x: np.logaddexp.reduce(np.log(x), axis=1)[1],
        TWO_ROWS,
        lambda x: np.log(x[1, 0] + x[1, 1]),
    ),
}


def forward(f):
    """The gradient by forward mode, entry by entry."""

    def gradient(x):
        directions = np.eye(x.size).reshape(-1, *x.shape)
        return np.stack([jvp(f, (x,), (e,))[1] for e in directions]).reshape(x.shape)

    return gradient


def weighted(gradient, weights, x):
    return np.sum(gradient(x) * weights[: x.size].reshape(x.shape))


def derivative(f, modes):
    """Derive ``Σ cos f`` once for each mode, summing with weights in between."""
    of = lambda x: np.sum(np.cos(f(x)))  # noqa: E731
    for k, mode in enumerate(modes):
        gradient = mode(of)
        weights = np.cos(k + np.arange(99))
        of = partial(weighted, gradient, weights)
    return gradient


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("name", BRANCHES)
def test_what_is_left_out_contributes_nothing(name, order):
    f, x, alone = BRANCHES[name]
    x = np.asarray(x)
    expected = derivative(alone, [grad] * order)(x)
    assert np.isfinite(expected).all()
    with np.errstate(all="ignore"):
        for modes in product([grad, forward], repeat=order):
            np.testing.assert_allclose(derivative(f, modes)(x), expected, rtol=1e-12, atol=1e-12)


CONSTANTS = [0.0, -0.0, 1.0, -1.0, 1e300, -1e300, np.inf, -np.inf, np.nan]


ARGUMENTS = [(f, 0, 1) for f in UNARY]
ARGUMENTS += [(f, k, 2) for f, pair in PAIRS.items() for k in range(2) if pair.slopes[k]]


@pytest.mark.parametrize(
    ("function", "k", "n"), ARGUMENTS, ids=lambda given: getattr(given, "__name__", given)
)
def test_a_rule_leaves_constants_alone(function, k, n):
    """Every entrywise rule, at constants where slopes are infinite, or no numbers."""
    with np.errstate(all="ignore"):
        x0 = next(x for x in (0.6, 1.7) if np.isfinite(function(*[x] * n)))
        x = np.full(1 + len(CONSTANTS), x0)
        others = np.array([x0, *CONSTANTS])
        varies = np.arange(x.size) == 0

        def alone(t):
            return function(*[t if i == k else x0 for i in range(n)])

        expected = [value[0] for *_, value in derivatives(alone, x[:1])]
        found = derivatives(lambda t: alone(np.where(varies, t, others)), x)
        for (way, _, value), right in zip(found, expected, strict=True):
            assert np.isfinite(right)
            assert value[0] == pytest.approx(right, rel=1e-14), way
            assert not value[1:].any(), (way, dict(zip(CONSTANTS, value[1:], strict=True)))


def test_no_warning_beyond_those_of_the_function_itself():
    with np.errstate(divide="ignore"):  # of log 0, which NumPy reports without tracing, too
        assert grad(lambda x: np.where(x > 0, np.log(x), 0.0))(0.0) == 0.0


def test_in_taylor_arithmetic():
    with np.errstate(all="ignore"):
        for f in (lambda x: np.where(x > 0, np.log(x), x), lambda x: np.maximum(np.log(x), x)):
            np.testing.assert_array_equal(taylor(f, 0.0, 3), [0, 1, 0, 0])


def test_a_derivative_that_is_zero_by_its_value_hides_nothing():
    """``√x √x`` has slope 1 at 0, and ``0·∞`` does not know."""
    with np.errstate(all="ignore"):
        for f in (
            lambda x: np.sqrt(x) * np.sqrt(x),
            lambda x: np.cbrt(x**3),
            lambda x: np.sqrt(x) ** 2,
        ):
            assert np.isnan(grad(f)(0.0))
            assert np.isnan(jvp(f, (0.0,), (1.0,))[1])
        assert np.isnan(vjp(np.log, 0.0)[1](0.0)[0])
        assert grad(np.log)(0.0) == np.inf
        assert grad(lambda x: np.where(x >= 0, np.sqrt(x), 0.0))(0.0) == np.inf
        both = grad(lambda x: np.sum(np.where(x > 0, np.log(x), 0.0) + np.log(x)))
        assert both(np.zeros(1))[0] == np.inf
        cancels = grad(lambda x: np.sum(np.where(x[1:] < 2, np.diff(np.sqrt(x)), 0.0)))
        np.testing.assert_array_equal(cancels(np.array([1.0, 0.0, 1.0])), [-0.5, np.nan, 0.5])
        mixed = grad(lambda x: np.sum(np.log(x)[1:] + np.log(x)[:1] * 0.0))(np.array([0.0, 1.0]))
        assert np.isnan(mixed[0])
        assert mixed[1] == 1.0


def test_a_long_chain_above_an_index():
    """What is in use is found by a loop: chains are longer than the stack is deep."""

    def f(x):
        y = np.log(x)
        for _ in range(3000):
            y = (y[None] * 1.0)[0]
        return np.sum(y[1:])

    with np.errstate(all="ignore"):
        np.testing.assert_allclose(grad(f)(np.array([0.0, 2.0])), [0.0, 0.5])
