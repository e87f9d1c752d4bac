"""The checker itself: it must pass what is right, and nothing that is wrong."""

import numpy as np
import pytest

from calcml.diff.gradcheck import check_grads
from calcml.diff.rules.registry import RULES, define

X = np.array([0.5, 1.5, -2.0])


@pytest.fixture
def wrong():
    """Make functions x ↦ x³ (times y) with a rule of one's own, and forget them afterward."""
    made = []

    def make(jvp=None, vjp=None):
        def cube(x, y=1.0):
            return np.asarray(x) ** 3 * y

        right = {
            0: lambda t, y, x, z=1.0: t * (3 * x * x * z),
            1: lambda t, y, x, z=1.0: t * (x * x * x),
        }
        rule = define(cube, {**right, **(jvp or {})}, {**right, **(vjp or {})})
        made.append(cube)
        return rule

    yield make
    for cube in made:
        del RULES[cube]


def test_right_derivatives_pass(wrong):
    check_grads(wrong(), (X,), order=3)
    check_grads(wrong(), (X, X[::-1].copy()))
    check_grads(lambda p, n: p["a"] ** n * p["b"][0], ({"a": X, "b": [2.0]}, 3))
    check_grads(lambda x: (np.sin(x), [x[0] * x[1]]), (X,))


@pytest.mark.parametrize("factor", [1.001, 0.999, -1.0, 0.0, 2.0, 1 + 1e-5])
@pytest.mark.parametrize("mode", ["jvp", "vjp"])
def test_scaled_derivatives_fail(wrong, factor, mode):
    f = wrong(**{mode: {0: lambda t, y, x: factor * t * (3 * x * x)}})
    name = {"jvp": "forward", "vjp": "reverse"}[mode]
    with pytest.raises(AssertionError, match=f"f, {name} mode: derivative of output 0"):
        check_grads(f, (X,), order=1)
    other = {"jvp": "rev", "vjp": "fwd"}[mode]
    check_grads(f, (X,), order=1, modes=(other,))


def test_one_wrong_entry_among_many_fails(wrong):
    spoil = np.ones(40)
    spoil[17] = 1.001
    f = wrong(vjp={0: lambda t, y, x: t * (3 * x * x) * spoil})
    x = np.linspace(0.5, 1.5, 40)
    with pytest.raises(AssertionError, match=r"in argument 0, entry \(17,\) is"):
        check_grads(f, (x,), order=1)


def test_one_wrong_entry_among_very_many_fails(wrong):
    spoil = np.ones(400)
    spoil[17] = 1.1
    f = wrong(vjp={0: lambda t, y, x: t * (3 * x * x) * spoil})
    with pytest.raises(AssertionError, match="random direction"):
        check_grads(lambda x: np.sum(f(x)), (np.linspace(0.5, 1.5, 400),), order=1)


def test_a_small_derivative_beside_a_large_one_must_be_right(wrong):
    """An error that is small beside the largest entry, but not beside its own."""
    f = wrong(vjp={0: lambda t, y, x: t * (3 * x * x) * np.array([1.0, 1.01])})
    with pytest.raises(AssertionError, match=r"entry \(1,\)"):
        check_grads(f, (np.array([100.0, 0.5]),), order=1)


def test_every_argument_is_checked(wrong):
    f = wrong(vjp={1: lambda t, y, x, z: 1.001 * t * (x * x * x)})
    with pytest.raises(AssertionError, match="in argument 1, entry"):
        check_grads(f, (X, X), order=1)


def test_the_second_order_is_checked(wrong):
    """Right in value, wrong when differentiated: the slope is taken for a constant."""
    f = wrong(vjp={0: lambda t, y, x: t * (3 * _plain(x) ** 2)})
    check_grads(f, (X,), order=1)
    with pytest.raises(AssertionError, match=r"(jvp|vjp) of f"):
        check_grads(f, (X,), order=2)


def _plain(x):
    from calcml.diff.core import unwrap

    return unwrap(x)


def test_values_shapes_and_types_are_checked(wrong):
    with pytest.raises(AssertionError, match=r"value of f, forward mode: got .* when traced"):
        check_grads(lambda x: x * (1.0 if isinstance(x, np.ndarray) else 2.0), (X,))
    f = wrong(vjp={0: lambda t, y, x: np.sum(t * (3 * x * x))})
    with pytest.raises(AssertionError, match=r"cotangent of f: expected float64 of shape \(3,\)"):
        check_grads(f, (X,), order=1, modes=("rev",))


def test_single_precision():
    check_grads(lambda x: np.sum(np.sin(x) * x), (X.astype(np.float32),))
    with pytest.raises(AssertionError, match="derivative of output"):
        check_grads(lambda x: x * (1.02 if x.dtype == np.float32 else 1.0), (X.astype(np.float32),))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.abs(x - 0.5)),
        lambda x: np.maximum(x, 0.5),
        lambda x: np.sum(np.sign(x - 0.5) * x),
        lambda x: np.sqrt(np.abs(x - 0.5)),
    ],
)
def test_where_there_is_no_derivative_there_is_no_verdict(f):
    with pytest.raises(ValueError, match=r"f is not smooth at argument 0, entry \(0,\)"):
        check_grads(f, (X,))


def test_near_a_kink_is_not_at_a_kink():
    check_grads(np.abs, (np.array([0.02, -0.02]),), order=1)


def test_a_tight_domain():
    check_grads(lambda x: np.log(x) + np.sqrt(x), (np.array([0.05, 0.3]),), order=1)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="order must be at least 1; got 0"):
        check_grads(np.sin, (1.0,), order=0)
    with pytest.raises(ValueError, match=r"modes must be among 'fwd' and 'rev'; got \('back',\)"):
        check_grads(np.sin, (1.0,), modes=("back",))
    with pytest.raises(ValueError, match=r"modes must be among .*; got \(\)"):
        check_grads(np.sin, (1.0,), modes=())
    with pytest.raises(ValueError, match="at least one floating-point array"):
        check_grads(lambda n: n, (1,))
