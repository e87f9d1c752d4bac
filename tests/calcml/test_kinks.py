"""The conventions at kinks that the documentation of `calcml.diff.rules` lists, one test for
each."""

import numpy as np
import pytest

import calcml.diff.rules
from calcml.diff import grad, jvp

LINES = [0.0, 1.0, 2.0], [0.0, 1.0, 4.0]
WEIGHTS = np.array([1.0, 10.0, 100.0])

# function, where, its gradient there by convention
KINKS = {
    "abs": (np.abs, 0.0, 0.0),
    "fabs": (np.fabs, 0.0, 0.0),
    "relu": (lambda x: np.maximum(x, 0), 0.0, 0.0),
    "relu, the other way round": (lambda x: np.maximum(0.0, x), 0.0, 0.0),
    "relu with zeros": (lambda x: np.maximum(x, np.zeros(2)), [0.0, 1.0], [0.0, 1.0]),
    "negative part": (lambda x: np.minimum(x, 0), 0.0, 0.0),
    "tie with a number": (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    "tie of maximum": (lambda x: np.maximum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    "tie of minimum": (lambda x: np.minimum(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    "tie of fmax": (lambda x: np.fmax(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    "tie of fmin": (lambda x: np.fmin(x[0], x[1]), [1.0, 1.0], [0.5, 0.5]),
    "ties of max": (np.max, [2.0, 1.0, 2.0, 2.0], [1 / 3, 0.0, 1 / 3, 1 / 3]),
    "ties of min": (np.min, [1.0, 1.0, 2.0], [0.5, 0.5, 0.0]),
    "ties of amax": (np.amax, [1.0, 1.0], [0.5, 0.5]),
    "ties of nanmax": (np.nanmax, [1.0, np.nan, 1.0], [0.5, 0.0, 0.5]),
    "ties of maximum.reduce": (np.maximum.reduce, [1.0, 1.0], [0.5, 0.5]),
    "clip": (lambda x: np.clip(x, 0, 1), [0.0, 0.5, 1.0, 2.0], [0.0, 1.0, 0.0, 0.0]),
    "norm": (np.linalg.norm, [0.0, 0.0], [0.0, 0.0]),
    "3-norm": (lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0.0, 0.0]),
    "1-norm": (lambda x: np.linalg.norm(x, 1), [0.0, -1.0], [0.0, -1.0]),
    "norm of the largest": (lambda x: np.linalg.norm(x, np.inf), [1.0, -1.0], [0.5, -0.5]),
    "hypot": (lambda x: np.hypot(x[0], x[1]), [0.0, 0.0], [0.0, 0.0]),
    "std": (np.std, [3.0, 3.0], [0.0, 0.0]),
    "ptp": (np.ptp, [3.0, 3.0], [0.0, 0.0]),
    "sign": (lambda x: x + np.sign(x), 0.0, 1.0),
    "floor": (lambda x: x + np.floor(x), 1.0, 1.0),
    "round": (lambda x: x + np.round(x), 0.5, 1.0),
    "heaviside": (lambda x: x + np.heaviside(x, 0.5), 0.0, 1.0),
    "remainder": (lambda x: x % 1.0, 2.0, 1.0),
    "x ** 0": (lambda x: x**0, 0.0, 0.0),
    "x ** 0.0": (lambda x: x ** np.array(0.0), 0.0, 0.0),
    "0 ** p": (lambda p: 0.0**p, 2.0, 0.0),
    "sort": (lambda x: np.sort(x) @ WEIGHTS, [1.0, 1.0, 1.0], WEIGHTS),
    "sort of some": (lambda x: np.sort(x) @ WEIGHTS, [2.0, 1.0, 2.0], [10.0, 1.0, 100.0]),
    "median": (np.median, [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    "quantile": (lambda x: np.quantile(x, 0.0), [1.0, 1.0, 2.0], [1.0, 0.0, 0.0]),
    "unique": (lambda x: np.sum(np.unique(x)), [1.0, 1.0, 2.0], [1.0, 0.0, 1.0]),
    "accumulate": (lambda x: np.maximum.accumulate(x) @ WEIGHTS, [1.0, 1, 2], [11.0, 0.0, 100.0]),
    "interp at a knot": (lambda x: np.interp(x, *LINES), 1.0, 3.0),
    "interp at the first knot": (lambda x: np.interp(x, *LINES), 0.0, 1.0),
    "interp at the last knot": (lambda x: np.interp(x, *LINES), 2.0, 3.0),
    "interp outside": (lambda x: np.interp(x, *LINES), [-1.0, 3.0], [0.0, 0.0]),
    "where": (lambda x: np.where(x > 0, x, -x), 0.0, -1.0),
    "a branch with infinite slope": (lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, 0.0),
    "quantile in q": (lambda q: np.quantile([1.0, 2.0, 5.0], q), [0.5, 1.0], [6.0, 6.0]),
    "logaddexp of nothing": (lambda x: np.logaddexp(x[0], x[1]), [-np.inf, -np.inf], [0.0, 0.0]),
    "logaddexp of everything": (lambda x: np.logaddexp(x[0], x[1]), [np.inf, np.inf], [0.5, 0.5]),
    "if": (lambda x: x if x >= 0 else -x, 0.0, 1.0),
    "sqrt": (np.sqrt, 0.0, np.inf),
    "log": (np.log, 0.0, np.inf),
}


@pytest.mark.parametrize("kink", KINKS)
def test_convention(kink):
    f, x, expected = KINKS[kink]
    x = np.asarray(x)[()]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = grad(lambda x: np.sum(f(x)))(x)
        np.testing.assert_allclose(found, expected, rtol=1e-15)
        for i, e in enumerate(np.eye(np.size(x))):
            direction = e.reshape(np.shape(x))[()]
            slope = jvp(lambda x: np.sum(f(x)), (x,), (direction,))[1]
            assert slope == pytest.approx(np.ravel(expected)[i], rel=1e-15)


def test_the_documentation_lists_them():
    text = calcml.diff.rules.__doc__
    listed = "relu maximum minimum fmax fmin max min clip hypot std ptp sign floor round heaviside"
    listed += " remainder sort median quantile unique accumulate interp where sqrt log"
    for name in listed.split():
        assert name in text, name
