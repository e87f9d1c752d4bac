"""Every entrywise rule keeps its digits from the smallest floats to the largest.

``make sweep`` does the same at more points. What is allowed, and the few exceptions with their
reasons, stand in the tables of ``rule_truth``.
"""

import numpy as np
import pytest
import scipy.special as sp
from rule_sweep import sweep_pair, sweep_unary
from rule_truth import ELSEWHERE, EXACT, PAIRS, UNARY

from calcml.diff import grad, jacobian, jvp, vjp
from calcml.diff.core import PartsRule
from calcml.diff.rules.registry import RULES


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_one_argument(function, dtype):
    sweep = UNARY[function]
    for way, worst in sweep_unary(function, dtype, 2).items():
        assert worst.error <= (sweep.second if "over" in way else sweep.units), f"{way}: {worst}"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", PAIRS, ids=lambda f: f.__name__)
def test_two_arguments(function, dtype):
    for way, worst in sweep_pair(function, dtype, 1).items():
        assert worst.error <= PAIRS[function].units, f"{way}: {worst}"


def test_every_entrywise_rule_is_swept():
    rules = [r for r in RULES.values() if not isinstance(r, PartsRule) and r.elementwise]
    swept = {*UNARY, *PAIRS, *EXACT, *ELSEWHERE}
    assert not [rule.name for rule in rules if rule.function not in swept]
    assert not [f for f in swept if f not in RULES]


def test_exceptions_have_reasons():
    for entry in (*UNARY.values(), *PAIRS.values()):
        exceptional = entry.terms is not None or not entry.units <= 16
        assert entry.reason or not exceptional


# Infinities have one convention in all forms.

ROWS = np.array([[-np.inf, -np.inf], [np.inf, 0.0], [np.inf, np.inf], [-np.inf, 2.0], [0.0, 0.0]])
SHARES = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]])
FORMS = {
    "two arguments": lambda f: lambda x: f(x[:, 0], x[:, 1]),
    "reduce": lambda f: lambda x: f.reduce(x, axis=1),
    "reduce, keeping axes": lambda f: lambda x: f.reduce(x, axis=-1, keepdims=True)[:, 0],
    "reduce of the other axis": lambda f: lambda x: f.reduce(x.T),
    "accumulate": lambda f: lambda x: f.accumulate(x, axis=1)[:, 1],
}


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.logaddexp2])
@pytest.mark.parametrize("form", FORMS)
def test_shares_of_infinities(form, ufunc):
    f = FORMS[form](ufunc)
    y, pullback = vjp(f, ROWS)
    np.testing.assert_array_equal(y, ufunc.reduce(ROWS, axis=1))
    np.testing.assert_array_equal(pullback(np.ones(5))[0], SHARES)
    for column in np.eye(2):
        tangent = np.broadcast_to(column, ROWS.shape)
        np.testing.assert_array_equal(jvp(f, (ROWS,), (tangent,))[1], SHARES @ column)
    with np.errstate(invalid="ignore"):  # of the sum of all, ∞ - ∞
        curvature = jacobian(grad(lambda x: np.sum(f(x))))(ROWS)
    expected = np.diag([0.25, 0.25]) - 0.25 * (1 - np.eye(2))
    scale = 1.0 if ufunc is np.logaddexp else np.log(2)
    np.testing.assert_allclose(curvature[4, :, 4], scale * expected, rtol=1e-14)
    assert np.all(curvature[:4] == 0)


def test_softmax_of_a_masked_row_is_zero():
    def softmax(x):
        return np.exp(x - np.logaddexp.reduce(x, axis=1, keepdims=True))

    x = np.array([[-np.inf, -np.inf], [0.0, -np.inf]])
    with np.errstate(invalid="ignore"):
        used = grad(lambda x: np.sum(softmax(x)[1] ** 2))(x)
    np.testing.assert_array_equal(used, np.zeros((2, 2)))


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_scipy_functions_that_make_plain_arrays_name_the_remedy(name):
    with pytest.raises(TypeError, match=f"{name} of SciPy cannot be traced; write .*np.logaddexp"):
        grad(lambda x: np.sum(getattr(sp, name)(x)))(np.ones(2))


def test_the_quotient_counted_is_the_one_that_was_subtracted():
    """1 / 0.1 rounds to 10, but 0.1 goes into 1 nine times."""
    for f in (np.remainder, np.fmod):
        assert grad(f, 1)(1.0, 0.1) == -9.0
        assert jvp(f, (1.0, 0.1), (0.0, 1.0))[1] == -9.0
