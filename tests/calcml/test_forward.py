"""Forward mode."""

import numpy as np
import pytest

from calcml.diff import grad, jacobian
from calcml.diff.forward import Dual, jvp


def test_the_worked_trace_of_baydin_and_others():
    """ln x₁ + x₁x₂ − sin x₂ at (2, 5), Table 2 of Baydin et al. (2018)."""
    x1, x2 = Dual(2.0, 1.0), Dual(5.0, 0.0)
    y = np.log(x1) + x1 * x2 - np.sin(x2)
    assert y.value == pytest.approx(11.652, abs=5e-4)
    assert y.tangent == pytest.approx(5.5)
    gradient = grad(lambda x: np.log(x[0]) + x[0] * x[1] - np.sin(x[1]))(np.array([2.0, 5.0]))
    np.testing.assert_allclose(gradient, [5.5, 2 - np.cos(5.0)])
    assert gradient[1] == pytest.approx(1.716, abs=5e-4)


def test_dual_numbers_of_arrays():
    x = Dual(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
    y = x @ x
    assert (y.value, y.tangent) == (5.0, 4.0)
    assert repr(Dual(1.0)) == "Dual(value=1.0, tangent=0.0)"


def test_dual_checks_its_tangent():
    with pytest.raises(ValueError, match=r"tangent must have shape \(2,\); got shape \(\)"):
        Dual(np.ones(2), 1.0)
    with pytest.raises(TypeError, match="value must be floating-point"):
        Dual(1)


def test_dual_numbers_inside_a_gradient():
    """The derivative of the tangent with respect to where it was taken."""
    assert grad(lambda a: jvp(np.sin, (a,), (1.0,))[1])(0.5) == pytest.approx(-np.sin(0.5))
    assert jvp(grad(np.sin), (0.5,), (1.0,))[1] == pytest.approx(-np.sin(0.5))


def test_value_and_tangent_of_several_arguments():
    y, ydot = jvp(lambda x, y: {"p": x * y, "q": [x - y]}, (2.0, 3.0), (1.0, 10.0))
    assert y == {"p": 6.0, "q": [-1.0]}
    assert ydot == {"p": 23.0, "q": [-9.0]}


def test_constant_outputs_have_tangent_zero():
    _, ydot = jvp(lambda x: np.ones(2), (1.0,), (1.0,))
    np.testing.assert_array_equal(ydot, np.zeros(2))
    assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)


def test_arguments_are_checked():
    with pytest.raises(
        TypeError, match=r"primals must be a tuple .* for a single argument pass \(x,\)"
    ):
        jvp(np.sin, 1.0, 1.0)
    with pytest.raises(ValueError, match="tangents is a tuple of 1, but primals is a tuple of 2"):
        jvp(np.add, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match=r"tangent must have shape \(2,\); got shape \(3,\)"):
        jvp(np.sin, (np.ones(2),), (np.ones(3),))
    with pytest.raises(TypeError, match="argument 1 of f must be floating-point"):
        jvp(np.add, (1.0, 2), (1.0, 1.0))


def test_a_long_chain():
    def f(x):
        for _ in range(50_000):
            x = x * 1.00001 + 0.0
        return x

    assert jvp(f, (1.0,), (1.0,))[1] == pytest.approx(1.00001**50_000, rel=1e-10)


def test_more_inputs_than_a_block_of_tangents():
    n = 150
    A = np.random.default_rng(0).normal(size=(n, n))
    np.testing.assert_allclose(jacobian(lambda x: A @ x, mode="fwd")(np.ones(n)), A)
    J = jacobian(lambda x, y: np.outer(x, y), (0, 1), mode="fwd")(np.ones(70), np.arange(2.0))
    np.testing.assert_allclose(J[0], np.einsum("ik,j->ijk", np.eye(70), np.arange(2.0)))
    np.testing.assert_allclose(J[1], np.einsum("jk,i->ijk", np.eye(2), np.ones(70)))
