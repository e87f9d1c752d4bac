"""Reverse mode, and the faults that other small libraries have had."""

import gc
import subprocess
import sys
import weakref
from typing import NamedTuple

import numpy as np
import pytest
from rule_cases import BINARY, UNARY

from calcml.diff import grad, jacobian, jvp, value_and_grad, vjp
from calcml.diff.gradcheck import check_grads
from calcml.diff.reverse import Tape
from calcml.diff.rules import RULES


def test_value_and_pullback():
    y, pullback = vjp(lambda x, W: np.tanh(W @ x), np.ones(3), np.ones((2, 3)) / 4)
    np.testing.assert_allclose(y, np.tanh([0.75, 0.75]))
    x_bar, W_bar = pullback(np.array([1.0, 0.0]))
    slope = 1 - np.tanh(0.75) ** 2
    np.testing.assert_allclose(x_bar, np.full(3, slope / 4))
    np.testing.assert_allclose(W_bar, [[slope] * 3, [0] * 3])


def test_a_chain_of_100000_operations():
    def f(x):
        for _ in range(50_000):
            x = x * 1.00001 + 0.0
        return x

    assert grad(f)(1.0) == pytest.approx(1.00001**50_000, rel=1e-10)
    gc.collect()


def test_a_second_pullback_gives_the_same():
    _, pullback = vjp(lambda x: np.sum(x * x) + np.sum(x[[0, 0]]), np.array([1.0, 2.0]))
    first, second = pullback(1.0)[0], pullback(1.0)[0]
    np.testing.assert_array_equal(first, [4.0, 4.0])
    np.testing.assert_array_equal(second, first)
    first += 1
    np.testing.assert_array_equal(pullback(1.0)[0], second)


def test_the_last_pullback_frees_the_tape():
    _, pullback = vjp(np.sin, 1.0)
    pullback(1.0, last=True)
    with pytest.raises(RuntimeError, match="tape was freed by last=True; call vjp again"):
        pullback(1.0)


def test_cotangents_add_up_where_a_value_is_used_twice():
    assert grad(lambda x: x * x + x)(3.0) == 7.0
    assert grad(lambda x: x + x + x + x)(3.0) == 4.0
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(x + x + x))(x), [3.0, 3.0])
    np.testing.assert_array_equal(grad(lambda x: np.dot(x, x) + np.sum(x))(x), [3.0, 5.0])


def test_a_cotangent_shared_by_two_values_is_not_overwritten():
    """a + b hands the same array to both; growing one in place must not change the other."""

    def f(a, b):
        s = a + b
        return np.sum(s * s) + np.sum(a) + np.sum(a * 2) + np.sum(a * 3)

    ga, gb = grad(f, (0, 1))(np.ones(3), np.ones(3))
    np.testing.assert_array_equal(ga, np.full(3, 10.0))
    np.testing.assert_array_equal(gb, np.full(3, 4.0))


def noting(monkeypatch, function):
    """Note for which arguments the VJPs of a function are asked."""
    asked = []
    rule = RULES[function]
    for k in (0, 1):
        pull = rule.vjps[k]
        monkeypatch.setitem(
            rule.vjps, k, lambda *args, k=k, pull=pull: (asked.append(k), pull(*args))[1]
        )
    return asked


@pytest.mark.parametrize("levels", [5, 200])
def test_a_diamond_graph_takes_linear_time(monkeypatch, levels):
    """Each level doubles the paths, 2**200 of them in the end, but adds two operations."""

    def f(x):
        for _ in range(levels):
            x = (x + x) * 0.5
        return x

    sums, products = (noting(monkeypatch, function) for function in (np.add, np.multiply))
    assert grad(f)(1.0) == 1.0
    assert sums == [0, 1] * levels
    assert products == [0] * levels


def test_untraced_arguments_cost_no_vjp(monkeypatch):
    asked = noting(monkeypatch, np.matmul)
    X = np.ones((4, 3))
    grad(lambda W: np.sum(X @ W))(np.ones((3, 2)))
    assert asked == [1]
    grad(lambda W: np.sum(W @ X))(np.ones((3, 4)))
    assert asked == [1, 0]


def test_operations_that_the_value_does_not_need_cost_no_vjp():
    def f(x):
        np.sqrt(x - 5)  # nan here, and nan in any derivative
        return x * 2

    with np.errstate(invalid="ignore"):
        assert grad(f)(1.0) == 2.0


def test_gradients_are_fresh_arrays():
    """Nobody who changes a gradient changes an input, another gradient, or the next call."""
    x, y = np.ones(3), np.ones(3)
    gx, gy = grad(lambda x, y: np.sum(x + y), (0, 1))(x, y)
    gx += 1
    np.testing.assert_array_equal(gy, np.ones(3))
    for f in (
        np.sum,
        lambda x: np.sum(x.T),
        lambda x: np.sum(x.reshape(-1)),
        lambda x: np.sum(np.broadcast_to(x, (2, 3))),
        lambda x: x[0],
        lambda x: np.sum(x.copy() + 0),
    ):
        g = grad(f)(x)
        assert g.flags.writeable
        assert g.flags.owndata
        assert not np.shares_memory(g, x)
    seed = np.ones(3)
    (g,) = vjp(lambda x: x + 1.0, x)[1](seed)
    assert not np.shares_memory(g, seed)


def test_inputs_are_not_changed():
    x = np.arange(3.0)
    before = x.copy()
    grad(lambda x: np.sum(np.sort(x)[::-1] * x))(x)
    np.testing.assert_array_equal(x, before)


def test_constant_outputs():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: np.sum(x > 0))(np.ones(2)), [0.0, 0.0])
    np.testing.assert_array_equal(jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(
        jacobian(lambda x: np.ones(2), mode="rev")(np.ones(3)), np.zeros((2, 3))
    )


def test_arrays_of_size_zero():
    assert grad(np.sum)(np.zeros((0, 3))).shape == (0, 3)
    assert grad(lambda x: np.sum(x @ np.zeros((0, 2))))(np.zeros((3, 0))).shape == (3, 0)
    assert jacobian(lambda x: x * 2)(np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x[:0])(np.zeros(2)).shape == (0, 2)
    assert jacobian(lambda x: x[:0], mode="rev")(np.zeros(2)).shape == (0, 2)


def test_many_single_entries_take_linear_time(monkeypatch):
    """x[i] for every i: each pullback touches one entry, and makes no array of their number."""
    made = []

    def noting_size(maker):
        def make(*args, **kwargs):
            out = maker(*args, **kwargs)
            made.append(out.size)
            return out

        return make

    def f(x):
        return sum(x[i] * x[i + 1] for i in range(len(x) - 1))

    n = 2_000
    x = np.ones(n)
    for name in ("array", "empty", "zeros", "zeros_like"):
        monkeypatch.setattr(np, name, noting_size(getattr(np, name)))
    g = grad(f)(x)
    entries = sum(made)
    monkeypatch.undo()
    np.testing.assert_array_equal(g, [1.0] + [2.0] * (n - 2) + [1.0])
    assert n <= entries <= 20 * n  # each pullback over the whole array: n²


def test_entries_taken_and_array_used_whole():
    check_grads(
        lambda x: np.sum(x**2) * x[0] + x[1] * x[0] + np.sum(x[:2] * x), (np.array([1.0, 2.0]),)
    )
    check_grads(lambda x: x[0] * np.sum(x**3), (np.array([1.0, 2.0]),))


def test_rows_of_a_table_taken_often():
    """An embedding: the gradient of a row is the sum over where it was taken."""
    rng = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        table, places = rng.normal(size=(30, 3)).astype(dtype), rng.integers(-30, 30, (50, 2))
        weight = rng.normal(size=(50, 2, 3)).astype(dtype)
        expected = np.zeros((30, 3))
        np.add.at(expected, places, weight)
        g = grad(lambda t, w=weight, p=places: np.sum(t[p] * w))(table)
        assert g.dtype == dtype
        np.testing.assert_allclose(g, expected, rtol=1e-5 if dtype == np.float32 else 1e-13)
    check_grads(lambda t: t[places[:5]] ** 2, (rng.normal(size=(30, 3)),), order=1)


def test_pullback_checks_its_cotangent():
    _, pullback = vjp(lambda x: (x, x * 2), np.ones(3))
    with pytest.raises(ValueError, match=r"g must have shape \(3,\); got shape \(2,\)"):
        pullback((np.ones(3), np.ones(2)))
    with pytest.raises(
        ValueError,
        match="g is an array, but the value of f is a tuple of 2",
    ):
        pullback(np.ones(3))


def test_trees_of_arrays():
    params = [(np.ones((2, 3)), np.zeros(3)), {"scale": 2.0, "unused": np.ones(2), "none": None}]

    def f(params, x):
        (W, b), rest = params
        return np.sum((x @ W + b) * rest["scale"])

    value, g = value_and_grad(f)(params, np.array([1.0, 2.0]))
    assert value == 18.0
    np.testing.assert_array_equal(g[0][0], [[2.0] * 3, [4.0] * 3])
    np.testing.assert_array_equal(g[0][1], [2.0] * 3)
    assert g[1]["scale"] == 9.0
    np.testing.assert_array_equal(g[1]["unused"], [0.0, 0.0])
    assert g[1]["none"] is None


def test_the_tape_forgets_what_no_derivative_uses():
    """exp needs its value, the sum before it nothing: neither it nor the product is kept."""
    X, b = np.ones((200, 300)), np.ones(100)
    before = []

    def f(W):
        a = X @ W
        before.append(weakref.ref(a.value))
        a = a + b
        before.append(weakref.ref(a.value))
        y = np.exp(a)
        before.append(weakref.ref(y.value))
        return np.sum(y)

    y, pullback = vjp(f, np.full((300, 100), 1e-3))
    assert [r() is None for r in before] == [True, True, False]
    np.testing.assert_allclose(pullback(1.0)[0], np.full((300, 100), 200 * np.exp(1.3)))
    pullback(1.0, last=True)
    assert before[2]() is None
    assert y == pytest.approx(20000 * np.exp(1.3))


def test_large_arrays_have_the_same_derivatives_as_small_ones():
    """Every rule whose VJP may do without its arguments, with arguments that are forgotten."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.5, 0.9, (150, 100))
    for f in (*UNARY, *BINARY):
        if f is np.arccosh:
            continue
        args = (x,) * (1 if f in UNARY else 2)
        for k in range(len(args)):
            whole = grad(lambda *a, f=f: np.sum(f(*a)), k)(
                *[a + 0.01 * i for i, a in enumerate(args)]
            )
            part = grad(lambda *a, f=f: np.sum(f(*a)), k)(
                *[a[:2, :3] + 0.01 * i for i, a in enumerate(args)]
            )
            np.testing.assert_array_equal(whole[:2, :3], part)
    for f in (
        lambda x: np.sum(x.T, axis=0) * np.mean(x, axis=1) + np.max(x, axis=1),
        lambda x: (x @ x[:100].T)[:, :50].reshape(50, 150) @ x,
        lambda x: np.sum(np.einsum("ij,kj->ik", x, x) ** 2, axis=1),
        lambda x: np.concatenate([x, x * 2])[::2].cumsum(axis=0) * np.where(x > 0.7, x, 1.0),
        lambda x: np.roll(np.swapaxes(x, 0, 1), 3) + np.moveaxis(x, 0, 1) * np.rot90(x),
        lambda x: np.vecdot(x, x * x) + np.prod(x[:, :3], axis=1),
    ):
        v = rng.normal(size=x.shape)
        y, ydot = jvp(f, (x,), (v,))
        u = rng.normal(size=y.shape)
        assert np.sum(u * ydot) == pytest.approx(np.sum(vjp(f, x)[1](u)[0] * v), rel=1e-11)


def test_named_tuples_are_trees():
    class Line(NamedTuple):
        slope: float
        offset: float

    g = grad(lambda line: line.slope * 3 + line.offset)(Line(1.0, 2.0))
    assert g == Line(3.0, 1.0)
    assert isinstance(g, Line)


def test_the_core_needs_numpy_alone():
    """SciPy's rules are read once SciPy is there and one of its functions is called."""
    code = (
        "import sys, calcml, calcml.diff, calcml.differences, calcml.limits, calcml.optimize\n"
        "assert not {'scipy', 'sympy', 'matplotlib', 'autograd'} & set(sys.modules)\n"
        "from scipy.special import expit\n"
        "print(calcml.diff.grad(expit)(0.0))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "0.25\n"


def test_each_tape_has_a_level_of_its_own():
    assert Tape([]).level < Tape([]).level
