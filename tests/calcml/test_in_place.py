"""What NumPy does in place, tracing does too, or refuses and says what to write instead."""

import copy
import operator
import warnings

import numpy as np
import pytest

from calcml.diff import grad, hvp, jvp, vjp
from calcml.diff.core import unwrap

OPERATORS = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "@=": operator.imatmul,
}

#: What shows an array, or a copy of it; NumPy itself decides which.
VIEWS = {
    "x": lambda x: x,
    "x[:]": lambda x: x[:],
    "x[...]": lambda x: x[...],
    "x[1:]": lambda x: x[1:],
    "x[::2]": lambda x: x[::2],
    "x[::-1]": lambda x: x[::-1],
    "x[0]": lambda x: x[0],
    "x[0, 1]": lambda x: x[0, 1],
    "x[0, 1, ...]": lambda x: x[0, 1, ...],
    "x[None]": lambda x: x[None],
    "x[[0, 2, 1]]": lambda x: x[[0, 2, 1]],
    "x[x > 0]": lambda x: x[x > 0],
    "x.T": lambda x: x.T,
    "x.mT": lambda x: x.mT,
    "x.real": lambda x: x.real,
    "np.real": np.real,
    "np.real_if_close": np.real_if_close,
    "x.conj": lambda x: x.conj(),
    "np.conjugate": np.conjugate,
    "+x": lambda x: +x,
    "x.reshape": lambda x: x.reshape(9),
    "x.reshape in Fortran order": lambda x: x.reshape((9,), order="F"),
    "x.reshape with copy": lambda x: x.reshape(3, 3, copy=True),
    "x.ravel": lambda x: x.ravel(),
    "x.ravel in Fortran order": lambda x: x.ravel("F"),
    "x.ravel as it lies": lambda x: x.T.ravel("K"),
    "x.flatten": lambda x: x.flatten(),
    "x.squeeze": lambda x: x.squeeze(),
    "x.transpose": lambda x: x.transpose(1, 0),
    "x.swapaxes": lambda x: x.swapaxes(0, 1),
    "x.diagonal": lambda x: x.diagonal(),
    "x.copy": lambda x: x.copy(),
    "x.astype": lambda x: x.astype(float),
    "x.astype without copy": lambda x: x.astype(float, copy=False),
    "x.repeat": lambda x: x.repeat(1, axis=0),
    "x.take": lambda x: x.take([0, 1, 2], axis=0),
    "x.round": lambda x: x.round(1),
    "copy.copy": copy.copy,
    "copy.deepcopy": copy.deepcopy,
    "np.copy": np.copy,
    "np.moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "np.flip": np.flip,
    "np.flipud": np.flipud,
    "np.rot90": np.rot90,
    "np.rot90 not at all": lambda x: np.rot90(x, 0),
    "np.roll": lambda x: np.roll(x, 1),
    "np.expand_dims": lambda x: np.expand_dims(x, 1),
    "np.atleast_1d": np.atleast_1d,
    "np.atleast_2d": np.atleast_2d,
    "np.atleast_3d": np.atleast_3d,
    "np.broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 3)),
    "np.broadcast_arrays": lambda x: np.broadcast_arrays(x, np.ones(3))[0],
    "np.split": lambda x: np.split(x, 3)[1],
    "np.hsplit": lambda x: np.hsplit(x, 3)[1],
    "np.unstack": lambda x: np.unstack(x)[1],
    "np.meshgrid": lambda x: np.meshgrid(x[0], x[1], copy=False)[0],
    "np.diag": np.diag,
    "np.linalg.diagonal": np.linalg.diagonal,
    "np.einsum diagonal": lambda x: np.einsum("ii->i", x),
    "np.einsum transpose": lambda x: np.einsum("ij->ji", x),
    "np.diff not at all": lambda x: np.diff(x, 0),
    "np.tile": lambda x: np.tile(x, 1),
    "np.stack": lambda x: np.stack([x[0], x[1], x[2]]),
    "np.concatenate": lambda x: np.concatenate([x]),
    "np.sort": np.sort,
    "np.where": lambda x: np.where(x > 0, x, 1.0),
    "np.clip": lambda x: np.clip(x, -9, 9),
    "np.nan_to_num": np.nan_to_num,
    "np.matrix_power": lambda x: np.linalg.matrix_power(x, 1),
    "np.tril": np.tril,
    "np.squeeze of a sum": lambda x: np.squeeze(np.sum(x, axis=0, keepdims=True)),
    "np.full_like": lambda x: np.full_like(x, x[0, 0]),
    "np.resize": lambda x: np.resize(x, (3, 3)),
    "np.pad": lambda x: np.pad(x, 0),
}

X = np.array([[1.5, -2.1, 0.8], [3.1, 2.5, -1.1], [0.27, 4.1, 1.28]])


def changed(update, view, x):
    y = x * 1
    v = view(y)
    v = update(v, 2.0)
    return y, v


def changed_under_view(update, view, x):
    y = x * 1
    v = view(y)
    y = update(y, 2.0)
    return y, v


def changed_by_another_name(update, view, x):
    y = z = x * 1
    z = update(z, 3.0)
    return y, z, view(y)


def changed_alone(update, view, x):
    v = view(x * 1)
    v = update(v, 2.0)
    return (v,)


def changed_beside_another_view(update, view, x):
    y = x * 1
    v, w = view(y), view(y)
    del y
    v = update(v, 2.0)
    return v, w


def changed_under_a_view_of_a_view(update, view, x):
    y = x * 1
    v = view(y[:])
    y = update(y, 2.0)
    return y, v


def changed_by_itself(update, view, x):
    y = x * 1
    y = update(y, view(y))
    return (y,)


def changed_by_a_matrix(update, view, x):
    v = view(x * 1)
    v = update(v, np.array([[1.0, 2, 0], [0, 1, 1], [2, 0, 1]]))
    return v, x


def changed_twice(update, view, x):
    y = x * 1
    v = view(y)
    y = update(y, 2.0)
    del v
    y = update(y, 3.0)
    return (y,)


def changed_argument(update, view, x):
    v = view(x)
    x = update(x, 2.0)
    return x, v


def changed_among_others(update, view, x):
    several = [x * 1, x * 2]
    first, second = several
    first = update(first, second)
    return several[0], second, view(several[0])


PROGRAMS = [
    changed,
    changed_under_view,
    changed_by_another_name,
    changed_alone,
    changed_beside_another_view,
    changed_under_a_view_of_a_view,
    changed_by_itself,
    changed_by_a_matrix,
    changed_twice,
    changed_argument,
    changed_among_others,
]

MODES = {
    "reverse": lambda f, x: vjp(f, x)[0],
    "forward": lambda f, x: jvp(f, (x,), (np.ones_like(x),))[0],
    "forward over reverse": lambda f, x: jvp(lambda x: vjp(f, x)[0], (x,), (x,))[0],
}


def attempt(run):
    """The arrays that ``run`` returns, or what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [np.array(y) for y in run()]
        except (TypeError, ValueError) as error:
            return error


def check_outcome(expected, found):
    """The same arrays, the same error, or a refusal; return whether it is refused."""
    if isinstance(found, Exception):
        if "in-place" in str(found) and "write y = x" in str(found):
            return True
        assert isinstance(expected, Exception), found
        assert isinstance(found, type(expected))
        return False
    for y, z in zip(expected, found, strict=True):
        assert (y.shape, y.dtype) == (z.shape, z.dtype)
        np.testing.assert_array_equal(y, z)
    return False


@pytest.mark.parametrize("update", OPERATORS.values(), ids=OPERATORS)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs_do_what_they_do_in_numpy(update, program):
    for view in VIEWS.values():

        def f(x, view=view):
            return program(update, view, x)

        expected = attempt(lambda f=f: f(X.copy()))
        for mode in MODES.values():
            check_outcome(expected, attempt(lambda f=f, mode=mode: mode(f, X.copy())))


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_has_memory_of_its_own_is_not_refused(operator):
    """Copies, what NumPy returns afresh, and names of the one array that there is."""
    update = OPERATORS[operator]
    argument = np.eye(3) + 1 if operator == "@=" else 2.0
    for view in VIEWS.values():
        if view is VIEWS["np.meshgrid"]:
            continue  # several of its entries are one in memory
        for program in (changed, changed_under_view, changed_alone, changed_by_another_name):

            def f(x, view=view, program=program):
                return program(lambda y, _: update(y, argument), view, x)

            shared = program in (changed, changed_under_view) and np.shares_memory(X, view(X))
            for mode in MODES.values():
                expected = attempt(lambda f=f: f(X.copy()))
                found = attempt(lambda f=f, mode=mode: mode(f, X.copy()))
                refused = check_outcome(expected, found)
                assert not refused or (shared and view is not VIEWS["x"])


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_derivatives_are_those_of_the_changed_arrays(operator, program):
    h, direction = 1e-6, np.linspace(0.5, 1.5, 9).reshape(3, 3)
    x = np.abs(X) if operator == "**=" else X
    for view in VIEWS.values():
        if view is VIEWS["x.round"]:
            continue  # it jumps

        def f(x, view=view):
            return program(OPERATORS[operator], view, x)

        with np.errstate(all="ignore"):
            tangents = attempt(lambda f=f: jvp(f, (x,), (direction,))[1])
            if isinstance(tangents, Exception):
                continue
            y, pullback = vjp(f, x)
            (pulled,) = pullback(tuple(np.ones_like(part) for part in y))
            ahead, behind = f(x + h * direction), f(x - h * direction)
            slopes = [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]
        for slope, t in zip(slopes, tangents, strict=True):
            smooth = np.isfinite(slope)
            np.testing.assert_allclose(t[smooth], slope[smooth], rtol=1e-4, atol=1e-6)
        if all(np.all(np.isfinite(slope)) for slope in slopes):
            total = sum(map(np.sum, tangents))
            np.testing.assert_allclose(np.sum(pulled * direction), total, rtol=1e-9, atol=1e-11)


def test_types_are_cast_as_numpy_casts_them():
    def f(x, other):
        y = x * 1
        y *= other
        return y

    single, double = np.ones(2, np.float32), np.ones(2)
    assert vjp(lambda x: f(x, double), single)[0].dtype == np.float32
    assert vjp(lambda x: f(x, single), double)[0].dtype == np.float64
    for other in (1j, np.ones(2) * 1j):
        with pytest.raises(TypeError, match=r"array of float64 values of complex128; write y = x"):
            vjp(lambda x, other=other: f(x, other), double)


def test_an_array_that_may_not_be_written_to():
    x = X.copy()
    x.flags.writeable = False
    for mode in MODES.values():
        with pytest.raises(ValueError, match="read-only; write y = x"):
            mode(changed_given, x)
    assert np.array_equal(x, X)


def changed_given(x):
    x += 1
    return x


def test_the_argument_of_the_caller_is_not_changed():
    x = X.copy()
    y, slopes = vjp(lambda x: np.sum(changed_given(x) ** 2), x)
    assert y == np.sum((X + 1) ** 2)
    assert np.array_equal(slopes(1.0)[0], 2 * (X + 1))
    assert np.array_equal(x, X)
    part = X[:2]  # a view, but nobody inside sees the whole
    assert np.array_equal(grad(lambda x: np.sum(changed_given(x) ** 2))(part), 2 * (part + 1))


def test_one_array_given_twice():
    """Inside, a change of one would be a change of the other."""

    def f(a, b):
        a += 1
        return np.sum(a * b)

    a = np.ones(3)
    for given in ((a, a), (a, a[::-1])):
        with pytest.raises(TypeError, match=r"write y = x \+ ... instead"):
            vjp(f, *given)
    assert vjp(f, a, a.copy())[0] == 6
    halves = np.ones(6)
    assert vjp(f, halves[:3], halves[3:])[0] == 6


def test_a_deep_copy_keeps_what_is_one():
    def f(x):
        first, second = copy.deepcopy([x, x])
        assert first is second
        first += 1
        return np.sum(first * x)

    assert np.allclose(grad(f)(X), 2 * X + 1)
    assert np.allclose(hvp(f, X, X), 2 * X)


def test_what_traces_keep_apart_stays_apart():
    """The inner variable of a nested derivative takes on an update by the outer one."""

    def inner(x, y):
        z = y * 1
        z *= x  # z belonged to the inner derivative alone
        w = x * 1
        w *= y  # and w to the outer one
        return np.sum(z * w)

    def f(x):
        return np.sum(grad(lambda y: inner(x, y))(x))

    # Σ ∂/∂y (x y)² at y = x is Σ 2 x³, whose gradient is 6 x².
    assert np.allclose(grad(f)(X), 6 * X**2)
    assert np.allclose(jvp(f, (X,), (X,))[1], np.sum(6 * X**3))


def test_what_traced_values_remember_is_plain():
    """No tracer is left in what is returned."""
    for mode in MODES.values():
        for y in mode(lambda x: (changed_given(x * 1), x), X):
            assert unwrap(y) is y
