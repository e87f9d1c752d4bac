"""The operators: against closed forms, each other, HIPS/autograd; and nested in every way."""

import copy
from itertools import pairwise

import autograd
import autograd.numpy as anp
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
    laplacian,
    value_and_grad,
    vjp,
)


def rosenbrock(np):
    return lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def mlp(np):
    def loss(params, X, Y):
        for W, b in params[:-1]:
            X = np.tanh(np.dot(X, W) + b)
        W, b = params[-1]
        Z = np.dot(X, W) + b
        log_norm = np.log(np.sum(np.exp(Z - np.max(Z, axis=1, keepdims=True)), axis=1))
        return np.mean(log_norm + np.max(Z, axis=1) - np.sum(Z * Y, axis=1))

    return loss


def mlp_arguments():
    rng = np.random.default_rng(0)
    sizes = [4, 5, 3]
    params = [(rng.normal(size=(m, n)), rng.normal(size=n)) for m, n in pairwise(sizes)]
    return params, rng.normal(size=(6, 4)), np.eye(3)[rng.integers(0, 3, 6)]


def test_gradient_of_a_network_agrees_with_autograd():
    found = grad(mlp(np))(*mlp_arguments())
    expected = autograd.grad(mlp(anp))(*mlp_arguments())
    for mine, theirs in zip(found, expected, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_hessian_agrees_with_autograd():
    x = np.linspace(-1, 1, 7)
    H = hessian(rosenbrock(np))(x)
    np.testing.assert_allclose(H, autograd.hessian(rosenbrock(anp))(x), rtol=1e-13)
    np.testing.assert_allclose(hvp(rosenbrock(np), x, x[::-1]), H @ x[::-1], rtol=1e-12)


def test_hvp_of_a_network_agrees_with_the_other_order_of_modes():
    params, X, Y = mlp_arguments()
    v = [(np.cos(W), np.sin(b)) for W, b in params]
    found = hvp(lambda p: mlp(np)(p, X, Y), params, v)
    expected = jvp(lambda p: grad(mlp(np))(p, X, Y), (params,), (v,))[1]
    for mine, theirs in zip(found, expected, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


def test_jacobian_of_every_shape():
    x, y = np.arange(1.0, 4.0), np.arange(1.0, 3.0)
    for mode in ("auto", "fwd", "rev"):
        J = jacobian(lambda x, y: np.outer(x, y), (0, 1), mode=mode)(x, y)
        assert [j.shape for j in J] == [(3, 2, 3), (3, 2, 2)]
        np.testing.assert_array_equal(J[0][:, :, 1], [[0, 0], [1, 2], [0, 0]])
        assert jacobian(np.sum, mode=mode)(x).shape == (3,)
        assert jacobian(lambda t: t * x, mode=mode)(2.0).shape == (3,)
        assert jacobian(np.sin, mode=mode)(0.0) == 1.0


def test_jacobian_of_trees():
    J = jacobian(lambda p: {"s": p[0] * p[1], "v": p[1] * np.ones(2)})([2.0, np.ones(2)])
    np.testing.assert_array_equal(J["s"][0], np.ones(2))
    np.testing.assert_array_equal(J["s"][1], 2 * np.eye(2))
    np.testing.assert_array_equal(J["v"][0], np.zeros(2))
    np.testing.assert_array_equal(J["v"][1], np.eye(2))


def test_hessian_in_blocks():
    f = lambda x, y: x[0] ** 2 * y + x[1] * y**3  # noqa: E731
    H = hessian(f, (0, 1))(np.array([1.0, 2.0]), 3.0)
    np.testing.assert_allclose(H[0][0], [[6, 0], [0, 0]])
    np.testing.assert_allclose(H[0][1], [2, 27])
    np.testing.assert_allclose(H[1][0], [2, 27])
    np.testing.assert_allclose(H[1][1], 36)
    np.testing.assert_allclose(hessian(f, 1)(np.array([1.0, 2.0]), 3.0), 36)


# Nesting.


def test_no_confusion_of_perturbations():
    """d/dx [x · d/dy (x y)] = d/dx x² (Siskind & Pearlmutter, 2005)."""
    inner = {
        "rev": lambda x: grad(lambda y: x * y)(1.0),
        "fwd": lambda x: jvp(lambda y: x * y, (1.0,), (1.0,))[1],
    }
    for df in inner.values():
        assert grad(lambda x, df=df: x * df(x))(3.0) == 6.0
        assert jvp(lambda x, df=df: x * df(x), (3.0,), (1.0,))[1] == 6.0
        # d/dx [x · d/dy (x + y)] = 1, the original example
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0


def test_every_order_of_modes():
    derivative = {
        "rev": grad,
        "fwd": lambda f: lambda x: jvp(f, (x,), (1.0,))[1],
        "jac": lambda f: jacobian(f),
    }
    f = lambda x: np.exp(np.sin(x)) / x  # noqa: E731
    x = 0.7
    s, c, e = np.sin(x), np.cos(x), np.exp(np.sin(x))
    expected = e * ((c**2 - s) / x - 2 * c / x**2 + 2 / x**3)
    for outer in derivative.values():
        for inner in derivative.values():
            assert outer(inner(f))(x) == pytest.approx(expected, rel=1e-13)


def test_fifth_derivative():
    f = np.sin
    for _ in range(5):
        f = grad(f)
    assert f(0.4) == pytest.approx(np.cos(0.4), rel=1e-13)


def test_closures_over_an_outer_variable():
    def outer(x):
        y = x * x
        return grad(lambda z: np.sum(z * y) * y[0])(np.ones(2)) @ x

    x = np.array([1.0, 2.0])  # Σ y y₀ x = x₀²(x₀³ + x₁³)
    np.testing.assert_allclose(grad(outer)(x), [2 * 9 + 3, 3 * 4])


def test_a_pullback_used_inside_another_derivative():
    _, pullback = vjp(lambda x: x**2, 3.0)
    assert grad(lambda g: pullback(g)[0] ** 2)(2.0) == 2 * (6 * 2) * 6


def test_gradient_descent_is_differentiable():
    """The result of ten steps in the step size."""

    def run(step):
        x = 3.0
        for _ in range(10):
            x = x - step * grad(lambda x: x**2)(x)
        return x

    assert grad(run)(0.1) == pytest.approx(3 * 10 * 0.8**9 * -2, rel=1e-12)


def test_implicit_function_by_newtons_method():
    def root(a):
        x = a * 0 + 1.0
        for _ in range(30):
            x = x - (x**2 - a) / (2 * x)
            if abs(x**2 - a) < 1e-15:
                break
        return x

    assert grad(root)(2.0) == pytest.approx(0.5 / np.sqrt(2), rel=1e-12)


# Plain NumPy, as people write it.


def test_control_flow_and_comparison():
    def f(x):
        total = 0.0
        for i, v in enumerate(x):
            if v > 1:
                total = total + v**2
            elif i % 2:
                total += np.sin(v)
        while total < 100:
            total = total * 2
        return total

    x = np.array([2.0, 0.5, 3.0])
    plain = f(x)
    assert value_and_grad(f)(x)[0] == plain
    h = 1e-6
    quotients = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(3)]
    np.testing.assert_allclose(grad(f)(x), quotients, rtol=1e-8)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.sum(axis=0).mean() + x.max() - x.min(axis=1).prod(),
        lambda x: (x.T @ x).trace() + x.ravel()[::-2].cumsum()[-1],
        lambda x: x.reshape(3, 2).transpose(1, 0).swapaxes(0, 1).flatten().dot(np.arange(6)),
        lambda x: x.std() + x.var(axis=1).sum() + x.clip(-1, 1).sum() + x.squeeze().sum(),
        lambda x: (x[None, ...] * x[:, None]).sum() + x[..., -1].sum() + x[-1, ::-1][0],
        lambda x: abs(x).sum() + (-x).sum() + (+x).sum() + (x % 0.77).sum() + (x // 1).sum(),
        lambda x: (2**x + x**2 + 1 / (x + 5) - (3 - x) / 2).sum(),
        lambda x: np.array([1.0, 2.0]) @ x @ np.array([[1.0], [2.0], [3.0]])[:, 0],
        lambda x: (np.float64(2) * x + np.arange(3) - [1, 2, 3] + [[1], [2]] * x).sum(),
        lambda x: sum(np.sum(row) ** 2 for row in x) + len(x) * x[0][0] + x.size * x.ndim * x[1, 1],
        lambda x: x.repeat(2).take([0, 3]).sum() + x.diagonal().sum() + x.copy().conj().sum(),
        lambda x: x.astype(float).real.sum() + x.round().sum() + (x == x).sum() * x[0, 0],
        lambda x: x.compress([True, False], axis=0).sum() + x.mT.sum() + x.cumprod()[-1],
        lambda x: max(x[0, 0], x[0, 1]) * min(x[1]) + sorted(x[1])[1] + divmod(x[0, 0], 2.0)[1],
        lambda x: np.sum(x * (x > 0)) if (x > -9).all() and x.any() and x.shape != (9,) else 0.0,
        lambda x: x[x.argmax(axis=0), [0, 1, 2]].sum() + x[np.argsort(x[:, 0])][0, 0],
        lambda x: np.hypot.reduce(x, axis=1).sum() + np.logaddexp.reduce(x.ravel()),
        lambda x: np.maximum.accumulate(x, axis=1).sum() + np.minimum.accumulate(x).sum(),
        lambda x: (
            np.logaddexp2.reduce(x, axis=0, keepdims=True).sum()
            + np.subtract.outer(x, x)[0, 0, 1, 1]
        ),
        lambda x: np.add(x, 1, dtype=np.float64).sum() + np.sum(x, dtype=np.float64),
        lambda x: np.concatenate([x, x], dtype=np.float64).sum() + x.cumsum(dtype=float)[2],
        lambda x: np.max(x[:0], axis=0, initial=2.0).sum() + copy.deepcopy(x).sum(),
        lambda x: np.linalg.norm(np.vecdot(x, x)) + np.multiply.reduce(x, axis=None),
        lambda x: np.sum(a=x) + np.mean(axis=0, a=x)[0] + np.dot(a=x[0], b=x[1]),
        lambda x: (
            np.prod(x, where=x > 0) + np.max(x, initial=-5.0) + np.min(x, where=x > 0, initial=3.0)
        ),
        lambda x: np.linalg.solve(a=x[:, :2], b=x[:, 2]).sum(),
        lambda x: (
            np.ediff1d(x, to_begin=1.0, to_end=[2.0]).sum() + np.insert(x, [1, 2], [3, 4], 1).sum()
        ),
        lambda x: np.squeeze(x[:1], axis=0).sum() + np.ptp(x) + np.average(x, weights=x * x),
    ],
)
def test_the_array_api_of_tracers(f):
    x = np.array([[0.3, -0.8, 1.4], [2.1, 0.6, -1.1]])
    value, g = value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-14)
    h = 1e-5
    for place in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[place] = h
        assert g[place] == pytest.approx((f(x + e) - f(x - e)) / (2 * h), rel=1e-6, abs=1e-8)


def test_augmented_assignment_means_what_it_means_in_numpy():
    def scalars(x):
        a = b = x[0]
        a += x[1]
        return a * b  # (x₀ + x₁) x₀: a number is not changed under its other name

    def arrays(x):
        a = x * 1
        b = a
        a += x
        a *= 2
        return np.sum(a * b)  # (4x)²: an array is

    x = np.array([2.0, 3.0])
    assert scalars(x) == value_and_grad(scalars)(x)[0]
    np.testing.assert_array_equal(grad(scalars)(x), [7.0, 2.0])
    assert arrays(x) == value_and_grad(arrays)(x)[0]
    np.testing.assert_array_equal(grad(arrays)(x), 32 * x)
    single = lambda x, y: (x.__iadd__(y), x)[1]  # noqa: E731
    g = grad(lambda x: np.sum(single(x * 1, np.ones(2)) ** 2))(np.ones(2, np.float32))
    np.testing.assert_array_equal(g, [4.0, 4.0])
    assert g.dtype == np.float32
    total = lambda x: sum((x[i:] for i in (0, 0)), start=0)[0]  # noqa: E731
    assert grad(total)(x)[0] == 2.0


def test_arguments_by_number_and_by_name():
    f = lambda a, b, *, scale: np.sum(a * b) * scale  # noqa: E731
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    np.testing.assert_array_equal(grad(f, -1)(a, b, scale=2.0), 2 * a)
    ga, gb = grad(f, (1, 0))(a, b, scale=2.0)
    np.testing.assert_array_equal(ga, 2 * a)
    np.testing.assert_array_equal(gb, 2 * b)
    assert isinstance(grad(f, [0])(a, b, scale=1.0), tuple)


# Vector calculus.


def test_directional_derivative():
    f = lambda x: x[0] ** 2 + 3 * x[1]  # noqa: E731
    x, v = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert directional_derivative(f, x, v) == 18.0
    np.testing.assert_array_equal(directional_derivative(lambda x: x**2, x, v), 2 * x * v)


def test_divergence_curl_and_laplacian():
    x = np.array([0.3, -0.7, 1.1])
    F = lambda x: np.stack([x[0] * x[1], x[1] * x[2] ** 2, np.sin(x[0])])  # noqa: E731
    assert divergence(F)(x) == pytest.approx(x[1] + x[2] ** 2)
    np.testing.assert_allclose(curl(F)(x), [-2 * x[1] * x[2], -np.cos(x[0]), -x[0]])
    f = lambda x: x[0] ** 2 * x[1] + np.exp(x[2])  # noqa: E731
    assert laplacian(f)(x) == pytest.approx(2 * x[1] + np.exp(x[2]))
    assert laplacian(np.sin)(0.3) == pytest.approx(-np.sin(0.3))
    assert curl(lambda x: np.stack([-(x[1] ** 3), x[0] ** 3]))(x[:2]) == pytest.approx(
        3 * x[:2] @ x[:2]
    )


def test_identities_of_vector_calculus():
    x = np.array([0.3, -0.7, 1.1])
    f = lambda x: np.sin(x[0] * x[1]) * np.exp(x[2])  # noqa: E731
    F = lambda x: np.stack([x[0] ** 2 * x[1], np.sin(x[2]) * x[0], x[1] * x[2] ** 2])  # noqa: E731
    np.testing.assert_allclose(curl(grad(f))(x), np.zeros(3), atol=1e-14)
    assert divergence(curl(F))(x) == pytest.approx(0.0, abs=1e-14)
    assert divergence(grad(f))(x) == pytest.approx(laplacian(f)(x), rel=1e-13)
    fF = lambda x: f(x) * F(x)  # noqa: E731
    expected = f(x) * divergence(F)(x) + grad(f)(x) @ F(x)
    assert divergence(fF)(x) == pytest.approx(expected, rel=1e-13)


def test_operators_are_differentiable():
    x = np.array([0.3, -0.7])
    found = grad(lambda x: np.sum(hessian(lambda y: np.sum(y**4))(x)))(x)
    np.testing.assert_allclose(found, 24 * x)
    found = grad(lambda x: np.sum(hvp(lambda y: np.sum(y**4), x, x)))(x)
    np.testing.assert_allclose(found, 36 * x**2)
    third = jacobian(hessian(lambda y: np.prod(y)))(np.ones(3))
    assert third.shape == (3, 3, 3)
    assert third[0, 1, 2] == 1.0
    assert np.sum(third) == 6.0
