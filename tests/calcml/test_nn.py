"""Networks: agreement with scikit-learn, gradients, starts, causality of attention."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import log_softmax as scipy_log_softmax
from scipy.special import logsumexp, ndtr
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import LabelBinarizer

from calcml.check import check_grads
from calcml.diff import grad, value_and_grad
from calcml.nn import (
    attention_weights,
    block,
    causal_self_attention,
    cross_entropy,
    embedding,
    fit,
    gelu,
    init_mlp,
    init_transformer,
    layer_norm,
    log_softmax,
    mlp,
    relu,
    transformer,
)
from calcml.stochastic import adam, sgd

RNG = np.random.default_rng


# -- losses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-1, 0, 1])
def test_log_softmax_agrees_with_scipy_and_does_not_overflow(axis):
    z = RNG(0).normal(size=(4, 3, 5)) * 300
    np.testing.assert_allclose(log_softmax(z, axis=axis), scipy_log_softmax(z, axis=axis))
    np.testing.assert_allclose(np.exp(log_softmax(z + 1e4)).sum(axis=-1), 1.0)
    check_grads(lambda t: log_softmax(t, axis=axis) ** 2, (z[:2, :2, :2] / 300,))


def test_cross_entropy_and_its_gradient_by_the_formula():
    z, y = RNG(1).normal(size=(6, 4)), np.array([0, 3, 1, 1, 2, 0])
    assert cross_entropy(z, y) == pytest.approx(np.mean(logsumexp(z, axis=1) - z[range(6), y]))
    one_hot = np.eye(4)[y]
    p = np.exp(scipy_log_softmax(z, axis=1))
    np.testing.assert_allclose(grad(cross_entropy)(z, y), (p - one_hot) / 6, atol=1e-15)
    assert cross_entropy(z, one_hot) == pytest.approx(cross_entropy(z, y))
    soft = RNG(2).dirichlet(np.ones(4), size=6)
    expected = -np.mean(np.sum(soft * scipy_log_softmax(z, axis=1), axis=1))
    assert cross_entropy(z, soft) == pytest.approx(expected)
    np.testing.assert_allclose(grad(cross_entropy)(z, soft), (p - soft) / 6, atol=1e-15)
    many = cross_entropy(z.reshape(2, 3, 4), soft.reshape(2, 3, 4))
    assert many == pytest.approx(expected)
    batch = cross_entropy(z.reshape(2, 3, 4), y.reshape(2, 3))
    assert batch == pytest.approx(cross_entropy(z, y))
    assert cross_entropy(z.astype(np.float32), y).dtype == np.float32
    assert cross_entropy(np.array([1000.0, 0.0]), 0) == 0.0  # one example; nothing overflows
    assert cross_entropy(np.array([1000.0, 0.0]), 1) == 1000.0


def test_cross_entropy_refuses_what_does_not_match():
    z = np.zeros((3, 4))
    with pytest.raises(ValueError, match=r"labels must lie in 0..3, got 0..4"):
        cross_entropy(z, np.array([0, 4, 1]))
    with pytest.raises(ValueError, match=r"labels must lie in 0..3, got -1..1"):
        cross_entropy(z, np.array([0, -1, 1]))
    with pytest.raises(ValueError, match=r"got \(3, 4\) and \(2,\)"):
        cross_entropy(z, np.array([0, 1]))
    with pytest.raises(ValueError, match="at least one example"):
        cross_entropy(np.zeros((0, 4)), np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="class numbers must be integers"):
        cross_entropy(z, np.array([0.0, 1.0, 2.0]))
    with pytest.raises(ValueError, match="probabilities must be floats"):
        cross_entropy(z, np.zeros((3, 4), dtype=int))


# -- multilayer perceptron -------------------------------------------------------------------------


def test_mlp_by_hand():
    W1, b1 = np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([0.5, 0.0])
    W2, b2 = np.array([[3.0], [4.0]]), np.array([-1.0])
    x = np.array([1.0, 2.0])  # x W1 + b1 = (5.5, 0), relu -> (5.5, 0)
    assert mlp([(W1, b1), (W2, b2)], x) == pytest.approx(15.5)
    hidden = np.tanh(x @ W1 + b1)
    assert mlp([(W1, b1), (W2, b2)], x, activation=np.tanh) == pytest.approx(hidden @ W2 + b2)
    assert mlp([(W1, b1)], x) == pytest.approx([5.5, 0.0])  # one layer is linear
    np.testing.assert_array_equal(relu(np.array([-1.0, 0.0, 2.0])), [0.0, 0.0, 2.0])
    assert grad(relu)(0.0) == 0.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_initial_parameters(dtype):
    params = init_mlp([400, 300, 200], rng=RNG(0), dtype=dtype)
    assert [(W.shape, b.shape) for W, b in params] == [((400, 300), (300,)), ((300, 200), (200,))]
    assert all(W.dtype == b.dtype == dtype for W, b in params)
    for W, b in params:
        assert W.var() == pytest.approx(2 / len(W), rel=0.02)
        assert not b.any()
    h = RNG(1).normal(size=(500, 400)).astype(dtype)
    out = mlp([*params, (np.eye(200, dtype=dtype), np.zeros(200, dtype=dtype))], h)
    assert np.mean(out**2) == pytest.approx(1.0, rel=0.2)  # He keeps the mean square
    assert out.dtype == dtype
    linear = init_mlp([500, 400], rng=RNG(0), gain=1.0)
    assert linear[0][0].var() == pytest.approx(1 / 500, rel=0.02)


def test_the_loss_starts_at_log_ten():
    X, y = load_digits(return_X_y=True)
    params = init_mlp([64, 32, 10], rng=RNG(0), zero_last=True)
    assert cross_entropy(mlp(params, X / 16), y) == pytest.approx(math.log(10), abs=1e-14)


@pytest.mark.parametrize(("activation", "name"), [(relu, "relu"), (np.tanh, "tanh")])
def test_loss_and_gradient_equal_those_of_scikit_learn(activation, name):
    X, y = load_digits(return_X_y=True)
    X, y = X[:200] / 16, y[:200]
    alpha = 0.3
    net = MLPClassifier((12, 7), activation=name, alpha=alpha, random_state=0, max_iter=1)
    net.partial_fit(X, y, classes=np.arange(10))
    params = list(zip(net.coefs_, net.intercepts_, strict=True))

    def loss(p):
        penalty = sum(np.sum(W**2) for W, _ in p)
        return cross_entropy(mlp(p, X, activation=activation), y) + alpha / 2 * penalty / len(X)

    widths = [64, 12, 7, 10]
    activations = [X] + [np.empty((200, w)) for w in widths[1:]]
    coefs = [np.empty_like(W) for W in net.coefs_]
    intercepts = [np.empty_like(b) for b in net.intercepts_]
    deltas = [np.empty_like(a) for a in activations[1:]]
    one_hot = LabelBinarizer().fit(np.arange(10)).transform(y).astype(float)
    weights = {"sample_weight": None} if "sample_weight" in _parameters(net._backprop) else {}
    value, coefs, intercepts = net._backprop(
        X, one_hot, activations=activations, deltas=deltas, coef_grads=coefs,
        intercept_grads=intercepts, **weights,
    )  # fmt: skip
    ours, grads = value_and_grad(loss)(params)
    assert ours == pytest.approx(value, rel=1e-12)
    for (W, b), V, c in zip(grads, coefs, intercepts, strict=True):
        np.testing.assert_allclose(W, V, atol=1e-13)
        np.testing.assert_allclose(b, c, atol=1e-13)


def _parameters(function):
    import inspect

    return inspect.signature(function).parameters


def test_mlp_gradients_to_second_order():
    params = init_mlp([3, 4, 2], rng=RNG(0))
    X, y = RNG(1).normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
    flat = [a for layer in params for a in layer]

    def loss(W1, b1, W2, b2):
        return cross_entropy(mlp([(W1, b1), (W2, b2)], X, activation=np.tanh), y)

    check_grads(loss, tuple(flat))


def test_bad_networks_are_refused():
    with pytest.raises(ValueError, match="at least two positive widths"):
        init_mlp([3], rng=RNG(0))
    with pytest.raises(ValueError, match=r"at least two positive widths.*\[3, 0\]"):
        init_mlp([3, 0], rng=RNG(0))
    with pytest.raises(ValueError, match=r"X must have 3 columns.*got \(5, 2\)"):
        mlp(init_mlp([3, 2], rng=RNG(0)), np.zeros((5, 2)))
    with pytest.raises(ValueError, match="X must have 3 columns"):
        mlp(init_mlp([3, 2], rng=RNG(0)), 1.0)


# -- training --------------------------------------------------------------------------------------


def test_fit_learns_digits():
    X, y = load_digits(return_X_y=True)
    X, order = X / 16, RNG(0).permutation(len(y))
    train, test = order[:1400], order[1400:]
    start = init_mlp([64, 32, 10], rng=RNG(1), zero_last=True)
    seen = []
    params, losses = fit(
        lambda p, X, y: cross_entropy(mlp(p, X), y),
        start, X[train], y[train],
        rng=RNG(2), rule=adam(lr=5e-3), epochs=12, batch_size=64,
        callback=lambda epoch, p: seen.append(epoch),
    )  # fmt: skip
    assert len(losses) == 12 * math.ceil(1400 / 64)
    assert losses[0] == pytest.approx(math.log(10))
    assert losses[-20:].mean() < 0.2
    assert seen == list(range(12))
    accuracy = np.mean(np.argmax(mlp(params, X[test]), axis=1) == y[test])
    assert accuracy > 0.93
    assert not start[-1][0].any()  # the start is not changed


def test_fit_takes_the_steps_of_its_rule_and_visits_every_example_once():
    X = np.arange(10.0)
    visited = []

    def loss(w, X, y):
        visited.append(X)
        return np.mean(w * X)  # gradient mean(X): the sum of steps tells what was visited

    w, losses = fit(loss, np.array(0.0), X, X, rng=RNG(0), rule=sgd(0.1), epochs=2, batch_size=4)
    assert len(losses) == 6
    np.testing.assert_array_equal(np.sort(np.concatenate(visited[:3])), X)
    assert not np.array_equal(np.concatenate(visited[:3]), np.concatenate(visited[3:]))
    assert w == pytest.approx(-0.1 * sum(v.mean() for v in visited))


def test_fit_refuses_and_reports():
    loss = lambda w, X, y: np.mean((X * w - y) ** 2)  # noqa: E731
    for X, y, options in (
        (np.ones(3), np.ones(2), {}),
        (np.ones(0), np.ones(0), {}),
        (np.ones(3), np.ones(3), {"epochs": 0}),
        (np.ones(3), np.ones(3), {"batch_size": 0}),
    ):
        with pytest.raises(ValueError, match="X and y must hold equally many examples"):
            fit(loss, np.array(0.0), X, y, rng=RNG(0), **options)
    with pytest.raises(ArithmeticError, match="the loss is inf at step 0; lower the learning"):
        fit(lambda w, X, y: np.sum(w) + np.inf, np.zeros(2), np.ones(3), np.ones(3), rng=RNG(0))


# -- transformer -----------------------------------------------------------------------------------


def test_gelu_is_near_the_exact_one():
    x = np.linspace(-8, 8, 2001)
    gap = np.abs(gelu(x) - x * ndtr(x))
    assert 4e-4 < gap.max() < 5e-4
    check_grads(gelu, (np.array([-1.3, 0.0, 0.4]),))


def test_layer_norm_by_its_formula():
    x, gain, bias = RNG(0).normal(size=(2, 3, 5)) * 7 + 4, RNG(1).normal(size=5), np.arange(5.0)
    expected = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.1)
    np.testing.assert_allclose(layer_norm(x, gain, bias, eps=0.1), gain * expected + bias)
    check_grads(lambda x, g, b: layer_norm(x, g, b), (x[0, :2], gain, bias))
    constant = layer_norm(np.full(3, 2.0), np.ones(3), np.zeros(3))
    np.testing.assert_array_equal(constant, 0)


def attention_parameters(d, seed=0):
    rng = RNG(seed)
    return {k: rng.normal(size=(d, d)) / math.sqrt(d) for k in ("query", "key", "value", "out")}


def test_attention_against_loops():
    """Every head, place and earlier place written out."""
    b, t, d, heads = 2, 5, 6, 3
    params, x = attention_parameters(d), RNG(3).normal(size=(b, t, d))
    out = np.zeros((b, t, d))
    size = d // heads
    for n in range(b):
        for h in range(heads):
            columns = slice(h * size, (h + 1) * size)
            q, k, v = (x[n] @ params[name][:, columns] for name in ("query", "key", "value"))
            for i in range(t):
                scores = np.array([q[i] @ k[j] / math.sqrt(size) for j in range(i + 1)])
                a = np.exp(scores - scores.max())
                out[n, i, columns] = (a / a.sum()) @ v[: i + 1]
    np.testing.assert_allclose(causal_self_attention(params, x, heads), out @ params["out"])


def test_attention_weights_are_causal_distributions():
    weights, values = attention_weights(attention_parameters(4), RNG(0).normal(size=(2, 6, 4)), 2)
    assert weights.shape == (2, 2, 6, 6)
    assert values.shape == (2, 2, 6, 2)
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    assert np.all(np.triu(weights, 1) == 0)
    assert np.all(weights[..., 0, 0] == 1)


def test_attention_gradients_to_second_order():
    params, x = attention_parameters(2), RNG(0).normal(size=(1, 3, 2))
    names = list(params)

    def f(x, *matrices):
        return causal_self_attention(dict(zip(names, matrices, strict=True)), x, 1)

    check_grads(f, (x, *params.values()))


def test_block_adds_attention_then_mlp():
    params = init_transformer(5, 4, 6, 1, rng=RNG(0))["blocks"][0]
    params["norm1"] = (RNG(1).normal(size=6), RNG(2).normal(size=6))
    params["norm2"] = (RNG(3).normal(size=6), RNG(4).normal(size=6))
    (W1, b1), (W2, b2) = params["mlp"]
    b1, b2 = RNG(5).normal(size=b1.shape), RNG(6).normal(size=b2.shape)
    params["mlp"] = [(W1, b1), (W2, b2)]
    x = RNG(7).normal(size=(2, 4, 6))
    middle = x + causal_self_attention(params["attention"], layer_norm(x, *params["norm1"]), 2)
    inner = gelu(layer_norm(middle, *params["norm2"]) @ W1 + b1)
    np.testing.assert_allclose(block(params, x, 2), middle + inner @ W2 + b2)


def test_embedding_adds_token_and_place():
    table, places = RNG(0).normal(size=(7, 3)), RNG(1).normal(size=(5, 3))
    tokens = np.array([[6, 0, 6], [1, 2, 3]])
    got = embedding(table, places, tokens)
    np.testing.assert_allclose(got[0, 2], table[6] + places[2])
    np.testing.assert_allclose(got[1, 0], table[1] + places[0])
    np.testing.assert_allclose(embedding(table, places, tokens[1]), got[1])  # one text
    check_grads(lambda t, p: embedding(t, p, tokens), (table, places))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_transformer_starts_at_log_vocabulary_and_is_causal(dtype):
    params = init_transformer(11, 8, 12, 2, rng=RNG(0), dtype=dtype)
    tokens = RNG(1).integers(11, size=(3, 8))
    logits = transformer(params, tokens, 3)
    assert logits.shape == (3, 8, 11)
    assert logits.dtype == dtype
    assert cross_entropy(logits[:, :-1], tokens[:, 1:]) == pytest.approx(math.log(11), rel=1e-6)
    params["head"] = RNG(2).normal(size=(12, 11)).astype(dtype)
    before = transformer(params, tokens, 3)
    changed = tokens.copy()
    changed[:, 5] = (changed[:, 5] + 1) % 11
    after = transformer(params, changed, 3)
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert np.all(np.any(before[:, 5:] != after[:, 5:], axis=-1))


def test_transformer_initial_scales():
    params = init_transformer(50, 40, 64, 8, rng=RNG(0))
    layer = params["blocks"][3]
    assert params["tokens"].std() == pytest.approx(0.02, rel=0.05)
    assert layer["attention"]["query"].std() == pytest.approx(0.02, rel=0.05)
    assert layer["attention"]["out"].std() == pytest.approx(0.02 / 4, rel=0.05)
    assert layer["mlp"][1][0].std() == pytest.approx(0.02 / 4, rel=0.05)
    assert layer["mlp"][0][0].shape == (64, 256)


def test_transformer_learns_a_cycle():
    """The next token is the last plus one: attention is not needed, the whole path is."""
    text = (np.arange(40)[:, None] + np.arange(7)) % 5
    params = init_transformer(5, 6, 8, 1, rng=RNG(0))
    params, losses = fit(
        lambda p, X, y: cross_entropy(transformer(p, X, 2), y),
        params, text[:, :-1], text[:, 1:], rng=RNG(1), rule=adam(lr=2e-2), epochs=15, batch_size=20,
    )  # fmt: skip
    assert losses[0] == pytest.approx(math.log(5))
    assert losses[-1] < 0.2


def test_transformer_gradient_against_differences():
    params = init_transformer(4, 3, 4, 1, rng=RNG(0))
    params["head"] = RNG(1).normal(size=(4, 4))
    tokens, targets = np.array([[0, 3, 2]]), np.array([[3, 2, 1]])
    g = grad(lambda p: cross_entropy(transformer(p, tokens, 2), targets))(params)
    for get in (
        lambda p: p["tokens"],
        lambda p: p["positions"],
        lambda p: p["blocks"][0]["attention"]["key"],
        lambda p: p["blocks"][0]["mlp"][0][0],
        lambda p: p["blocks"][0]["norm1"][0],
        lambda p: p["norm"][1],
    ):
        array, h = get(params), 1e-6
        difference = np.empty_like(array)
        for i in range(array.size):
            old = array.flat[i]
            sides = []
            for value in (old + h, old - h):
                array.flat[i] = value
                sides.append(cross_entropy(transformer(params, tokens, 2), targets))
            array.flat[i] = old
            difference.flat[i] = (sides[0] - sides[1]) / (2 * h)
        np.testing.assert_allclose(get(g), difference, atol=1e-9)


def test_bad_transformers_are_refused():
    with pytest.raises(ValueError, match="heads must divide the width 4, got 3"):
        causal_self_attention(attention_parameters(4), np.zeros((1, 2, 4)), 3)
    with pytest.raises(ValueError, match=r"tokens must be integers in 0..6"):
        embedding(np.zeros((7, 3)), np.zeros((5, 3)), np.array([[7]]))
    with pytest.raises(ValueError, match=r"tokens must be integers in 0..6"):
        embedding(np.zeros((7, 3)), np.zeros((5, 3)), np.array([[0.5]]))
    with pytest.raises(ValueError, match="tokens have length 6, but there are 5 positions"):
        embedding(np.zeros((7, 3)), np.zeros((5, 3)), np.zeros((1, 6), dtype=int))
    with pytest.raises(ValueError, match="sizes must be >= 1"):
        init_transformer(5, 0, 4, 1, rng=RNG(0))
