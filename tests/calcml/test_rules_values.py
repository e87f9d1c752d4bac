"""A traced function computes what NumPy computes: same values, shapes and types, all arguments."""

import dis
import inspect

import numpy as np
import pytest
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
from rule_cases import CASES

from calcml.diff import grad, jvp, vjp
from calcml.diff.rules.registry import REWRITES

FUNCTIONS = list(CASES)


def name(function):
    return getattr(function, "__name__", str(function))


def parts(y):
    return list(y) if isinstance(y, tuple | list) else [y]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_the_traced_value_is_that_of_numpy(function, dtype):
    """An argument that a rewritten function forgets would show here, and so would a wrong type."""
    tolerance = 1e-12 if dtype is np.float64 else 3e-4
    for case in CASES[function]:
        args = [np.asarray(x, dtype)[()] for x in case.args]
        with np.errstate(all="ignore"):
            plain = parts(case.f(*args))
            backward, pullback = vjp(case.f, *args)
            forward, tangent = jvp(case.f, args, args)
        for expected, *found in zip(plain, parts(backward), parts(forward), strict=True):
            for y in found:
                assert np.shape(y) == np.shape(expected)
                assert np.asarray(y).dtype == np.asarray(expected).dtype
                np.testing.assert_allclose(y, expected, rtol=tolerance, atol=tolerance)
        for y, t in zip(parts(forward), parts(tangent), strict=True):
            assert t.dtype == np.asarray(y).dtype
        ones = [np.ones(np.shape(y), np.asarray(y).dtype) for y in parts(backward)]
        cotangents = ones[0] if not isinstance(backward, tuple | list) else type(backward)(ones)
        assert all(g.dtype == dtype for g in pullback(cotangents))


MAY_IGNORE = {"out", "dtype", "copy", "kind", "order", "subok", "device", "overwrite_input", "tol"}


@pytest.mark.parametrize("function", list(REWRITES), ids=name)
def test_rewritten_functions_use_every_argument_they_take(function):
    rewritten = REWRITES[function]
    code = rewritten.__code__
    names = set(inspect.signature(rewritten).parameters) - {"_"}
    bytecode = {i.argval for i in dis.get_instructions(code)}
    inner = {n for c in code.co_consts if inspect.iscode(c) for n in c.co_freevars}
    assert names - MAY_IGNORE <= bytecode | inner


def test_idle_arguments_are_let_pass():
    """What NumPy's own default values say changes nothing."""
    x = np.array([1.0, 3.0, 2.0])
    for f in (np.sum, np.mean, np.var, np.std, np.max, np.median, np.cumsum, np.trace):
        data = np.outer(x, x) if f is np.trace else x
        assert np.isfinite(grad(lambda x, f=f: np.sum(f(x, out=None)))(data)).all()
    for f in (np.sum, np.mean, np.var, np.prod):
        expected = grad(f)(x)
        np.testing.assert_array_equal(
            grad(lambda x, f=f: f(x, dtype=None, where=True))(x), expected
        )
