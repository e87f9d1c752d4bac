"""Tracing changes no value: every rule, on numbers and arrays of every kind, beside plain NumPy.

Compared are types, shapes, bits, which memory is shared, what may be written to, and exceptions.
"""

import inspect
import warnings

import numpy as np
import pytest
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
from rule_cases import CASES

from calcml import tracer
from calcml.core import strip
from calcml.diff import jvp, vjp
from calcml.rules.dispatch import call_function
from calcml.rules.factor import tall_qr
from calcml.rules.linalg import log_abs_det


def name(function):
    return getattr(function, "__name__", str(function))


def strided(x):
    """The same entries, with gaps between them and in the opposite direction."""
    if x.ndim == 0:
        return x
    wide = np.zeros((2 * x.shape[0], *x.shape[1:]), x.dtype)
    view = wide[::-2]
    view[...] = x
    return view


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


def with_entries(*values):
    """Put ``values`` into the entries of an array, from the second on and over again."""

    def put(x):
        x = x.copy()
        flat = x.reshape(-1)
        flat[1::2] = np.resize(np.asarray(values, x.dtype), flat[1::2].shape)
        if x.size == 1:
            flat[0] = values[0]
        return x

    return put


VARIANTS = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32),
    "float16": lambda x: x.astype(np.float16),
    "longdouble": lambda x: x.astype(np.longdouble),
    "Fortran order": np.asfortranarray,
    "strided": strided,
    "read-only": read_only,
    "nan": with_entries(np.nan),
    "infinite": with_entries(np.inf, -np.inf),
    "one infinity": with_entries(np.inf),
    "float32 with nan and infinity": lambda x: with_entries(np.nan, np.inf)(x.astype(np.float32)),
    "zeros": with_entries(0.0, -0.0),
    "all zero": np.zeros_like,
    "negative zero": lambda x: -np.zeros_like(x),
    "ties": np.ones_like,
    "huge": lambda x: x * 1e300,
    "tiny": lambda x: x * 1e-310,
    "no rows": lambda x: x[:0] if x.ndim else x,
    "no columns": lambda x: x[..., :0] if x.ndim else x,
    "no axes": lambda x: x.reshape(-1)[0] if x.size else x,
    "one entry": lambda x: x.reshape(-1)[:1],
}


def parts(y):
    return [z for part in y for z in parts(part)] if isinstance(y, tuple | list) else [y]


def looked_at(f, look):
    """``f``, which shows ``look`` its arguments and its value."""

    def g(*args):
        y = f(*args)
        look(args, y)
        return y

    return g


def outcome(f, args, differentiate):
    """What ``f`` returns for ``args``, and how each part lies in memory; or what it raises."""
    seen = []

    def look(args, y):
        found = [strip(part) for part in parts(y)]
        shared = [
            [isinstance(part, np.ndarray) and np.shares_memory(part, strip(x)) for x in args]
            for part in found
        ]
        seen.append((found, shared))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            differentiate(looked_at(f, look), args)
        except Exception as error:
            if not seen:
                return error
    return seen[0]


def plain(f, args):
    return f(*args)


MODES = {"reverse": lambda f, args: vjp(f, *args), "forward": lambda f, args: jvp(f, args, args)}


#: Of a singular matrix these have no derivative: forward mode raises, which wants it at once.
REGULAR = {log_abs_det, np.linalg.slogdet, tall_qr, np.linalg.qr}


def check_same(expected, found):
    """Two outcomes are the same."""
    if isinstance(expected, Exception) or isinstance(found, Exception):
        assert type(found) is type(expected), f"{found!r} instead of {expected!r}"
        return
    (values, sharing), (traced, traced_sharing) = expected, found
    assert traced_sharing == sharing
    for y, z in zip(values, traced, strict=True):
        assert type(z) is type(y)
        if not isinstance(y, np.ndarray | np.generic):
            assert z == y
            continue
        assert (z.dtype, z.shape) == (y.dtype, y.shape)
        np.testing.assert_array_equal(z, y)
        if y.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(z[z == 0]), np.signbit(y[y == 0]))
        if isinstance(y, np.ndarray):
            assert z.flags.writeable == y.flags.writeable


@pytest.mark.parametrize("function", CASES, ids=name)
def test_the_value_is_that_of_numpy(function):
    for case in CASES[function]:
        for change in VARIANTS.values():
            with np.errstate(all="ignore"):
                args = [change(np.asarray(x))[()] for x in case.args]
            expected = outcome(case.f, args, plain)
            for differentiate in MODES.values():
                found = outcome(case.f, args, differentiate)
                singular = isinstance(found, np.linalg.LinAlgError)
                if not (singular and function in REGULAR and differentiate is MODES["forward"]):
                    check_same(expected, found)


@pytest.mark.parametrize("function", CASES, ids=name)
def test_arguments_may_be_given_by_name(function, monkeypatch):
    """All of them, wherever NumPy lets them."""

    def by_name(called, args, kwargs):
        return call_function(called, *named(called, args, kwargs))

    for case in CASES[function]:
        with np.errstate(all="ignore"):
            plainly = jvp(case.f, case.args, case.args)
            with monkeypatch.context() as patch:
                patch.setattr(tracer, "call_function", by_name)
                by_names = jvp(case.f, case.args, case.args)
        for y, z in zip(parts(by_names), parts(plainly), strict=True):
            np.testing.assert_array_equal(y, z)


def named(function, args, kwargs):
    """The same arguments, as many of them as can be given by name; as NumPy itself confirms."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):  # no signature, as for ufuncs
        return args, kwargs
    kinds = {k: p.kind for k, p in bound.signature.parameters.items()}
    several = [k for k in bound.arguments if kinds[k] is inspect.Parameter.VAR_POSITIONAL]
    if several:
        return args, kwargs
    positional = [
        v for k, v in bound.arguments.items() if kinds[k] is inspect.Parameter.POSITIONAL_ONLY
    ]
    rest = {
        k: v
        for k, v in bound.arguments.items()
        if kinds[k] in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }
    return tuple(positional), {**rest, **bound.arguments.get("kwargs", {})}
