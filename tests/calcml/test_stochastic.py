"""Update rules against recurrences written out by hand, and what the papers say of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from calcml.stochastic import (
    adagrad,
    adam,
    adamw,
    amsgrad,
    apply_step,
    momentum,
    rmsprop,
    sgd,
)

LR, BETA, BETA2, EPS, DECAY = 0.1, 0.8, 0.95, 1e-3, 0.3
STEPS = 7


def hand_sgd(g, x, s):
    return x - LR * g


def hand_momentum(g, x, s):
    s["v"] = BETA * s.get("v", 0) + g
    return x - LR * s["v"]


def hand_nesterov(g, x, s):
    s["v"] = BETA * s.get("v", 0) + g
    return x - LR * (g + BETA * s["v"])


def hand_adagrad(g, x, s):
    s["v"] = s.get("v", 0) + g**2
    return x - LR * g / (s["v"] ** 0.5 + EPS)


def hand_rmsprop(g, x, s):
    s["v"] = BETA * s.get("v", 0) + (1 - BETA) * g**2
    return x - LR * g / (s["v"] ** 0.5 + EPS)


def hand_adam(g, x, s):
    """The loop of torch.optim.Adam, for one number."""
    s["t"] = s.get("t", 0) + 1
    s["m"] = BETA * s.get("m", 0) + (1 - BETA) * g
    s["v"] = BETA2 * s.get("v", 0) + (1 - BETA2) * g * g
    size = (s["v"] / (1 - BETA2 ** s["t"])) ** 0.5 + EPS
    return x - LR * s["m"] / (1 - BETA ** s["t"]) / size


def hand_adamw(g, x, s):
    return hand_adam(g, x, s) - LR * DECAY * x


def hand_amsgrad(g, x, s):
    s["t"] = s.get("t", 0) + 1
    s["m"] = BETA * s.get("m", 0) + (1 - BETA) * g
    s["v"] = BETA2 * s.get("v", 0) + (1 - BETA2) * g * g
    s["top"] = max(s.get("top", 0), s["v"])
    size = (s["top"] / (1 - BETA2 ** s["t"])) ** 0.5 + EPS
    return x - LR * s["m"] / (1 - BETA ** s["t"]) / size


RULES = {
    "sgd": (sgd(LR), hand_sgd),
    "momentum": (momentum(LR, BETA), hand_momentum),
    "nesterov": (momentum(LR, BETA, nesterov=True), hand_nesterov),
    "adagrad": (adagrad(LR, eps=EPS), hand_adagrad),
    "rmsprop": (rmsprop(LR, BETA, eps=EPS), hand_rmsprop),
    "adam": (adam(LR, BETA, BETA2, eps=EPS), hand_adam),
    "adamw": (adamw(LR, BETA, BETA2, eps=EPS, weight_decay=DECAY), hand_adamw),
    "amsgrad": (amsgrad(LR, BETA, BETA2, eps=EPS), hand_amsgrad),
}


def loss_gradient(x, k):
    """Gradients that change size and sign, so that no average is trivial."""
    return (x - 1) * (1 + np.cos(3 * k)) + 4 * np.sin(k)


@pytest.mark.parametrize("name", RULES)
def test_rule_follows_its_recurrence(name):
    rule, by_hand = RULES[name]
    x = np.array([2.0, -1.0, 0.5])
    state = rule.init(x)
    numbers, memories = list(map(float, x)), [{} for _ in x]
    for k in range(STEPS):
        step, state = rule.update(loss_gradient(x, k), state, x)
        x = x + step
        numbers = [
            by_hand(loss_gradient(a, k), a, memory)
            for a, memory in zip(numbers, memories, strict=True)
        ]
        assert np.allclose(x, numbers, rtol=1e-13, atol=1e-14)
    assert state.t == STEPS


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray


def tree(W, b, c):
    return {"layers": [Layer(W, b), (c,)], "scale": c[0], "none": None}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_trees_are_treated_leaf_by_leaf(name, dtype):
    rule, _ = RULES[name]
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in ((2, 3), (3,), (1,))]
    params = tree(*arrays)
    before = [a.copy() for a in arrays]
    state, singles = rule.init(params), [rule.init(a) for a in arrays]
    for _ in range(3):
        grads = [rng.normal(size=a.shape).astype(dtype) for a in arrays]
        kept = [g.copy() for g in grads]
        step, state = rule.update(tree(*grads), state, params)
        assert type(step["layers"][0]) is Layer
        assert type(step["layers"][1]) is tuple
        assert step["none"] is None
        found = [step["layers"][0].W, step["layers"][0].b, step["layers"][1][0]]
        for i, (g, x, s) in enumerate(zip(grads, arrays, found, strict=True)):
            alone, singles[i] = rule.update(g, singles[i], x)
            assert np.array_equal(s, alone)
            assert s.dtype == dtype
            assert s.shape == x.shape
        assert all(np.array_equal(g, k) for g, k in zip(grads, kept, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    new = apply_step(params, step)
    assert np.array_equal(new["layers"][0].W, arrays[0] + step["layers"][0].W)
    assert new["layers"][1][0].dtype == dtype


@pytest.mark.parametrize("name", RULES)
def test_update_has_no_hidden_state(name):
    rule, _ = RULES[name]
    x, g = np.ones(2), np.array([1.0, -2.0])
    _, state = rule.update(g, rule.init(x), x)
    first, _ = rule.update(3 * g, state, x)
    again, _ = rule.update(3 * g, state, x)
    assert np.array_equal(first, again)


def test_schedules_see_the_step_count_from_one():
    seen = []
    rule = sgd(lambda t: seen.append(t) or 1 / t)
    x, state = np.ones(1), rule.init(np.ones(1))
    steps = []
    for _ in range(3):
        step, state = rule.update(x, state, x)
        steps.append(float(step[0]))
    assert seen == [1, 2, 3]
    assert steps == [-1, -1 / 2, -1 / 3]


def test_first_adam_step_has_the_size_of_the_learning_rate():
    x = np.zeros(3)
    g = np.array([1e-6, -1.0, 1e6])
    step, _ = adam(0.01, eps=0.0).update(g, adam().init(x), x)
    assert np.allclose(step, [-0.01, 0.01, -0.01], rtol=1e-12)


@pytest.mark.parametrize("make", [adagrad, rmsprop, adam, adamw, amsgrad])
def test_no_gradient_no_step_even_without_eps(make):
    rule = make(0.1, eps=0.0)
    x = np.zeros(2)
    step, _ = rule.update(np.array([0.0, 1.0]), rule.init(x), x)
    assert step[0] == 0
    assert step[1] < 0


def online_counterexample(rule, steps, C=4.0):
    """Reddi, Kale and Kumar (2018), section 3: losses C x, -x, -x, C x, … on [-1, 1].

    The average gradient is positive, so the best point is -1.
    """
    x = np.array(0.5)
    state = rule.init(x)
    for t in range(1, steps + 1):
        g = np.array(C if t % 3 == 1 else -1.0)
        step, state = rule.update(g, state, x)
        x = np.clip(x + step, -1, 1)
    return float(x)


def test_adam_drifts_to_the_worst_point_and_amsgrad_to_the_best():
    C = 4.0
    settings = {"lr": lambda t: 0.5 / np.sqrt(t), "beta1": 0.0, "beta2": 1 / (1 + C**2), "eps": 0.0}
    assert online_counterexample(adam(**settings), 6000, C) == pytest.approx(1.0, abs=0.02)
    assert online_counterexample(amsgrad(**settings), 6000, C) == pytest.approx(-1.0, abs=0.02)


@pytest.mark.parametrize("name", [n for n in RULES if n not in ("adagrad", "adamw")])
def test_rules_train_a_linear_regression(name):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(50, 3))
    w_true = np.array([1.0, -2.0, 0.5])
    y = X @ w_true
    rule, _ = RULES[name]
    w = np.zeros(3)
    state = rule.init(w)
    for _ in range(400):
        step, state = rule.update(X.T @ (X @ w - y) / 50, state, w)
        w = w + step
    # The normalized steps of RMSProp and Adam end in small cycles at a constant rate.
    assert np.allclose(w, w_true, atol={"rmsprop": 0.1, "adam": 0.02}.get(name, 1e-3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: momentum(0.1, 1.0), r"beta must lie in \[0, 1\), got 1"),
        (lambda: rmsprop(0.1, -0.1), "beta must lie"),
        (lambda: adam(beta1=1.5), "beta1 must lie"),
        (lambda: adamw(beta2=np.nan), "beta2 must lie"),
        (lambda: adagrad(eps=-1.0), "eps must be finite and at least 0, got -1"),
        (lambda: amsgrad(eps=np.inf), "eps must be finite"),
        (lambda: adamw(weight_decay=-0.1), "weight_decay must be finite and at least 0"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("lr", [0.0, -1.0, np.nan, np.inf, lambda t: -1.0])
def test_bad_learning_rates_are_refused(lr):
    rule, x = sgd(lr), np.ones(1)
    with pytest.raises(ValueError, match=r"lr must be positive and finite, got .* at step 1"):
        rule.update(x, rule.init(x), x)


def test_bad_parameters_are_refused():
    with pytest.raises(TypeError, match=r"floating-point.*dtype int.*astype"):
        sgd().init({"a": np.arange(3)})


W = np.ones(2)


@pytest.mark.parametrize(
    ("params", "grads", "message"),
    [
        (W, np.ones(3), r"shapes of params, got \(3,\) for \(2,\)"),
        (W, np.array([1.0, np.nan]), "adam: a gradient .* not finite at step 1"),
        (
            {"a": W},
            {"b": W},
            r"dict with keys \['b'\], but params is a dict with keys \['a'\]",
        ),
        ({"a": [W, W]}, {"a": W}, r"grads\['a'\] is an array, but params\['a'\] is a list of 2"),
        ([W, W], [W], "structure of params; grads is a list of 1, but params is a list of 2"),
        ((W,), [W], "grads is a list of 1, but params is a tuple of 1"),
        (W, [W], "grads is a list of 1, but params is an array"),
        ([W, None], [W, W], r"grads\[1\] is an array, but params\[1\] is None"),
        ([W], [None], r"grads\[0\] is None, but params\[0\] is an array"),
    ],
)
def test_gradients_that_do_not_fit_are_refused(params, grads, message):
    rule = adam()
    with pytest.raises(ValueError, match=message):
        rule.update(grads, rule.init(params), params)


def test_dicts_may_come_in_another_order():
    params = {"a": np.zeros(2), "b": np.zeros(2)}
    step, _ = sgd(1.0).update({"b": np.ones(2), "a": 2 * W}, sgd().init(params), params)
    assert step["a"][0] == -2
    assert step["b"][0] == -1


def test_state_holds_one_tree_a_running_average():
    x = {"w": np.ones(1000)}
    for rule, slots in ((sgd(), 0), (momentum(), 1), (adam(), 2), (amsgrad(), 3)):
        _, state = rule.update(x, rule.init(x), x)
        assert len(state.slots) == slots
        assert all(slot["w"].shape == (1000,) for slot in state.slots)
