"""Rules over shapes, axes, types and indices that nobody thought of."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rule_cases import BINARY, UNARY

from calcml.diff import grad, jvp, vjp
from calcml.diff.gradcheck import check_grads
from calcml.tensor import explicit_spec

FEW = settings(max_examples=12)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
SEEDS = st.integers(0, 2**16)


def adjoint_gap(f, args, seed):
    """The relative gap between ⟨u, Jv⟩ and ⟨Jᵀu, v⟩."""
    rng = np.random.default_rng(seed)
    v = [rng.normal(size=np.shape(x)) for x in args]
    y, Jv = jvp(f, args, v)
    u = rng.normal(size=np.shape(y))
    pulled = vjp(f, *args)[1](u)
    terms = np.concatenate([np.ravel(a * b) for a, b in zip(pulled, v, strict=True)])
    return abs(np.sum(u * Jv) - np.sum(terms)) / max(1.0, np.sum(np.abs(terms)))


def slope_gap(f, args, seed):
    """The gap between Jv and a central difference, relative to the size of both."""
    rng = np.random.default_rng(seed)
    v = [rng.normal(size=np.shape(x)) / 10 for x in args]
    h = 1e-4
    ahead = f(*[x + h * z for x, z in zip(args, v, strict=True)])
    behind = f(*[x - h * z for x, z in zip(args, v, strict=True)])
    slope = (np.asarray(ahead) - behind) / (2 * h)
    return np.max(np.abs(jvp(f, args, v)[1] - slope), initial=0.0) / (
        1 + np.max(np.abs(slope), initial=0.0)
    )


def assert_right(f, args, seed):
    assert adjoint_gap(f, args, seed) < 1e-12
    assert slope_gap(f, args, seed) < 1e-5


@pytest.mark.parametrize("ufunc", UNARY, ids=lambda f: f.__name__)
@FEW
@given(shape=SHAPES, seed=SEEDS)
def test_unary(ufunc, shape, seed):
    assert_right(ufunc, (UNARY[ufunc](*shape, seed=seed),), seed)


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
@FEW
@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), seed=SEEDS)
def test_binary(ufunc, shapes, seed):
    first, second = BINARY[ufunc]
    a, b = shapes.input_shapes
    # Apart from each other, so that no pair of entries is near a tie.
    x, y = first(*a, seed=seed), second(*b, seed=seed + 1)
    if ufunc in (np.maximum, np.minimum, np.fmax, np.fmin) and _near(x, y):
        x = x + 0.0137
    if ufunc in (np.maximum, np.minimum, np.fmax, np.fmin) and _near(x, y):
        return
    assert_right(ufunc, (x, y), seed)


def _near(x, y):
    return np.min(np.abs(np.subtract(x, y)), initial=1.0) < 2e-3


@st.composite
def reductions(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=3))
    axes = st.lists(
        st.integers(-len(shape), len(shape) - 1), unique_by=lambda a: a % len(shape), min_size=1
    )
    axis = draw(st.none() | st.integers(-len(shape), len(shape) - 1) | axes.map(tuple))
    return shape, axis, draw(st.booleans())


@pytest.mark.parametrize(
    "f",
    [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.median, np.linalg.norm],
    ids=lambda f: f.__name__,
)
@settings(FEW, max_examples=25)
@given(case=reductions(), seed=SEEDS)
def test_reductions(f, case, seed):
    shape, axis, keepdims = case
    if f is np.linalg.norm and isinstance(axis, tuple) and len(axis) > 2:
        axis = axis[:2]
    x = np.random.default_rng(seed).permutation(np.arange(1.0, np.prod(shape) + 1)).reshape(shape)
    x = 0.3 * x + 0.1

    def reduce(x):
        return f(x, axis=axis, keepdims=keepdims)

    assert np.shape(jvp(reduce, (x,), (x,))[0]) == np.shape(reduce(x))
    count = x.size // max(np.size(reduce(x)), 1)
    if f is np.std and count == 1:  # always zero, so not smooth
        assert np.all(grad(lambda x: np.sum(reduce(x)))(x) == 0)
    else:
        assert_right(reduce, (x / np.max(x) if f is np.prod else x,), seed)


@settings(FEW, max_examples=150)
@given(data=st.data(), seed=SEEDS)
def test_indexing(data, seed):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    basic = hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    fancy = hnp.integer_array_indices(
        shape, result_shape=hnp.array_shapes(min_dims=0, max_dims=2, max_side=5)
    )
    mask = hnp.arrays(bool, shape)
    index = data.draw(basic | fancy | mask)
    x = np.random.default_rng(seed).normal(size=shape)
    assert adjoint_gap(lambda x: x[index], (x,), seed) < 1e-12
    counts = grad(lambda x: np.sum(x[index]))(x)
    expected = np.zeros(shape)
    np.add.at(expected, index, 1.0)
    np.testing.assert_array_equal(counts, expected)


@settings(FEW, max_examples=30)
@given(data=st.data(), seed=SEEDS)
def test_integer_arrays_among_slices(data, seed):
    """x[i, :, j] and the like, where the axes that arrays make may come first."""
    shape = (2, 3, 4)
    index = tuple(
        data.draw(
            st.sampled_from([slice(None), slice(None, None, -2)])
            | st.integers(-n, n - 1)
            | hnp.arrays(np.intp, (2,), elements=st.integers(-n, n - 1))
        )
        for n in shape
    )
    x = np.random.default_rng(seed).normal(size=shape)
    check_grads(lambda x: x[index] ** 2, (x,), order=1)


@settings(FEW, max_examples=40)
@given(
    shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3),
    seed=SEEDS,
)
def test_matmul(shapes, seed):
    rng = np.random.default_rng(seed)
    a, b = (rng.normal(size=s) for s in shapes.input_shapes)
    assert_right(np.matmul, (a, b), seed)


@settings(FEW, max_examples=60)
@given(data=st.data(), seed=SEEDS)
def test_einsum(data, seed):
    """Any specification: repeated, lone and broadcast indices, with and without an output."""
    sizes = {c: data.draw(st.integers(1, 3)) for c in "abcd"}
    groups = data.draw(st.lists(st.text("abcd", min_size=0, max_size=3), min_size=1, max_size=3))
    dots = [data.draw(st.booleans()) for _ in groups]
    front = data.draw(st.sampled_from([(), (2,), (1, 2)]))
    left = ",".join(("..." if d else "") + g for g, d in zip(groups, dots, strict=True))
    names = sorted(set("".join(groups)))
    output = "".join(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else ""
    implicit = data.draw(st.booleans())
    spec = left if implicit else f"{left}->{'...' if any(dots) else ''}{output}"
    rng = np.random.default_rng(seed)
    operands = [
        rng.normal(size=(front if d else ()) + tuple(sizes[c] for c in g))
        for g, d in zip(groups, dots, strict=True)
    ]

    def f(*x):
        return np.einsum(spec, *x)

    assert_right(f, operands, seed)
    inputs, out = explicit_spec(spec, operands)
    np.testing.assert_allclose(np.einsum(f"{','.join(inputs)}->{out}", *operands), f(*operands))


@settings(FEW, max_examples=20)
@given(shape=SHAPES, seed=SEEDS, dtype=st.sampled_from([np.float16, np.float32, np.float64]))
def test_types_are_kept(shape, seed, dtype):
    x = np.random.default_rng(seed).uniform(0.5, 1.5, size=shape).astype(dtype)
    f = lambda x: np.sum(np.tanh(x) * 2.0 + np.sqrt(x) / 3 - x**2)  # noqa: E731
    assert grad(f)(x).dtype == dtype
    assert grad(f)(x).shape == shape
    assert jvp(f, (x,), (x,))[1].dtype == dtype


@settings(FEW, max_examples=20)
@given(shape=hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=2), seed=SEEDS)
def test_arrays_may_be_empty(shape, seed):
    x = np.random.default_rng(seed).normal(size=shape)
    f = lambda x: np.sum(np.sin(x) * x.T.reshape(x.shape)) + np.sum(np.concatenate([x, x]))  # noqa: E731
    assert grad(f)(x).shape == shape
    assert_right(f, (x,), seed)
