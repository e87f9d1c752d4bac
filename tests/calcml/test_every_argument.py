"""Every argument that can be differentiated has its derivative, or is refused: none is silently 0.

The cases of the rules are run, and each call of a NumPy function that they make is kept; then every
real number among its plain arguments, by position or by name, is traced in its turn.
"""

from functools import partial

import numpy as np
import pytest
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
from rule_cases import CASES

from calcml.diff import grad, jvp, vjp
from calcml.diff.core import unwrap
from calcml.diff.rules import dispatch
from calcml.diff.rules.constant import CONSTANT

FUNCTIONS = list(CASES)
#: What moves no value but a threshold, whose derivative is 0 wherever there is one.
THRESHOLDS = {"rcond", "tol", "rtol", "discont"}


def is_real(x):
    numbers = isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
    return numbers and np.size(x) > 0 and np.all(np.isfinite(x))


def calls_within(case, monkeypatch):
    """The outermost calls of NumPy that a case makes with a traced argument."""
    found = []
    original = dispatch.call_function

    def keep(function, args, kwargs):
        found.append(
            (function, tuple(map(unwrap, args)), {k: unwrap(v) for k, v in kwargs.items()})
        )
        monkeypatch.setattr("calcml.diff.array_tracer.call_function", original)
        try:
            return original(function, args, kwargs)
        finally:
            monkeypatch.setattr("calcml.diff.array_tracer.call_function", keep)

    monkeypatch.setattr("calcml.diff.array_tracer.call_function", keep)
    jvp(case.f, case.args, case.args)
    monkeypatch.undo()
    return found


def flat(y):
    return np.concatenate([np.ravel(part) for part in (y if isinstance(y, tuple | list) else [y])])


def check(call, x, where):
    """Either ``call`` refuses a traced ``x``, or both modes give the slope of ``call`` there."""
    x = np.asarray(x, float)[()]
    try:
        with np.errstate(all="ignore"):
            _, slope = jvp(call, (x,), (np.ones_like(x),))
            _, pullback = vjp(lambda x: np.sum(flat(call(x))), x)
            pulled = pullback(1.0)[0]
    except (TypeError, ValueError, NotImplementedError):
        return
    h, slope = 1e-6, flat(slope)
    with np.errstate(all="ignore"):
        expected = (flat(call(x + h)) - flat(call(x - h))) / (2 * h)
    expected = np.where(np.isnan(expected), slope, expected)  # NumPy's own value is no number
    np.testing.assert_allclose(slope, expected, rtol=1e-4, atol=1e-5, err_msg=where)
    total = np.sum(expected)
    np.testing.assert_allclose(np.sum(pulled), total, rtol=1e-4, atol=1e-5, err_msg=where)


def places(args, kwargs):
    """Each real number among the arguments, and how to call with another in its place."""
    named = {**dict(enumerate(args)), **kwargs}
    for place, value in named.items():
        for i, x in enumerate(value if isinstance(value, tuple | list) else [value]):
            if is_real(x) and place not in THRESHOLDS:
                yield place, x, partial(exchanged, named, place, i)


def exchanged(named, place, i, x):
    """The arguments with ``x`` at a place; in a list, at its ``i``-th."""
    value = named[place]
    if isinstance(value, tuple | list):
        x = type(value)([*value[:i], x, *value[i + 1 :]])
    named = {**named, place: x}
    kwargs = {k: v for k, v in named.items() if isinstance(k, str)}
    return [named[k] for k in range(len(named) - len(kwargs))], kwargs


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: getattr(f, "__name__", str(f)))
def test_plain_arguments_too(function, monkeypatch):
    for case in CASES[function]:
        for called, args, kwargs in calls_within(case, monkeypatch):
            if called in CONSTANT or called in (np.piecewise, np.apply_along_axis):
                continue
            for place, x, exchange in places(args, kwargs):

                def call(x, called=called, exchange=exchange):
                    args, kwargs = exchange(x)
                    return called(*args, **kwargs)

                check(call, x, f"{called} in {place}")


def test_the_slope_in_the_level_of_a_quantile():
    x = np.array([1.0, 2.0, 3.0])
    assert grad(lambda q: np.quantile(x, q))(0.3) == pytest.approx(2.0)
    assert grad(lambda q: np.percentile(x, q))(30.0) == pytest.approx(0.02)
    assert grad(lambda q: np.nanpercentile([1.0, np.nan, 5.0], q))(30.0) == pytest.approx(0.04)
