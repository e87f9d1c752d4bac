"""Derivatives by SymPy, and their way to NumPy."""

import numpy as np
import pytest
import sympy

from calcml.diff import grad, hessian, jacobian
from calcml.symbolic import sym_gradient, sym_hessian, sym_jacobian, to_numpy

x, y, z = sympy.symbols("x y z")


def test_shapes_and_entries():
    f = x**2 * sympy.sin(y) + z
    assert sym_gradient(f, (x, y, z)) == sympy.Matrix(
        [2 * x * sympy.sin(y), x**2 * sympy.cos(y), 1]
    )
    assert sym_gradient(f, (x, y, z)).shape == (3, 1)
    assert sym_jacobian([f, x * y], (x, y, z)).shape == (2, 3)
    assert sym_jacobian(sympy.Matrix([x * y, x]), (x, y)) == sympy.Matrix([[y, x], [1, 0]])
    H = sym_hessian(f, (x, y, z))
    assert H == H.T
    assert H[0, 1] == 2 * x * sympy.cos(y)
    assert sym_gradient(x**2, x) == sympy.Matrix([2 * x])


def test_agrees_with_tracing():
    f = sympy.exp(x * y) / (1 + z**2) + sympy.log(x) ** 3
    point = (0.7, -0.4, 1.3)
    traced = lambda v: to_numpy(f, (x, y, z))(v[0], v[1], v[2])  # noqa: E731
    v = np.array(point)
    gradient = to_numpy(sym_gradient(f, (x, y, z)), (x, y, z))(*point)
    np.testing.assert_allclose(gradient, grad(traced)(v), rtol=1e-13)
    second = to_numpy(sym_hessian(f, (x, y, z)), (x, y, z))(*point)
    np.testing.assert_allclose(second, hessian(traced)(v), rtol=1e-12)
    F = to_numpy(sympy.Matrix([x * y, y**2]), (x, y))
    J = jacobian(lambda v: F(v[0], v[1]))(v[:2])
    expected = to_numpy(sym_jacobian([x * y, y**2], (x, y)), (x, y))(*point[:2])
    np.testing.assert_allclose(J, expected)


def test_functions_broadcast():
    f = to_numpy(x * y + 1, (x, y))
    np.testing.assert_array_equal(f(np.arange(3.0), np.ones((2, 1))), [[1, 2, 3]] * 2)
    constant = to_numpy(sympy.Integer(2), (x,))
    np.testing.assert_array_equal(constant(np.zeros(3)), [2.0, 2.0, 2.0])
    H = to_numpy(sym_hessian(x**2 + x * y, (x, y)), (x, y))(np.zeros(4), 1.0)
    assert H.shape == (2, 2, 4)
    np.testing.assert_array_equal(H[..., 0], [[2, 1], [1, 0]])
    assert to_numpy([x, y], (x, y))(1.0, 2.0).shape == (2,)
    np.testing.assert_allclose(to_numpy(sympy.erf(x), (x,))(0.5), 0.5204998778130465)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="variables must be SymPy symbols; got 'x'"):
        sym_gradient(x**2, ("x",))
    with pytest.raises(ValueError, match="variables must name at least one symbol"):
        sym_hessian(x**2, ())
    with pytest.raises(ValueError, match=r"expr must be scalar; got .*; use sym_jacobian"):
        sym_gradient(sympy.Matrix([x, y]), (x, y))
    with pytest.raises(ValueError, match="expr must be scalar"):
        sym_hessian([x, y], (x, y))
    with pytest.raises(
        ValueError, match=r"expr has the symbols y, z, which are not in variables \[x\]"
    ):
        to_numpy(x * y * z, (x,))
