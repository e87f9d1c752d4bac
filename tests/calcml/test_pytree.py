"""Trees of arrays are paired by key and place, and no result lies in memory of the caller."""

from collections import namedtuple

import numpy as np
import pytest

from calcml.diff import directional_derivative, grad, hvp, jacobian, jvp, value_and_grad, vjp
from calcml.diff.pytree import leaves_like
from calcml.diff.series import taylor

Pair = namedtuple("Pair", "first second")


def energy(p):
    return p["a"] ** 2 * p["b"]


P = {"a": 1.0, "b": 2.0}


def test_directions_are_paired_by_key():
    for v in ({"a": 1.0, "b": 10.0}, {"b": 10.0, "a": 1.0}):
        assert hvp(energy, P, v) == {"a": 24.0, "b": 2.0}
        assert jvp(energy, (P,), (v,)) == (2.0, 14.0)
        assert directional_derivative(energy, P, v) == 14.0


def test_cotangents_are_paired_by_key():
    y, pullback = vjp(lambda x: {"double": 2 * x, "parts": [x, {"square": x**2, "zero": 0.0}]}, 3.0)
    assert y == {"double": 6.0, "parts": [3.0, {"square": 9.0, "zero": 0.0}]}
    one = {"parts": [10.0, {"zero": 1e3, "square": 1.0}], "double": 100.0}
    assert pullback(one) == (200.0 + 10.0 + 6.0,)


W = np.ones(2)
MISFITS = [
    ({"a": W}, {"b": W}, r"v is a dict with keys \['b'\], but x is a dict with keys \['a'\]"),
    ({"a": W}, [W], r"v is a list of 1, but x is a dict with keys \['a'\]"),
    ({"a": [W, W]}, {"a": [W]}, r"v\['a'\] is a list of 1, but x\['a'\] is a list of 2"),
    ([W, (W, {"c": W})], [W, (W, W)], r"v\[1\]\[1\] is an array, but x\[1\]\[1\] is a dict"),
    ((W,), [W], "v is a list of 1, but x is a tuple of 1"),
    (Pair(W, W), (W, W), "v is a tuple of 2, but x is a Pair of 2"),
    (W, [W], "v is a list of 1, but x is an array"),
    ([W], [None], r"v\[0\] is None, but x\[0\] is an array"),
    ([W, None], [W, W], r"v\[1\] is an array, but x\[1\] is None"),
]


@pytest.mark.parametrize(("x", "v", "message"), MISFITS)
def test_another_structure_is_refused(x, v, message):
    with pytest.raises(ValueError, match=f"v must have the structure of x; {message}"):
        leaves_like(v, x, "v", "x")
    where = message.split(" is ")[0].removeprefix("v")
    with pytest.raises(ValueError, match=rf"tangents must .*; tangents\[0\]{where} is"):
        jvp(lambda x: 0.0, (x,), (v,))
    with pytest.raises(ValueError, match=f"g must have the structure of the value of f; g{where}"):
        vjp(lambda s: x, 1.0)[1](v)


def test_a_result_of_every_structure_comes_back_in_it():
    tree = Pair([1.0, None], {"b": (2.0,), "a": np.ones(2)})
    y, ydot = jvp(lambda x: x, (tree,), (tree,))
    (g,) = vjp(lambda x: x, tree)[1](tree)
    for found in (y, ydot, g, grad(lambda x: x.first[0] + np.sum(x.second["a"]))(tree)):
        assert type(found) is Pair
        assert found.first[1] is None
        assert type(found.second["b"]) is tuple


X = np.array([1.0, 2.0, 3.0])

#: Functions whose value, or whose derivative, is what they were given, or a part of it.
HANDING_ON = {
    "x": lambda x: x,
    "x + 1": lambda x: x + 1,
    "+x": lambda x: +x,
    "x[1:]": lambda x: x[1:],
    "x[::-1]": lambda x: x[::-1],
    "x.T": lambda x: x.T,
    "x.reshape": lambda x: x.reshape(3, 1),
    "x.real": lambda x: x.real,
    "broadcast": lambda x: np.broadcast_to(x, (2, 3)),
    "twice": lambda x: (x, x),
    "with a view": lambda x: [x, x[:2], x + 0.0],
    "squeezed": lambda x: {"a": np.squeeze(x), "b": np.atleast_1d(x)},
    "entry": lambda x: x[0, ...],
}


def arrays(tree):
    items = tree.values() if isinstance(tree, dict) else tree
    if isinstance(tree, dict | list | tuple):
        return [leaf for item in items for leaf in arrays(item)]
    return [tree] if isinstance(tree, np.ndarray) else []


def assert_apart(results, given):
    """All may be changed in place, and none shares memory with another."""
    for i, y in enumerate(results):
        assert y.flags.writeable
        assert y.flags.owndata
        for other in [*results[:i], *given]:
            assert not np.shares_memory(y, other)


@pytest.mark.parametrize("f", HANDING_ON.values(), ids=HANDING_ON)
def test_results_have_memory_of_their_own(f):
    whole = np.linspace(1.0, 2.0, 6)
    for x, v in ((X.copy(), X.copy()), (whole[:3], whole[3:]), (whole[:3], whole[:3])):
        y, ydot = jvp(f, (x,), (v,))
        assert_apart(arrays(y) + arrays(ydot), [x, v])
        y, pullback = vjp(f, x)
        assert_apart(arrays(y), [x])
        g = pullback(y)
        assert_apart(arrays(g) + arrays(pullback(y)), [x, *arrays(y)])
        assert not any(np.shares_memory(J, x) for J in arrays(jacobian(f)(x)))
        total = lambda x: sum(np.sum(part * part) for part in _parts(f(x)))  # noqa: E731
        assert_apart([hvp(total, x, v), value_and_grad(total)(x)[1]], [x, v])


def _parts(y):
    if isinstance(y, dict):
        return list(y.values())
    return list(y) if isinstance(y, list | tuple) else [y]


def test_series_have_memory_of_their_own():
    constant = np.ones(2)
    assert not np.shares_memory(taylor(lambda x: constant, 0.0, 2), constant)


def test_changing_the_value_does_not_change_the_pullback():
    y, pullback = vjp(np.exp, np.zeros(3))
    y *= 100
    assert np.array_equal(pullback(np.ones(3))[0], np.ones(3))


def test_an_outer_value_that_is_updated_later_is_kept_as_it_was():
    """What an inner derivative computed with is not what the outer one makes of it afterwards."""

    def f(x):
        scale = x * 1
        y, pullback = vjp(lambda z: np.sum(scale * z**2), x)
        scale *= 0
        y += 0 * np.sum(scale)
        return y + np.sum(pullback(1.0)[0])

    # Σ x³ + Σ 2 x², whose gradient is 3 x² + 4 x.
    assert np.allclose(grad(f)(X), 3 * X**2 + 4 * X)
    assert np.isclose(jvp(f, (X,), (X,))[1], np.sum((3 * X**2 + 4 * X) * X))
