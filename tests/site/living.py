"""What each interactive figure must answer: computed by calcml for the settings of its controls.

One entry a script of ``book/_static/interactive``: a function of the controls' values and of the
numbers of the static figure, to the readouts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta

from calcml.bayes import logistic_log_joint
from calcml.constrained import newton_kkt
from calcml.diff import (
    curl,
    directional_derivative,
    divergence,
    grad,
    hessian,
    hvp,
    jacobian,
    taylor,
)
from calcml.montecarlo import leapfrog
from calcml.nn import cross_entropy, log_softmax, relu
from calcml.optimize import gradient_descent, heavy_ball, newton
from calcml.quadrature import adaptive_simpson, riemann, trapezoid
from calcml.stochastic import sgd

State = dict[str, float]
Answer = Callable[[State, dict[str, Any]], dict[str, float]]


def parameter_family(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    t, y = np.array(numbers["temperature"]), np.array(numbers["distress"])
    theta = np.array([-state["slope"] * state["half"], state["slope"]])
    scores = theta[0] + theta[1] * t
    loss = float(np.mean(np.logaddexp(0, scores) - y * scores))
    cold = float(np.exp(log_softmax(np.array([theta @ [1, 31], 0.0]))[0]))
    return {"intercept": float(theta[0]), "loss": loss, "cold": cold}


def secant_tangent(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    t, y = np.array(numbers["temperature"]), np.array(numbers["damage"])

    def loss(w: Any) -> Any:
        s = w - 0.23 * t
        return np.mean(np.logaddexp(0, s) - y * s)

    w, h = state["w"], state["h"]
    tangent = float(grad(loss)(w))
    secant = float((loss(w + h) - loss(w)) / h) if h else tangent
    return {"secant": secant, "tangent": tangent, "gap": secant - tangent}


def slice_sliders(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    tilt, center = numbers["tilt"], np.array(numbers["center"])
    G = np.array([[1.0, tilt], [tilt, 1.0]])
    f = lambda w: numbers["low"] + (w - center) @ G @ (w - center)  # noqa: E731
    w = np.array([state["w5"], state["w6"]])
    slope5, slope6 = (float(slope) for slope in grad(f)(w))
    along = lambda b: f(np.array([w[0], 0.0]) + np.array([0.0, 1.0]) * b)  # noqa: E731
    best6 = float(newton(along, w[1:]).x[0])
    return {"loss": float(f(w)), "slope5": slope5, "slope6": slope6, "best6": best6}


def directional_derivative_rose(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    H = np.array(numbers["H"], dtype=float)
    f = lambda x: x @ H @ x / 2  # noqa: E731
    x = np.array([state["x1"], state["x2"]])
    angle = np.radians(state["angle"])
    u = np.array([np.cos(angle), np.sin(angle)])
    slope = float(directional_derivative(f, x, u))
    steepest = float(np.linalg.norm(grad(f)(x)))
    off = np.degrees(np.arccos(np.clip(slope / steepest, -1, 1))) if steepest else 90.0
    return {"slope": slope, "steepest": steepest, "off": float(off)}


def computation_graph(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    W, b, V, c, x = (np.array(numbers[name], dtype=float) for name in "WbVcx")
    W[0, 0], x[0] = state["w"], state["x1"]
    values: dict[str, Any] = {"x": x}

    def loss(W: Any, nudges: dict[str, Any]) -> Any:
        values["z"] = W @ x + b + nudges["z"]
        values["h"] = np.tanh(values["z"]) + nudges["h"]
        values["s"] = V @ values["h"] + c + nudges["s"]
        return cross_entropy(values["s"], np.array([state["y1"], 1 - state["y1"]], dtype=float))

    still = {name: np.zeros(2) for name in "zhs"}
    slope, adjoints = grad(loss, argnums=(0, 1))(W, still)
    L = float(loss(W, still))  # leaves plain numbers in values
    walk = [float(x[0])]
    walk += [float(values[name][j]) for name in "zhs" for j in (0, 1)] + [L, 1.0]
    walk += [float(adjoints[name][j]) for name in "shz" for j in (0, 1)] + [float(slope[0, 0])]
    return {"now": walk[int(state["step"])], "loss": L, "slope": float(slope[0, 0])}


def depth_and_gain(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    activation = (relu, np.tanh, lambda z: 1 / (1 + np.exp(-z)))[int(state["activation"])]
    depth = int(state["depth"])

    def chain(h: Any) -> Any:
        for _ in range(depth):
            t = activation(state["w"] * h)
            h = h + t / depth if state["residual"] else t
        return h

    log = float(np.log10(abs(grad(chain)(float(numbers["start"])))))
    return {"slope": log, "factor": 10 ** (log / depth)}


def learning_rate_explorer(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    curvature = np.array([1 / state["kappa"], 1.0])
    run = gradient_descent(
        lambda x: np.sum(curvature * x**2) / 2,
        numbers["start"],
        step=state["eta"],
        gtol=0,
        maxiter=int(state["steps"]),
    )
    flat, steep = (float(abs(1 - state["eta"] * c)) for c in curvature)
    return {"distance": float(np.linalg.norm(run.path[-1])), "flat": flat, "steep": steep}


def momentum_springs(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    curvature = np.array([1 / state["kappa"], 1.0])
    run = heavy_ball(
        lambda x: np.sum(curvature[:1] * x**2) / 2,
        np.ones(1),
        step=state["eta"],
        momentum=state["beta"],
        gtol=0,
        maxiter=40,
    )
    trace = 1 + state["beta"] - state["eta"] * curvature
    flat, steep = (float(max(abs(np.roots([1, -t, state["beta"]])))) for t in trace)
    return {"flat": flat, "steep": steep, "distance": float(run.path[-1][0])}


def posterior_updating(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    prior = beta(state["a"], state["b"])
    posterior = beta(state["a"] + state["heads"], state["b"] + state["tails"])
    u = 0.4321  # evidence = prior times likelihood over posterior, at any place
    likelihood = state["heads"] * np.log(u) + state["tails"] * np.log(1 - u)
    return {
        "mean": float(posterior.mean()),
        "sd": float(posterior.std()),
        "evidence": float(prior.logpdf(u) + likelihood - posterior.logpdf(u)),
    }


def noise_floor(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    points, eta = np.array(numbers["points"]), state["eta"]
    rule, x = sgd(eta), points.mean() + 6  # the mean of all runs moves as by full gradients
    memory, noise, gap = rule.init(x), 0.0, 0.0
    for k in range(1, 2001):
        step, memory = rule.update(x - points.mean(), memory, x)
        x = x + step
        noise = (1 - eta) ** 2 * noise + eta**2 * points.var() / state["batch"]
        if k == 40:
            gap = float((x - points.mean()) ** 2 + noise) / 2
    return {"floor": float(noise) / 2, "gap": gap, "factor": float(abs(1 - eta))}


def next_character(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    scores = np.array(numbers["scores"][int(state["stage"])])

    def entropy(temperature: Any) -> Any:
        log_p = log_softmax(scores / temperature)
        return -np.sum(np.exp(log_p) * log_p)

    p = np.exp(log_softmax(scores / state["tau"]))
    return {
        "entropy": float(entropy(state["tau"])),
        "slope": float(grad(entropy)(state["tau"])),
        "first": float(p[numbers["first"][0]]),
    }


def taylor_order(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    softplus = lambda t: np.logaddexp(0, t)  # noqa: E731
    center, x = state["center"], state["x"]
    c = taylor(softplus, center, int(state["order"]))
    value, polynomial = float(softplus(x)), float(np.polynomial.polynomial.polyval(x - center, c))
    reach = float(np.hypot(center, np.pi))
    return {
        "value": value,
        "polynomial": polynomial,
        "error": abs(value - polynomial),
        "reach": reach,
    }


def tangent_contours(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    c, normal = np.array(numbers["c"], dtype=float), np.array([1.0, state["s"]])
    f = lambda x: np.sum(c * x**2)  # noqa: E731
    x = np.array([state["b"] - state["s"] * state["x2"], state["x2"]])
    along = np.array([-state["s"], 1.0]) / np.linalg.norm(normal)
    multiplier = np.linalg.lstsq(normal[:, None], -grad(f)(x), rcond=None)[0][0]
    return {
        "value": float(f(x)),
        "slope": float(directional_derivative(f, x, along)),
        "multiplier": float(multiplier),
        "minimum": newton_kkt(f, x, lambda x: normal @ x - state["b"]).fun,
    }


def quadratic_form_explorer(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    turn, way = np.radians([state["angle"], state["direction"]])
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    eigenvalues = np.array([state["first"], state["second"]])
    form = lambda x: np.sum(eigenvalues * (axes @ x) ** 2) / 2  # noqa: E731
    u = np.array([np.cos(way), np.sin(way)])
    H = hessian(form)(np.zeros(2))
    found = np.linalg.eigvalsh(H)
    small, large = sorted(np.abs(found))
    return {
        "h11": float(H[0, 0]),
        "h12": float(H[0, 1]),
        "h22": float(H[1, 1]),
        "along": float(u @ hvp(form, np.zeros(2), u)),
        "negative": float(np.sum(found < -1e-9)),
        "inverse": float(small / large) if large > 1e-9 else 0.0,
    }


def lanczos_ritz(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    beside = np.array(numbers["beside"])
    T = np.diag(numbers["diagonal"]) + np.diag(beside, 1) + np.diag(beside, -1)
    size = int(state["products"]) + 1
    values = np.linalg.eigvalsh(T[:size, :size])
    return {
        "largest": float(values[-1]),
        "exact": numbers["spectrum"][-1],
        "smallest": float(values[0]),
        "bottom": numbers["spectrum"][0],
        "negative": float(np.sum(values < 0)),
    }


def riemann_refinement(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    functions = (
        lambda x: np.exp(-(x**2) / 2),
        lambda x: np.sqrt(x / 3),
        lambda x: np.where(x < np.sqrt(2), 1.0, 0.0),
    )
    f, end, n = functions[int(state["which"]) - 1], numbers["frame"]["x"][1], int(state["n"])
    if state["rule"] == 4:
        total = trapezoid(f, 0.0, end, n)
    else:
        names = ("left", "midpoint", "right")
        total = riemann(f, 0.0, end, n, rule=names[int(state["rule"]) - 1])
    area = numbers["exact"][int(state["which"]) - 1]
    return {"sum": total, "area": area, "error": abs(total - area)}


def constrained_race(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    k, rho, eta = int(state["steps"]), state["rho"], state["eta"]
    f, h = lambda x: x[0] ** 2 + 3 * x[1] ** 2, lambda x: x[0] + x[1] - 4
    ends: dict[str, tuple[Any, float]] = {}

    x = newton(lambda x: f(x) + rho * 3**k / 2 * h(x) ** 2, np.zeros(2)).x
    ends["penalty"] = x, rho * 3**k * h(x)

    price = 0.0
    for _ in range(k + 1):
        x = newton(lambda x, p=price: f(x) + p * h(x) + rho / 2 * h(x) ** 2, x).x
        price += rho * h(x)
    ends["multipliers"] = x, price

    x = np.array([2.0, 2.0])
    for _ in range(k):
        x = x - eta * grad(f)(x)
        x = x - h(x) / 2
    ends["projected"] = x, -float(np.mean(grad(f)(x)))

    x, price = np.zeros(2), 0.0
    for _ in range(k):
        x, price = x - eta * (grad(f)(x) + price), price + eta * h(x)
    ends["coupled"] = x, price

    tau = 3.0 ** (1 - k)
    x = newton(lambda x: f(x) - tau * np.log(h(x)), np.array([3.2, 1.1]), gtol=1e-9).x
    ends["barrier"] = x, -tau / h(x)

    _, price = list(ends.values())[int(state["method"]) - 1]
    distances = {name: float(np.linalg.norm(x - [3, 1])) for name, (x, _) in ends.items()}
    return {**distances, "price": float(price)}


def lagrangian_saddle(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    w, C = state["w"], state["C"]
    mu = state["share"] * C
    L = lambda w, mu: w**2 / 2 + mu * (1 - w)  # noqa: E731
    above = max(L(w, 0.0), L(w, C))  # affine in the price: largest at an end
    lowest = newton(lambda z: L(z[0], mu), np.zeros(1)).x[0]
    under = L(lowest, mu)
    return {"mu": mu, "above": above, "here": L(w, mu), "under": under, "gap": above - under}


def epsilon_delta_box(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    eps, delta = state["eps"], state["delta"]
    cold = lambda tau: 1 - np.exp(log_softmax(np.array([3.0, 2.0, 1.0]) / tau)[0])  # noqa: E731
    changes: list[Callable[[float], float]] = [
        lambda u: abs((1 + u) ** 2 - 1),
        lambda u: cold(u) if u > 0 else 0.0,
        lambda u: 1 - np.sinc(u / np.pi),
        lambda u: float(u > 0),
    ]
    change = changes[int(state["which"]) - 1]
    reach = max(change(u) for u in delta * np.linspace(-1, 1, 801))
    best = {1: np.sqrt(1 + eps) - 1, 4: 0.0}.get(int(state["which"]))
    if best is None:
        best = 1.0 if change(1.0) <= eps else brentq(lambda u: change(u) - eps, 1e-9, 1.0)
    return {"reach": float(reach), "best": float(best)}


def field_explorer(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    shift = np.array([-0.25, 0.25])
    turned = lambda x: np.stack([-x[1], x[0]])  # noqa: E731
    u: Callable[[Any], Any] = (
        lambda x: np.stack([x[0] ** 2, x[0] * x[1]]),
        turned,
        lambda x: np.stack([x[1], 0 * x[0]]),
        lambda x: turned(x - shift) / ((x - shift) @ (x - shift)),
        lambda x: turned(x) / (1 + np.exp(-x[0] * x[1])),
    )[int(state["field"]) - 1]
    center, half = np.array([state["x1"], state["x2"]]), state["half"]
    out = around = 0.0
    for n in ([1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]):
        normal = np.array(n)
        along = turned(normal)
        place = lambda s, n=normal, t=along: center + half * n + s * t  # noqa: E731
        for_each = lambda v, at=place: adaptive_simpson(  # noqa: E731
            lambda s: float(u(at(s)) @ v), -half, half, atol=1e-9, rtol=1e-9
        )[0]
        out += for_each(normal)
        around += for_each(along)
    area = 4 * half**2
    answer = {"out": out, "flux": out / area, "div": divergence(u)(center)}
    answer |= {"around": around, "circulation": around / area, "curl": curl(u)(center)}
    return {name: float(value) for name, value in answer.items()}


def grid_deformation(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    W = np.array([[state["w11"], state["w12"]], [state["w21"], state["w22"]]])
    bend = state["bend"]
    layer = lambda x: np.tanh(bend * (W @ x)) / bend if bend else W @ x  # noqa: E731
    J = jacobian(layer)(np.array([state["x1"], state["x2"]]))
    most, least = np.linalg.svd(J, compute_uv=False)
    return {"determinant": float(np.linalg.det(J)), "most": float(most), "least": float(least)}


def growing_tape(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    x1, x2, step = float(state["x1"]), float(state["x2"]), state["step"]
    of_sine = -float(grad(np.sin)(x2))
    of_product = [float(g) for g in grad(np.multiply, argnums=(0, 1))(x1, x2)]
    of_log = float(grad(np.log)(x1))
    # The notes of the sine, the product and the logarithm are read in the last three steps.
    first = of_product[0] * (step >= 9) + of_log * (step >= 10)
    second = of_sine * (step >= 8) + of_product[1] * (step >= 9)
    return {"value": float(np.log(x1) + x1 * x2 - np.sin(x2)), "first": first, "second": second}


def density_push(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    a, x, half = state["a"], state["x"], state["w"] / 2
    f = lambda t: t + a * np.sin(t)  # noqa: E731
    share = lambda t: 1 / (1 + np.exp(-t))  # noqa: E731
    before, slope = float(grad(share)(x)), float(grad(f)(x))
    mass = float(share(x + half) - share(x - half))
    return {
        "slope": slope,
        "before": before,
        "after": before / slope,
        "mass": mass,
        "ratio": mass / float(f(x + half) - f(x - half)),
    }


def newton_basins(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    f = lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2  # noqa: E731
    shift = state["tau"] * np.eye(2)
    path = [np.array([state["x1"], state["x2"]])]
    for _ in range(numbers["steps"]):
        path.append(path[-1] - np.linalg.solve(hessian(f)(path[-1]) + shift, grad(f)(path[-1])))
    curvatures = np.linalg.eigvalsh(hessian(f)(path[-1]))
    return {
        "first": float(f(path[1])),
        "height": float(f(path[-1])),
        "downward": float(np.sum(curvatures < 0)),
    }


def divergence_directions(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    place, m, s = np.linspace(-40, 40, 20_001), state["m"], state["s"]
    half_log = 0.5 * np.log(2 * np.pi)
    left = np.log(numbers["weight"]) - 0.5 * (place + numbers["at"]) ** 2
    right = np.log(1 - numbers["weight"]) - 0.5 * (place - numbers["at"]) ** 2
    log_p = np.logaddexp(left, right) - half_log
    log_q = -0.5 * ((place - m) / s) ** 2 - np.log(s) - half_log
    mean = lambda log_density, values: float(np.trapezoid(np.exp(log_density) * values, place))  # noqa: E731
    return {"reverse": mean(log_q, log_q - log_p), "forward": mean(log_p, log_p - log_q)}


def chain_walker(state: State, numbers: dict[str, Any]) -> dict[str, float]:
    t, y = np.array(numbers["t"]), np.array(numbers["y"])
    X = np.column_stack([np.ones_like(t), t])
    hills = np.array([[-2.5, -0.6], [0.5, -4.6]])

    def log_p(x: Any) -> Any:
        if state["walker"] <= 2:
            return logistic_log_joint(x, X, y, prior_std=5.0)
        return np.logaddexp(-2 * np.sum((x - hills[0]) ** 2), -2 * np.sum((x - hills[1]) ** 2))

    x, accepted = np.array(numbers["begin"]), 0
    path = [x]
    for z, u in zip(np.array(numbers["noise"]), numbers["uniforms"], strict=True):
        if len(path) > state["steps"]:
            break
        if state["walker"] % 2:
            proposal = x + state["step"] * z
            gain = log_p(proposal) - log_p(x)
        else:
            proposal, r = leapfrog(grad(log_p), x, z, step=state["step"], n=5)
            gain = log_p(proposal) - r @ r / 2 - log_p(x) + z @ z / 2
        if np.log(u) < gain:
            x, accepted = proposal, accepted + 1
        path.append(x)
    away = np.linalg.norm(np.array(path) - path[0], axis=1)
    mean0, mean1 = np.mean(path, axis=0)
    return {"accepted": accepted, "far": away.max(), "mean0": mean0, "mean1": mean1}


ANSWERS: dict[str, Answer] = {
    "chain_walker": chain_walker,
    "computation_graph": computation_graph,
    "density_push": density_push,
    "depth_and_gain": depth_and_gain,
    "constrained_race": constrained_race,
    "epsilon_delta_box": epsilon_delta_box,
    "directional_derivative_rose": directional_derivative_rose,
    "divergence_directions": divergence_directions,
    "field_explorer": field_explorer,
    "grid_deformation": grid_deformation,
    "growing_tape": growing_tape,
    "lagrangian_saddle": lagrangian_saddle,
    "lanczos_ritz": lanczos_ritz,
    "learning_rate_explorer": learning_rate_explorer,
    "momentum_springs": momentum_springs,
    "next_character": next_character,
    "noise_floor": noise_floor,
    "newton_basins": newton_basins,
    "parameter_family": parameter_family,
    "posterior_updating": posterior_updating,
    "quadratic_form_explorer": quadratic_form_explorer,
    "tangent_contours": tangent_contours,
    "riemann_refinement": riemann_refinement,
    "secant_tangent": secant_tangent,
    "slice_sliders": slice_sliders,
    "taylor_order": taylor_order,
}
