"""Tracing changes no value: every rule, on numbers and arrays of every kind, beside plain NumPy.

Compared are types, shapes, bits, which memory is shared, what may be written to, and exceptions.
"""

import copy
import inspect
import warnings
from fractions import Fraction

import numpy as np
import pytest
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
from rule_cases import CASES

from calcml.diff import array_tracer, jvp, value_and_grad, vjp
from calcml.diff.core import unwrap
from calcml.diff.gradcheck import check_grads
from calcml.diff.pytree import flatten
from calcml.diff.rules.dispatch import call_function
from calcml.diff.rules.product import contracted
from calcml.diff.rules.shape import scatter, scattered


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


def variants(function):
    """Those in which a function can be tried: NumPy reads beyond the end of an empty diagonal."""
    empty = {"no rows", "no columns"} if function is contracted else set()
    return [variant for variant in VARIANTS if variant not in empty]


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
        found = [unwrap(part) for part in parts(y)]
        shared = [
            [isinstance(part, np.ndarray) and np.shares_memory(part, unwrap(x)) for x in args]
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
REGULAR = {"slogdet", "tall_qr", "qr"}


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
        for change in (VARIANTS[variant] for variant in variants(function)):
            with np.errstate(all="ignore"):
                args = [change(np.asarray(x))[()] for x in case.args]
            expected = outcome(case.f, args, plain)
            for differentiate in MODES.values():
                found = outcome(case.f, args, differentiate)
                singular = isinstance(found, np.linalg.LinAlgError)
                if not (
                    singular and name(function) in REGULAR and differentiate is MODES["forward"]
                ):
                    check_same(expected, found)


#: Where values are finite, and shapes are what they may be; ``scatter`` is not NumPy's.
TAME = ["float64", "float32", "Fortran order", "strided", "zeros", "all zero", "negative zero"]
TAME += ["ties", "no rows", "no columns", "no axes", "one entry"]


@pytest.mark.parametrize("function", [f for f in CASES if f not in (scatter, scattered)], ids=name)
@pytest.mark.filterwarnings("ignore")
def test_where_there_is_a_value_there_is_a_derivative(function):
    """Both modes have one, of the shape and type that it must have, and the same one."""
    for case in CASES[function]:
        for variant in filter(TAME.__contains__, variants(function)):
            args = [VARIANTS[variant](np.asarray(x))[()] for x in case.args]
            if isinstance(outcome(case.f, args, plain), Exception):
                continue
            try:
                values, tangents = (flatten(tree)[0] for tree in jvp(case.f, args, args))
                y, pullback = vjp(case.f, *args)
                outputs, build = flatten(y)
                cotangents = pullback(build([np.ones_like(o) for o in outputs]))
            except (np.linalg.LinAlgError, ValueError) as error:
                if "Singular matrix" in str(error) or "of equal values" in str(error):
                    continue
                raise
            assert [t.shape for t in tangents] == [np.shape(v) for v in values]
            assert [g.shape for g in cotangents] == [x.shape for x in args]
            assert [g.dtype for g in cotangents] == [x.dtype for x in args]
            products = [g * x for g, x in zip(cotangents, args, strict=True)]
            size = sum(np.sum(np.abs(z)) for z in [*products, *tangents])
            if np.isfinite(size) and variant != "float32":
                gap = sum(map(np.sum, products)) - sum(map(np.sum, tangents))
                assert abs(gap) <= 1e-9 * max(size, 1e-6)


@pytest.mark.parametrize("function", CASES, ids=name)
def test_arguments_may_be_given_by_name(function, monkeypatch):
    """All of them, wherever NumPy lets them."""

    def by_name(called, args, kwargs):
        return call_function(called, *named(called, args, kwargs))

    for case in CASES[function]:
        with np.errstate(all="ignore"):
            plainly = jvp(case.f, case.args, case.args)
            with monkeypatch.context() as patch:
                patch.setattr(array_tracer, "call_function", by_name)
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


X = np.array([1.5, -2.0, 0.75])
SQUARE = np.outer(X, X)
PATH = np.einsum_path("ij,jk,k->i", SQUARE, SQUARE, X, optimize="optimal")[0]

#: Ways of saying things that a program may use, beside those of the rule cases.
SAID_OTHERWISE = {
    "large integer": lambda x: x * 10**30 / 1e30,
    "list": lambda x: [1.0, 2.0, 3.0] - x,
    "range": lambda x: x + range(3),
    "np.multiply of a tuple": lambda x: np.multiply((1.0, 2.0, 3.0), x),
    "divmod": lambda x: divmod(x, 0.37)[1] + divmod(x, 0.37)[0],
    "divmod the other way": lambda x: divmod(5.0, x)[1] + divmod(5.0, x)[0],
    "astype": lambda x: x.astype(dtype=float),
    "astype float32": lambda x: x.astype(dtype=np.float32, casting="same_kind", copy=False),
    "astype refused": lambda x: x.astype(np.float32, casting="safe"),
    "pad by axis": lambda x: np.pad(x, {0: (1, 1)}),
    "pad by axis from the end": lambda x: np.pad(x * np.ones((2, 1)), {-1: 2}, mode="edge"),
    "einsum by a path": lambda x: np.einsum("ij,jk,k->i", SQUARE, SQUARE, x, optimize=PATH),
    "einsum by a list": lambda x: np.einsum("i,i", x, x, optimize=["einsum_path", (0, 1)]),
    "swapaxes by name": lambda x: np.swapaxes(x[None], axis1=0, axis2=1),
    "transpose by name": lambda x: np.transpose(a=x[None], axes=(1, 0)),
    "roll by name": lambda x: np.roll(x, axis=0, shift=1),
    "methods by name": lambda x: x.repeat(repeats=2, axis=0).reshape(3, 2).sum(axis=1, dtype=float),
    "clip by name": lambda x: x.clip(min=-1, max=1) + np.clip(x, a_min=-1, a_max=1),
    "mean in float32": lambda x: np.mean(x, dtype=np.float32),
    "sum in float32 by place": lambda x: np.sum(x, None, np.float32),
    "variance in float32": lambda x: np.var(x, 0, np.float32),
    "wrong axis": lambda x: np.flip(x, 1),
    "wrong axis of expand_dims": lambda x: np.expand_dims(x, 5),
    "axis named twice": lambda x: np.expand_dims(x, (0, 0)),
    "wrong axis of a sum": lambda x: np.sum(x, axis=1),
    "wrong axis of a sort": lambda x: np.sort(x, axis=-2),
    "wrong axis of a median": lambda x: np.median(x, axis=3),
    "ravel as it lies": lambda x: np.ravel((x * np.ones((2, 1))).T, "K"),
    "ravel in either order": lambda x: np.ravel((x * np.ones((2, 1))).T, "A"),
    "reshape in either order": lambda x: (x * np.ones((2, 1))).T.reshape((2, 3), order="A"),
    "reshape without a copy": lambda x: (x * np.ones((2, 1))).T.reshape(-1, copy=False),
}


METHODS = {
    "all": lambda x: x.all(axis=0, keepdims=True),
    "argmax": lambda x: x.argmax(axis=0),
    "argsort": lambda x: x.argsort(axis=0, kind="stable"),
    "argpartition": lambda x: x.argpartition(1, axis=0),
    "astype": lambda x: x.astype("f4", "F"),
    "clip": lambda x: x.clip(0, None),
    "compress": lambda x: x.compress(condition=[1, 0], axis=0, out=None),
    "conj": lambda x: x.conjugate(),
    "copy": lambda x: x.copy(order="F"),
    "copy in C order": lambda x: x.T.copy().ravel("K"),
    "copy.copy": lambda x: copy.copy(x.T),
    "cumprod": lambda x: x.cumprod(0, dtype=float, out=None),
    "cumsum": lambda x: x.cumsum(None, np.float32),
    "diagonal": lambda x: x.diagonal(offset=1, axis1=0, axis2=1),
    "dot": lambda x: x.dot([1, 2, 3]),
    "flatten": lambda x: x.T.flatten("K"),
    "flatten in either order": lambda x: x.T.flatten("A"),
    "imag": lambda x: x.imag,
    "itemsize": lambda x: x.itemsize,
    "len": len,
    "max": lambda x: x.max(0, None, True),
    "max of some": lambda x: x.max(initial=10.0, where=x > 0, axis=0),
    "mean": lambda x: x.mean(0, "f4", None, True),
    "min": lambda x: x.min(axis=(0, 1)),
    "nonzero": lambda x: x.nonzero(),
    "prod": lambda x: x.prod(0, "f4"),
    "ravel": lambda x: x.ravel(order="F"),
    "repeat": lambda x: x.repeat(2, 0),
    "reshape": lambda x: x.reshape((3, 2), order="F"),
    "round": lambda x: x.round(decimals=1),
    "round()": lambda x: round(x, 1),
    "round() to an integer": round,
    "searchsorted": lambda x: np.cumsum(x * x).searchsorted(v=1.0, side="right"),
    "squeeze": lambda x: x.squeeze(axis=0),
    "std": lambda x: x.std(0, None, None, 1, True),
    "sum": lambda x: x.sum(axis=-1, dtype="f4", keepdims=True),
    "sum of some": lambda x: x.sum(where=x > 0, initial=3.0),
    "sum of integers": lambda x: np.sum(x, dtype=int),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "take": lambda x: x.take(indices=[1, 1], mode="clip"),
    "trace": lambda x: x.trace(offset=-1, dtype="f4"),
    "transpose": lambda x: x.transpose(None),
    "var": lambda x: x.var(None, "f4"),
}


@pytest.mark.parametrize("f", METHODS.values(), ids=METHODS)
def test_methods(f):
    for x in (SQUARE[:2], X, X[1], X[1, ...], SQUARE[:0], np.float32(2.5)):
        expected = outcome(f, (x,), plain)
        for differentiate in MODES.values():
            check_same(expected, outcome(f, (x,), differentiate))


@pytest.mark.parametrize("function", [np.median, np.quantile, np.percentile])
def test_the_input_is_not_overwritten(function):
    """Where a program allows it, what was there is needed still."""
    rest = () if function is np.median else (0.5,)
    x = X[::-1].copy()
    for f in (
        lambda x: function(x, *rest, overwrite_input=True) * x,
        lambda x: function(x, *rest, 0, None, True) * x,
    ):
        for differentiate in MODES.values():
            expected = outcome(lambda x: function(x, *rest) * x, (x,), plain)
            check_same(expected, outcome(f, (x,), differentiate))
            assert np.array_equal(x, X[::-1])


@pytest.mark.parametrize("f", SAID_OTHERWISE.values(), ids=SAID_OTHERWISE)
def test_whatever_the_wording(f):
    for change in VARIANTS.values():
        with np.errstate(all="ignore"):
            x = change(X)[()]
        expected = outcome(f, (x,), plain)
        for differentiate in MODES.values():
            check_same(expected, outcome(f, (x,), differentiate))
    expected = outcome(f, (X,), plain)
    if not isinstance(expected, Exception) and expected[0][0].dtype == float:
        check_grads(f, (X,), order=2)


@pytest.mark.parametrize(
    "x", [X, np.float64(1.5), np.float32(1.5)], ids=["array", "number", "float32"]
)
@pytest.mark.parametrize(
    "f",
    [
        lambda x, half: half * x,
        lambda x, half: x * half,
        lambda x, half: half - x,
        lambda x, half: x + half,
        lambda x, half: abs(x) ** half,
        lambda x, half: half**x,
        lambda x, half: x / half,
        lambda x, half: half / x,
        lambda x, half: np.add(x, half) * np.multiply(half, x),
        lambda x, half: np.where(x > half, x, half * x),
        lambda x, half: x * (x // half) + x % half,
    ],
)
def test_a_fraction_is_taken_for_a_float(f, x):
    """NumPy itself makes arrays of Python's objects of it, or Python's own numbers."""
    expected = outcome(lambda x: f(x, 0.5), (x,), plain)
    for differentiate in MODES.values():
        check_same(expected, outcome(lambda x: f(x, Fraction(1, 2)), (x,), differentiate))
    assert np.array_equal(
        jvp(lambda x: f(x, Fraction(1, 2)), (x,), (x,))[1], jvp(lambda x: f(x, 0.5), (x,), (x,))[1]
    )


def test_a_hidden_nan_is_seen():
    """Differentiating a program does not hide what went wrong in it."""
    x = np.array([1.0, np.nan, 3.0])
    for f in (np.median, np.max, np.min, np.ptp, np.mean, np.std, np.quantile, np.percentile):
        call = (lambda x, f=f: f(x, 0.5)) if f in (np.quantile, np.percentile) else f
        with np.errstate(invalid="ignore"):
            assert np.isnan(value_and_grad(call)(x)[0])
    assert np.isnan(vjp(lambda x: np.clip(x, 0, 2), x)[0][1])


def test_numpy_warns_once_as_it_does():
    """The steps by which a function is told add no warning to NumPy's own."""
    with warnings.catch_warnings(record=True) as plainly:
        warnings.simplefilter("always")
        np.var(np.empty((0, 2)), axis=0)
    for differentiate in MODES.values():
        with warnings.catch_warnings(record=True) as traced:
            warnings.simplefilter("always")
            differentiate(lambda x: np.var(x, axis=0), (np.empty((0, 2)),))
        assert [str(w.message) for w in traced] == [str(w.message) for w in plainly]
    for p in (None, 1, "fro"):  # nor errors where it has none
        y, pullback = vjp(lambda a, p=p: np.linalg.cond(a, p), np.ones((2, 2)))
        assert y == np.linalg.cond(np.ones((2, 2)), p)
        with np.errstate(all="ignore"):
            assert not np.any(pullback(1.0)[0] == 0)
