"""Every rule, to second order, in both modes and every argument; and that none is left out."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
import scipy.special
from modes import MODES, push, through
from rule_cases import BINARY, CASES, UNARY, Case, real, regular, spd

from calcml.diff import grad, hessian, jacobian, jvp, vjp
from calcml.diff.core import Tracer
from calcml.diff.gradcheck import check_grads
from calcml.diff.rules import elementwise, unbroadcast
from calcml.diff.rules.constant import CONSTANT
from calcml.diff.rules.registry import REWRITES, RULES, define, define_outputs, linear

FUNCTIONS = list(CASES)


def name(function):
    return getattr(function, "__name__", str(function))


def test_every_rule_is_tried():
    untried = [name(f) for f in {*RULES, *REWRITES} if f not in CASES]
    assert not untried


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_first_and_second_derivatives(function):
    for case in CASES[function]:
        check_grads(case.f, case.args)


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_the_vjp_is_the_transpose_of_the_jvp(function):
    """⟨u, Jv⟩ = ⟨Jᵀu, v⟩, to rounding: the two modes agree whatever the derivative is."""
    rng = np.random.default_rng(0)
    for case in CASES[function]:
        v = [rng.normal(size=np.shape(x)) for x in case.args]
        y, Jv = jvp(case.f, case.args, v)
        u = _random_like(y, rng)
        _, pullback = vjp(case.f, *case.args)
        across = _dot(u, Jv)
        back = sum(np.sum(a * b) for a, b in zip(pullback(u), v, strict=True))
        scale = sum(np.sum(np.abs(a * b)) for a, b in zip(pullback(u), v, strict=True))
        assert abs(across - back) <= 1e-12 * max(1.0, scale)


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_the_order_in_memory_does_not_matter(function):
    """Arrays that lie column by column, or every other entry, have the slopes of their copies."""
    rng = np.random.default_rng(0)
    for case in CASES[function]:
        y, pullback = vjp(case.f, *case.args)
        u = _random_like(y, rng)
        expected = pullback(u)
        for laid in (np.asfortranarray, _strided):
            found = vjp(case.f, *[laid(x) if np.ndim(x) else x for x in case.args])[1](u)
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def _strided(x):
    return np.repeat(x, 2, axis=-1)[..., ::2]


def test_tanh_is_as_flat_in_any_order():
    """Where its slope is found by exponentials, too."""
    x = np.linspace(-9.0, 9.0, 24).reshape(4, 6)
    expected = 1 / np.cosh(x) ** 2
    for laid in (x, np.asfortranarray(x), _strided(x)):
        _, pullback = vjp(np.tanh, laid)
        np.testing.assert_allclose(pullback(np.ones(x.shape))[0], expected, rtol=1e-13)


def _random_like(y, rng):
    if isinstance(y, tuple | list):
        return type(y)(_random_like(part, rng) for part in y)
    return rng.normal(size=np.shape(y))


def _dot(u, v):
    if isinstance(u, tuple | list):
        return sum(_dot(a, b) for a, b in zip(u, v, strict=True))
    return np.sum(u * v)


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_both_modes_of_the_jacobian_agree(function):
    """Columns come in blocks, rows one by one; so the blocked form of each rule is tried, too."""
    for case in CASES[function]:
        argnums = tuple(range(len(case.args)))
        forward = jacobian(case.f, argnums, mode="fwd")(*case.args)
        reverse = jacobian(case.f, argnums, mode="rev")(*case.args)
        for a, b in zip(_leaves(forward), _leaves(reverse), strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "forward"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_all_modes_agree_to_third_order(function, mode):
    """Forward mode, which is compared with differences above, is what the others must give."""
    for case in CASES[function]:
        curve = through(case)
        expected, found = MODES["forward"](curve), MODES[mode](curve)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * np.max(np.abs(expected)))


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
def test_third_derivatives(function):
    """The third derivative against differences of the second."""
    for case in CASES[function]:
        curve, h = through(case), 1e-3
        second = push(push(curve))
        f = [second(k * h) for k in (-2, -1, 1, 2)]
        slope = (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h)
        size = max(map(abs, [curve(0.0), *f]))
        assert push(second)(0.0) == pytest.approx(slope, rel=1e-5, abs=1e-5 * size)


def _leaves(tree):
    if isinstance(tree, tuple | list):
        return [leaf for part in tree for leaf in _leaves(part)]
    return [tree]


IN_AUTOGRAD = [
    f for f in (*UNARY, *BINARY) if hasattr(anp, name(f)) and f not in (np.copy, np.real)
]
NOT_THERE = {"positive", "cbrt", "copy", "float_power", "hypot", "fmod", "nan_to_num", "conjugate"}


@pytest.mark.parametrize("function", [f for f in IN_AUTOGRAD if name(f) not in NOT_THERE], ids=name)
def test_agrees_with_autograd(function):
    theirs = getattr(anp, name(function))
    for case in CASES[function]:
        if case.f is function:
            k = tuple(range(len(case.args)))
            expected = autograd.grad(lambda *x: anp.sum(theirs(*x)), k)(*case.args)
            found = grad(lambda *x: np.sum(function(*x)), k)(*case.args)
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


LINEAR_ALGEBRA = {
    "solve": lambda np, A, b: np.linalg.solve(A, b),
    "inv": lambda np, A, b: np.linalg.inv(A) @ b,
    "det": lambda np, A, b: np.linalg.det(A) * b,
    "slogdet": lambda np, A, b: np.linalg.slogdet(A)[1] * b,
    "cholesky": lambda np, A, b: np.linalg.cholesky(A @ A.T + np.eye(3)) @ b,
    "eigh": lambda np, A, b: np.linalg.eigh(A @ A.T)[1] ** 2 @ np.linalg.eigh(A @ A.T)[0] * b,
    "eigh of one triangle": lambda np, A, b: np.linalg.eigh(A)[0] * b,
    "svd": lambda np, A, b: np.linalg.svd(A, full_matrices=False)[1] * b,
    "norm": lambda np, A, b: np.linalg.norm(A) * b,
    "nuclear norm": lambda np, A, b: np.linalg.norm(A, "nuc") * b,
    "einsum": lambda np, A, b: np.einsum("ij,jk,k->i", A, A, b),
    "tensordot": lambda np, A, b: np.tensordot(A, b, 1),
    "logsumexp": lambda np, A, b: np.log(np.sum(np.exp(A), axis=1)) * b,
    "std": lambda np, A, b: np.std(A, axis=0) * b,
    "prod": lambda np, A, b: np.prod(A, axis=1) * b,
    "sort": lambda np, A, b: np.sort(A[0]) * b,
    "kron": lambda np, A, b: np.kron(A, b),
    "rows twice": lambda np, A, b: A[np.array([0, 0, 2])] @ b,
}


@pytest.mark.parametrize("which", LINEAR_ALGEBRA)
def test_matrix_functions_agree_with_autograd(which):
    f = LINEAR_ALGEBRA[which]
    A, b = regular(3, 3), real(3)
    expected = autograd.grad(lambda A, b: anp.sum(f(anp, A, b) ** 2), (0, 1))(A, b)
    found = grad(lambda A, b: np.sum(f(np, A, b) ** 2), (0, 1))(A, b)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("function", sorted(CONSTANT, key=name), ids=name)
def test_constants_are_not_traced(function):
    """They see plain values, so that their results can steer and index."""
    x = np.array([1.5, -0.5, 2.0])
    calls = {
        np.can_cast: lambda x: np.can_cast(x[0], float),
        np.lexsort: lambda x: np.lexsort((x, x)),
        np.linalg.matrix_rank: lambda x: np.linalg.matrix_rank(np.outer(x, x)),
        np.searchsorted: lambda x: np.searchsorted(np.array([0.0, 1.0]), x),
        np.digitize: lambda x: np.digitize(x, np.array([0.0, 1.0])),
        np.argpartition: lambda x: np.argpartition(x, 1),
    }
    pairwise = {np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal}
    pairwise |= {np.logical_and, np.logical_or, np.logical_xor, np.isclose, np.allclose, np.isin}
    pairwise |= {np.array_equal, np.array_equiv, np.heaviside, np.floor_divide}
    pairwise |= {np.may_share_memory, np.shares_memory}
    call = calls.get(function, (lambda x: function(x, x)) if function in pairwise else function)
    seen = []

    def f(x):
        seen.append(call(x * 1.0))
        return np.sum(x)

    grad(f)(x)
    expected = call(x * 1.0)
    if function not in (np.empty_like,):
        np.testing.assert_equal(seen[0], expected)
    assert type(seen[0]) is type(expected)


@pytest.mark.parametrize("function", [*UNARY, *BINARY], ids=name)
def test_float32_stays_float32(function):
    for case in CASES[function]:
        if case.f is function:
            args = [np.asarray(x, np.float32)[()] for x in case.args]
            check_grads(function, args, order=1)


@pytest.mark.parametrize(
    "f",
    [
        lambda A: np.linalg.solve(A, A[0]),
        lambda A: np.linalg.eigh(A @ A.T)[0],
        lambda A: np.linalg.cholesky(A @ A.T + np.eye(3, dtype="f")),
        lambda A: np.linalg.det(A),
        lambda A: np.linalg.slogdet(A)[1],
        lambda A: np.linalg.norm(A, 2),
        lambda A: np.std(A, axis=0),
        lambda A: np.max(A, axis=1) * np.prod(A, axis=0),
        lambda A: np.logaddexp.reduce(A, axis=1),
        lambda A: np.einsum("ij,kj->ik", A, A),
        lambda A: np.cumprod(np.sort(A, axis=0), axis=1),
        lambda A: np.mean(np.where(A > 0, A, A**2), axis=0) ** 0.5 + 1,
        lambda A: np.pad(A[1:, ::2], 1).astype(np.float32),
        lambda A: scipy.special.erf(A) + scipy.special.expit(A),
    ],
)
def test_composed_functions_keep_float32(f):
    A = (regular(3, 3) + 1).astype(np.float32)
    check_grads(f, (A,), order=1, rtol=3e-3)


def test_mixed_types_give_each_argument_its_own():
    a, b = np.ones(3, np.float32), np.ones(3)
    assert [g.dtype for g in grad(lambda a, b: np.sum(a * b), (0, 1))(a, b)] == [
        "float32",
        "float64",
    ]
    assert hessian(lambda a: np.sum(np.sin(a) ** 2))(a).dtype == np.float32


def test_unbroadcast_is_the_transpose_of_broadcasting():
    g = real(4, 2, 3)
    for shape in [(), (1,), (3,), (2, 1), (1, 3), (4, 2, 3), (4, 1, 1)]:
        x = real(*shape)
        pulled = unbroadcast(g, shape)
        assert pulled.shape == shape
        assert np.sum(np.broadcast_to(x, g.shape) * g) == pytest.approx(np.sum(x * pulled))


def test_rules_can_be_added():
    def cube(x):
        return np.asarray(x) ** 3

    rule = elementwise(cube, lambda t, y, x: t * (3 * x * x))
    try:
        assert grad(grad(rule))(2.0) == pytest.approx(12.0)
        assert rule(2.0) == 8.0
    finally:
        del RULES[cube]


def test_defined_rules_serve_both_modes():
    def weigh(x, w):
        return float(np.dot(np.asarray(x), w)) * np.asarray(x)

    rule = define(
        weigh,
        lambda t, y, x, w: np.dot(t, w) * x + np.dot(x, w) * t,
        lambda g, y, x, w: np.dot(g, x) * w + np.dot(x, w) * g,
    )
    try:
        w = real(3, seed=1)
        check_grads(lambda x: rule(x, w), (real(3),))
        with pytest.raises(TypeError, match="weigh has no derivative in argument 1"):
            grad(lambda w: np.sum(rule(real(3), w)))(w)
    finally:
        del RULES[weigh]


def test_rules_of_several_outputs_serve_every_mode():
    """Two arguments, keywords, outputs that mention each other, and one that is constant."""

    def rotate(x, y, *, turns=1):
        return np.hypot(x, y), turns * np.arctan2(y, x), np.sign(x)

    radius = {0: lambda t, r, out, x, y, turns=1: t * x / r}
    radius[1] = lambda t, r, out, x, y, turns=1: t * y / r
    angle = {0: lambda t, a, out, x, y, turns=1: -turns * t * y / out[0] ** 2}
    angle[1] = lambda t, a, out, x, y, turns=1: turns * t * x / out[0] ** 2
    rule = define_outputs(rotate, (radius, radius), (angle, angle), None, elementwise=True)
    try:
        f = lambda x, y: rule(x, y, turns=2)[0] * rule(x, y, turns=2)[1]  # noqa: E731
        case = Case(f, (real(2, 1) + 3, real(3)))
        check_grads(case.f, case.args)
        plain = Case(lambda x, y: 2 * np.hypot(x, y) * np.arctan2(y, x), case.args)
        for coefficients in MODES.values():
            np.testing.assert_allclose(
                coefficients(through(case)), coefficients(through(plain)), rtol=1e-10
            )
        assert type(rule(*case.args)) is tuple
        signs = []
        grad(lambda x: (signs.append(rule(x, 1.0)[2]), x)[1])(-2.0)
        assert signs == [-1.0]
        assert not isinstance(signs[0], Tracer)
    finally:
        del RULES[rotate]


def test_rules_of_several_outputs_refuse_what_they_do_not_know():
    def halves(x, y):
        return x / 2, y / 2

    half = lambda t, y, out, a, b: t / 2  # noqa: E731
    rule = define_outputs(halves, ({0: half}, {0: half}), None)
    try:
        assert grad(lambda x: rule(x, 1.0)[0])(3.0) == 0.5
        with pytest.raises(TypeError, match="halves has no derivative in argument 1"):
            grad(lambda y: rule(1.0, y)[0])(3.0)
    finally:
        del RULES[halves]


def test_rules_of_many_arrays_serve_every_mode():
    def total(*arrays, factor=1.0):
        return factor * sum(arrays)

    rule = linear(total, lambda g, _y, *arrays, factor=1.0: [factor * g for _ in arrays])
    try:
        f = lambda x, y: rule(x, np.ones(3), y * y, x, factor=3.0) ** 2  # noqa: E731
        case = Case(f, (real(3), real(3, seed=1)))
        check_grads(case.f, case.args)
        plain = Case(lambda x, y: (3 * (2 * x + 1 + y * y)) ** 2, case.args)
        for coefficients in MODES.values():
            np.testing.assert_allclose(
                coefficients(through(case)), coefficients(through(plain)), rtol=1e-10
            )
    finally:
        del RULES[total]


# Kinks, as documented.


def test_relu_and_absolute_value_have_slope_zero_at_zero():
    for relu in (
        lambda x: np.maximum(x, 0),
        lambda x: np.maximum(0.0, x),
        lambda x: np.sum(np.maximum(x, np.zeros(1))),
        lambda x: np.where(x > 0, x, 0),
        lambda x: x * (x > 0),
        lambda x: np.clip(x, 0, None),
        lambda x: -np.minimum(-x, 0),
        lambda x: np.abs(x),
        lambda x: np.fabs(x),
    ):
        assert grad(lambda x, f=relu: np.sum(f(x)))(0.0) == 0.0
        assert jvp(relu, (0.0,), (1.0,))[1] == 0.0


def test_ties_share_the_derivative_equally():
    x = np.array([3.0, 1.0, 3.0, 3.0])
    np.testing.assert_array_equal(grad(np.max)(x), [1 / 3, 0, 1 / 3, 1 / 3])
    np.testing.assert_array_equal(grad(np.min)(-x), [1 / 3, 0, 1 / 3, 1 / 3])
    for f in (np.maximum, np.minimum, np.fmax, np.fmin):
        assert grad(f, (0, 1))(2.0, 2.0) == (0.5, 0.5)
        assert jvp(f, (2.0, 2.0), (1.0, 0.0))[1] == 0.5
    assert grad(lambda x: np.maximum(x, 2.0))(2.0) == 0.5


def test_clip_has_slope_zero_at_its_bounds():
    x = np.array([-1.0, 0.0, 0.5, 1.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(np.clip(x, -1, 1)))(x), [0, 1, 1, 0])


@pytest.mark.parametrize("order", [None, 2, 3, "fro", "nuc"])
def test_norms_have_gradient_zero_at_zero(order):
    zero = np.zeros((2, 2)) if isinstance(order, str) else np.zeros(3)
    np.testing.assert_array_equal(grad(lambda x: np.linalg.norm(x, order))(zero), zero)


def test_the_standard_deviation_of_equal_numbers_has_gradient_zero():
    np.testing.assert_array_equal(grad(np.std)(np.ones(3)), np.zeros(3))


# Where formulas are in danger.


def test_powers_at_zero():
    zero = np.zeros(3)
    for p in (0, 1, 2, 3, 0.0, 1.0, np.float64(0), np.array([0, 1, 2]), np.array([0.0, 1.0, 3.0])):
        expected = np.broadcast_to(np.where(np.equal(p, 1), 1.0, 0.0), 3)
        np.testing.assert_array_equal(grad(lambda x, p=p: np.sum(x**p))(zero), expected)
    curvature = jacobian(grad(lambda x: np.sum(x ** np.array([0.0, 1, 2]))))(zero)
    np.testing.assert_array_equal(curvature, np.diag([0.0, 0.0, 2.0]))
    assert grad(lambda p: np.zeros(1)[0] ** p)(2.0) == 0.0


def test_the_mixed_derivative_of_a_power_at_exponent_zero():
    """∂²/∂p∂x of xᵖ is 1/x at p = 0."""
    mixed = grad(lambda p: grad(lambda x: x**p)(np.float64(3.0)))(0.0)
    assert mixed == pytest.approx(1 / 3)


def test_products_with_zeros():
    for x in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]):
        x = np.array(x)
        others = [np.prod(np.delete(x, i)) for i in range(3)]
        np.testing.assert_array_equal(grad(np.prod)(x), others)
    np.testing.assert_array_equal(
        hessian(np.prod)(np.array([0.0, 2.0, 3.0])), [[0, 3, 2], [3, 0, 0], [2, 0, 0]]
    )


def test_log_add_exp_far_out():
    assert grad(np.logaddexp, (0, 1))(1000.0, 0.0) == (1.0, 0.0)
    assert grad(np.logaddexp, (0, 1))(-np.inf, 0.0) == (0.0, 1.0)
    x = np.array([1000.0, 1000.0, -np.inf])
    np.testing.assert_allclose(grad(np.logaddexp.reduce)(x), [0.5, 0.5, 0.0])


def test_the_determinant_of_a_singular_matrix():
    A = np.array([[1.0, 2.0], [2.0, 4.0]])
    np.testing.assert_allclose(grad(np.linalg.det)(A), [[4, -2], [-2, 1]], atol=1e-14)
    H = hessian(np.linalg.det)(A).reshape(4, 4)
    np.testing.assert_allclose(H, np.fliplr(np.diag([1.0, -1, -1, 1])), atol=1e-12)


def test_equal_eigenvalues():
    """The values have derivatives where all are treated alike; the vectors have none."""
    for values in (np.linalg.eigvalsh, lambda A: np.linalg.eigh(A).eigenvalues):
        f = lambda A, values=values: np.sum(np.exp(values(A)))  # noqa: E731
        np.testing.assert_allclose(grad(f)(np.eye(3)), np.e * np.eye(3), rtol=1e-14)
        assert jvp(f, (np.eye(3),), (np.eye(3),))[1] == pytest.approx(3 * np.e)
    A = np.eye(3) - 2 * np.outer([1.0, 2, 2], [1.0, 2, 2]) / 9  # a reflection: -1, and 1 twice
    third = lambda A: np.sum(np.linalg.eigh(A)[1][:, 0] ** 4)  # noqa: E731
    check_grads(third, (A + 0.0,), order=1)
    with pytest.raises(ValueError, match="vectors of equal values are arbitrary"):
        grad(lambda A: np.sum(np.linalg.eigh(A)[1] ** 3))(A)
    with pytest.raises(ValueError, match="vectors of equal values are arbitrary"):
        grad(lambda A: np.linalg.svd(A)[0][0, 0])(A)
    tangent = jvp(lambda A: np.linalg.eigh(A)[1], (A,), (np.diag([1.0, 2, 4]),))[1]
    assert np.isnan(tangent[:, 1:]).all()
    assert np.isfinite(tangent[:, 0]).all()


def test_one_triangle_is_read_and_one_has_a_gradient():
    A = spd(3, 3)
    upper = np.triu_indices(3, 1)
    assert np.all(grad(lambda A: np.sum(np.linalg.cholesky(A)))(A)[upper] == 0)
    assert np.all(grad(lambda A: np.sum(np.linalg.eigvalsh(A)[:1]))(A)[upper] == 0)
    assert np.any(grad(lambda A: np.linalg.eigvalsh(A, "U")[0])(A)[upper] != 0)
