"""What cannot be differentiated says so, names the argument, and says what to write instead."""

import copy
import math
import pickle

import numpy as np
import pytest

from calcml.diff import (
    curl,
    directional_derivative,
    divergence,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
)

X = np.array([1.0, 2.0, 3.0])


def stored(x):
    out = np.zeros(3)
    out[0] = x[0]
    return np.sum(out)


def stored_in_slice(x):
    out = np.zeros(3)
    out[:] = x
    return np.sum(out)


def assigned(x):
    x[0] = 1.0
    return np.sum(x)


def added_to_plain(x):
    out = np.zeros(3)
    out += x
    return np.sum(out)


def added_to_view(x):
    v = x[1:]
    v += 1
    return np.sum(v)


def changed_under_a_view(x):
    y = x * 1
    v = y[1:]
    y *= 2
    return np.sum(v)


def changed_under_a_view_of_a_view(x):
    y = x * 1
    v = y.reshape(3, 1)
    w = v.T
    del v
    y += 1
    return np.sum(w)


def pickled(x):
    return np.sum(pickle.loads(pickle.dumps(x)))


def grown(x):
    y = x * 1
    y += np.ones((2, 3)) @ np.ones((3, 3))
    return np.sum(y)


REFUSED = {
    "np.array": (lambda x: np.sum(np.array([x[0], x[1]])), TypeError, "build arrays with np.stack"),
    "np.array of arrays": (
        lambda x: np.sum(np.array([x, x])),
        TypeError,
        "np.stack or np.concatenate",
    ),
    "np.array and constants": (
        lambda x: np.array([1.0, x[0]])[0],
        TypeError,
        "lose the derivative",
    ),
    "np.asarray": (lambda x: np.sum(np.asarray(x)), TypeError, "cannot become a plain one"),
    "sum of a list": (lambda x: np.sum([x[0], x[1]]), TypeError, "build arrays with np.stack"),
    "entry stored": (stored, TypeError, r"out\[i\] = y.*build the array with np.stack"),
    "slice stored": (stored_in_slice, TypeError, "storing them in a plain array"),
    "entry assigned": (assigned, TypeError, r"in-place assignment x\[...\] = y.*np.where"),
    "added to a plain array": (added_to_plain, TypeError, r"write y = a \+ x instead of a \+= x"),
    "added to a view": (added_to_view, TypeError, r"view of a traced array.*write y = x \+ ..."),
    "changed under a view": (changed_under_a_view, TypeError, "of which there are views"),
    "changed under its view's view": (
        changed_under_a_view_of_a_view,
        TypeError,
        r"of which there are views.*write y = x \+ ... instead of x \+= ...",
    ),
    "pickled": (pickled, TypeError, "a traced array cannot be pickled"),
    "attribute of arrays": (
        lambda x: np.sum(x.view(np.float64)),
        AttributeError,
        "a traced array has no attribute view; write it with functions of NumPy",
    ),
    "no attribute of arrays": (
        lambda x: x.numpy(),
        AttributeError,
        "a traced array has no attribute numpy$",
    ),
    "grown in place": (grown, ValueError, r"shape \(3,\) the shape \(2, 3\); write y = x"),
    "out=": (lambda x: np.sum(np.exp(x, out=np.zeros(3))), TypeError, "leave out= away"),
    "out= of a reduction": (lambda x: np.sum(x, out=np.zeros(())), TypeError, "leave out= away"),
    "np.add.at": (lambda x: np.add.at(np.zeros(3), [0], x), TypeError, "in-place np.add"),
    "np.copyto": (
        lambda x: np.copyto(np.zeros(3), x),
        TypeError,
        "use np.where or np.broadcast_to",
    ),
    "np.fill_diagonal": (lambda x: np.fill_diagonal(x, 1), TypeError, "np.where"),
    "x.shape": (lambda x: setattr(x, "shape", (3, 1)), TypeError, r"write x = x.reshape\(s\)"),
    "x.sort": (lambda x: x.sort(), TypeError, r"write np.sort\(x\)"),
    "x.fill": (lambda x: x.fill(0), TypeError, "np.full_like"),
    "x.flat": (lambda x: x.flat[0], TypeError, "iterate over x.ravel"),
    "float": (lambda x: float(x[0]), TypeError, r"float\(\) of a traced array would lose"),
    "int": (lambda x: int(x[0]), TypeError, r"int\(\) of a traced array would lose"),
    "complex": (lambda x: complex(x[0]), TypeError, r"complex\(\) of a traced array would lose"),
    "item": (lambda x: x[0].item(), TypeError, r"item\(\) of a traced array would lose"),
    "tolist": (lambda x: x.tolist()[0], TypeError, r"tolist\(\) of a traced array would lose"),
    "math.exp": (lambda x: math.exp(x[0]), TypeError, "np.exp and its like instead of math.exp"),
    "index": (lambda x: [1, 2, 3][x[0]], TypeError, "would lose its derivative"),
    "traced index": (lambda x: x[x[0]], TypeError, r"x\[index\] has no derivative in argument 1"),
    "missing rule": (
        lambda x: np.sum(np.fft.fft(x)),
        NotImplementedError,
        "np.fft.fft has no derivative",
    ),
    "eig": (
        lambda x: np.linalg.eigvals(np.diag(x))[0],
        NotImplementedError,
        "use np.linalg.eigvalsh",
    ),
    "named argument": (
        lambda x: np.trapezoid(np.ones(3), dx=x[0], axis=x[1]),
        TypeError,
        "would lose its derivative",
    ),
    "missing ufunc": (
        lambda x: np.nextafter(x, 1.0)[0],
        NotImplementedError,
        "np.nextafter has no .*rules.define",
    ),
    "missing method": (
        lambda x: np.arctan2.reduce(x),
        NotImplementedError,
        "np.arctan2.reduce has no",
    ),
    "where= of a ufunc": (
        lambda x: np.sum(np.exp(x, where=x > 1)),
        TypeError,
        "use np.where instead",
    ),
    "keyword": (
        lambda x: np.nanvar(x, where=x > 1),
        TypeError,
        r"np.nanvar cannot be traced with where=<array of shape \(3,\)>; leave the argument out",
    ),
    "keyword of a rule": (
        lambda x: np.sum(np.exp(x, signature="d->d")),
        TypeError,
        "np.exp cannot be traced with signature='d->d'; leave the argument out",
    ),
    "Fourier transform": (
        lambda x: np.sum(np.abs(np.fft.rfft(x))),
        NotImplementedError,
        "np.fft.rfft has no derivative rule; only real numbers are differentiated",
    ),
    "tensorsolve": (
        lambda x: np.linalg.tensorsolve(np.eye(3), x)[0],
        NotImplementedError,
        "use np.linalg.solve with a reshaped matrix",
    ),
    "reduceat": (
        lambda x: np.add.reduceat(x, [0, 1])[0],
        NotImplementedError,
        "np.add.reduceat has no derivative rule; write it in terms of np.sum",
    ),
    "symmetric SVD": (
        lambda x: np.linalg.svd(np.outer(x, x), False, True, True)[1][0],
        NotImplementedError,
        "hermitian=True; use np.linalg.eigh",
    ),
    "symmetric pseudoinverse": (
        lambda x: np.linalg.pinv(np.outer(x, x), hermitian=True)[0, 0],
        NotImplementedError,
        "hermitian=True; use np.linalg.eigh",
    ),
    "ldexp": (lambda x: np.ldexp(1.0, x)[0], TypeError, "np.ldexp has no derivative in argument 1"),
    "sections of np.pad": (
        lambda x: np.sum(np.pad(x, 1, "maximum")),
        NotImplementedError,
        "np.pad.*'maximum'",
    ),
    "method of np.quantile": (
        lambda x: np.quantile(x, 0.5, method="hazen"),
        NotImplementedError,
        "use 'linear'",
    ),
    "full SVD": (
        lambda x: np.linalg.svd(x[:, None])[0][0, 0],
        NotImplementedError,
        "full_matrices=False",
    ),
    "wide QR": (
        lambda x: np.linalg.qr(x[None])[1][0, 0],
        NotImplementedError,
        "no more columns than rows",
    ),
    "QR mode": (
        lambda x: np.linalg.qr(x[:, None], "complete"),
        NotImplementedError,
        "use 'reduced'",
    ),
    "nan_to_num in place": (
        lambda x: np.nan_to_num(x, copy=False)[0],
        TypeError,
        r"in-place np.nan_to_num\(x, copy=False\) cannot be traced; leave copy= away",
    ),
    "interp": (lambda x: np.interp(x[0], X, X, period=2.0), TypeError, "use np.remainder before"),
    "unique axis": (
        lambda x: np.unique(x, axis=0)[0],
        NotImplementedError,
        "flatten the array first",
    ),
    "einsum out": (
        lambda x: np.einsum("i->", x, casting="safe"),
        TypeError,
        "np.einsum cannot be traced with",
    ),
    "gradient edges": (lambda x: np.gradient(x, edge_order=2)[0], NotImplementedError, "use 1"),
    "tensordot": (lambda x: np.tensordot(x, np.ones(2), 1), ValueError, "differ in length"),
    "through complex": (
        lambda x: np.sum(np.abs(x * 1j)),
        TypeError,
        "computes with complex numbers",
    ),
    "through a complex number": (lambda x: abs(1j * x[0]), TypeError, "with complex numbers"),
    "complex exponent": (lambda x: np.real(x[0] ** (1 + 1j)), TypeError, "with complex numbers"),
    "real part": (lambda x: np.sum((x * 1j).real), TypeError, "computes with complex numbers"),
    "imaginary part": (lambda x: np.sum((x * 1j).imag), TypeError, "np.imag of a traced complex"),
    "astype complex": (lambda x: np.sum(x.astype(complex)), TypeError, "only real arrays"),
    "array as truth": (lambda x: 1.0 if x > 0 else 0.0, ValueError, "truth value of an array"),
    "iterate over a number": (lambda x: sum(x[0]), TypeError, "iteration over a 0-d array"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    f, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        grad(f)(X)


@pytest.mark.parametrize("case", ["entry stored", "np.array", "float", "missing rule", "real part"])
def test_refused_in_forward_mode(case):
    f, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        jvp(f, (X,), (X,))


class Ragged:
    """Something that NumPy cannot make an array of."""

    def __array__(self, dtype=None, copy=None):
        raise ValueError("ragged")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            3,
            r"argument 0 of f must be floating-point .* got int64 of shape \(\); .* 3.0 instead",
        ),
        (np.arange(3), r"got int64 of shape \(3,\); pass x.astype\(float\)"),
        (True, "got bool"),
        (np.ones(3) * 1j, "argument 0 of f must be real; got complex128"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), "plain array; got MaskedArray; pass np.asarray"),
        (Ragged(), "argument 0 of f must be an array of real numbers"),
        ("abc", "must be an array of real numbers; got str 'abc'"),
        (np.array([1.0, "a"], dtype=object), "must be an array of real numbers"),
        ({"w": [1.0, 2]}, "argument 0 of f must be floating-point"),
    ],
)
def test_only_real_floating_point_arguments(x, message):
    for operator in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(TypeError, match=message):
            operator(lambda x: 0.0)(x)


def test_the_argument_is_named_by_its_own_number():
    with pytest.raises(TypeError, match="argument 1 of f must be floating-point"):
        grad(lambda x, n: x * n, argnums=1)(1.0, 2)
    assert grad(lambda x, n: x * n)(1.0, 2) == 2.0


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            lambda x: x,
            r"grad needs a scalar function; f returned an array of shape \(3,\); .*jacobian",
        ),
        (lambda x: x[:1], r"array of shape \(1,\)"),
        (lambda x: None, "f returned NoneType"),
        (lambda x: (x[0], x[1]), "f returned tuple"),
        (lambda x: "1", "f returned str"),
        (lambda x: x[0] > 0, "grad needs a real function; f returned bool"),
        (lambda x: np.sum(x * 1j), "grad needs a real function; f returned complex128"),
    ],
)
def test_only_real_scalar_values(value, message):
    with pytest.raises(TypeError, match=message):
        grad(value)(X)
    with pytest.raises(TypeError, match=message.replace("grad needs", "(hvp|grad) needs")):
        hvp(value, X, X)


def test_argument_numbers_are_checked():
    for argnums in (2, -3, (0, 2)):
        with pytest.raises(ValueError, match=r"f was called with 2 positional arguments"):
            grad(lambda x, y: x * y, argnums)(1.0, 2.0)


def test_modes_are_checked():
    with pytest.raises(ValueError, match="mode must be 'auto', 'fwd' or 'rev'; got 'forward'"):
        jacobian(np.sin, mode="forward")


def test_directions_are_checked():
    with pytest.raises(ValueError, match=r"tangent must have shape \(3,\); got shape \(2,\)"):
        hvp(np.sum, X, np.ones(2))
    with pytest.raises(ValueError, match=r"tangent must have shape \(3,\)"):
        directional_derivative(np.sum, X, 1.0)


def test_fields_are_checked():
    with pytest.raises(
        ValueError, match=r"divergence needs a vector field .* a value of shape \(\)"
    ):
        divergence(np.sum)(X)
    with pytest.raises(ValueError, match=r"curl needs .* argument of shape \(2,\) .* shape \(3,\)"):
        curl(lambda x: np.concatenate([x, x[:1]]))(X[:2])
    with pytest.raises(ValueError, match="curl needs a field in 2 or 3 dimensions; got 4"):
        curl(lambda x: x)(np.ones(4))


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
def test_cross_products_are_those_of_space():
    with pytest.raises(ValueError, match=r"of 3 entries|dimension must be 3"):
        grad(lambda x: np.cross(x[:2], x[:2]))(X)


def test_errors_of_the_function_itself_pass_through():
    def f(x):
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        grad(f)(X)
    with pytest.raises(ValueError, match=r"^mine$"):
        jvp(f, (X,), (X,))


def test_ambiguous_shapes_are_refused_by_numpy():
    with pytest.raises(ValueError, match="could not be broadcast"):
        grad(lambda x: np.sum(x + np.ones(2)))(X)


def test_a_tracer_shows_what_it_is():
    seen = []
    grad(lambda x: (seen.append((repr(x), f"{x[0]:.2f}", 1.0 in x)), x[0])[1])(X)
    assert seen == [("Variable(array([1., 2., 3.]))", "1.00", True)]
    with pytest.raises(TypeError, match="unhashable"):
        grad(lambda x: {x: 1})(X)


def test_updates_in_place_where_no_view_is_left():
    """Views that are gone do no harm: the usual loops of difference schemes run."""

    def steps(x):
        u = x * 1
        for _ in range(3):
            u += 0.1 * np.concatenate([u[:1] * 0, u[2:] - 2 * u[1:-1] + u[:-2], u[-1:] * 0])
        return np.sum(u**2)

    def plain(x):
        u = x
        for _ in range(3):
            u = u + 0.1 * np.concatenate([u[:1] * 0, u[2:] - 2 * u[1:-1] + u[:-2], u[-1:] * 0])
        return np.sum(u**2)

    x = np.array([1.0, -2.0, 0.5, 3.0, 1.5])
    assert np.array_equal(grad(steps)(x), grad(plain)(x))
    assert np.allclose(jvp(steps, (x,), (x,))[1], grad(plain)(x) @ x)
    rows = np.ones((300, 2))
    assert np.all(grad(lambda a: sum(np.sum(row**2) for row in a))(rows) == 2)


def test_views_are_noticed_in_nested_differentiation():
    for f in (changed_under_a_view, changed_under_a_view_of_a_view):
        for run in (lambda f=f: hvp(f, X, X), lambda f=f: jvp(f, (X,), (X,))):
            with pytest.raises(TypeError, match="of which there are views"):
                run()


def test_copies_of_a_traced_array_are_traced():
    for duplicate in (copy.copy, copy.deepcopy, np.copy):
        assert np.array_equal(grad(lambda x, c=duplicate: np.sum(c(x) ** 2))(X), 2 * X)


def test_argnums():
    f = lambda a, b: np.sum(a * b)  # noqa: E731
    for one in (1, -1, np.int64(1)):
        assert np.array_equal(grad(f, one)(X, 2 * X), X)
        assert np.array_equal(jacobian(f, one)(X, 2 * X), X)
    for both in ((1, 0), [1, 0], np.array([1, 0]), range(1, -1, -1)):
        for found, expected in zip(grad(f, both)(X, 2 * X), (X, 2 * X), strict=True):
            assert np.array_equal(found, expected)
    for twice in ((0, 0), (1, -1)):
        with pytest.raises(ValueError, match="names an argument twice"):
            grad(f, twice)(X, X)
    for wrong in (0.0, "0", None):
        with pytest.raises(TypeError, match="argnums must be an integer or a sequence of them"):
            grad(f, wrong)(X, X)
