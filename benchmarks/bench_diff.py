"""Differentiation beside NumPy by hand, HIPS/autograd, and PyTorch and micrograd if installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from measure import Row, interleaved

from calcml.diff import grad, hessian, hvp, jvp, taylor, value_and_grad

Array = Any
BATCH, SIZES = 128, (784, 128, 10)


class Network:
    """A classifier 784-128-10 with tanh, and by hand what the library finds by itself."""

    def __init__(self, dtype: type) -> None:
        rng = np.random.default_rng(0)
        n, h, k = SIZES
        self.X = rng.normal(size=(BATCH, n)).astype(dtype)
        self.Y = np.eye(k, dtype=dtype)[rng.integers(0, k, BATCH)]
        self.params = [
            ((rng.normal(size=(n, h)) / n**0.5).astype(dtype), np.zeros(h, dtype)),
            ((rng.normal(size=(h, k)) / h**0.5).astype(dtype), np.zeros(k, dtype)),
        ]
        self.direction = [
            (rng.normal(size=W.shape).astype(dtype), rng.normal(size=b.shape).astype(dtype))
            for W, b in self.params
        ]

    def loss(self, params: Any, np: Any = np) -> Any:
        """Mean cross-entropy, with ``np`` the namespace of the library that differentiates it."""
        (W1, b1), (W2, b2) = params
        z = np.tanh(self.X @ W1 + b1) @ W2 + b2
        top = np.max(z, axis=1, keepdims=True)
        log_norm = top + np.log(np.sum(np.exp(z - top), axis=1, keepdims=True))
        return np.sum((log_norm - z) * self.Y) / BATCH

    def backpropagation(self) -> tuple[Array, Any]:
        """The loss and its gradient, written by hand."""
        (W1, b1), (W2, b2) = self.params
        h = np.tanh(self.X @ W1 + b1)
        z = h @ W2 + b2
        top = z.max(axis=1, keepdims=True)
        e = np.exp(z - top)
        norm = e.sum(axis=1, keepdims=True)
        loss = np.sum((top + np.log(norm) - z) * self.Y) / BATCH
        dz = (e / norm - self.Y) / BATCH
        da = (dz @ W2.T) * (1 - h * h)
        return loss, [(self.X.T @ da, da.sum(axis=0)), (h.T @ dz, dz.sum(axis=0))]

    def r_operator(self) -> Any:
        """The Hessian times the direction, written by hand (Pearlmutter, 1994)."""
        (W1, b1), (W2, b2) = self.params
        (V1, c1), (V2, c2) = self.direction
        h = np.tanh(self.X @ W1 + b1)
        slope = 1 - h * h
        rh = slope * (self.X @ V1 + c1)
        z = h @ W2 + b2
        rz = rh @ W2 + h @ V2 + c2
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        dz = (p - self.Y) / BATCH
        rdz = p * (rz - np.sum(p * rz, axis=1, keepdims=True)) / BATCH
        rda = (rdz @ W2.T + dz @ V2.T) * slope - 2 * (dz @ W2.T) * h * rh
        return [
            (self.X.T @ rda, rda.sum(axis=0)),
            (rh.T @ dz + h.T @ rdz, rdz.sum(axis=0)),
        ]


def _assert_equal(mine: Any, theirs: Any, dtype: type) -> None:
    for a, b in zip(mine, theirs, strict=True):
        for x, y in zip(a, b, strict=True):
            scale = np.max(np.abs(y))
            assert np.max(np.abs(x - y)) < 1e4 * np.finfo(dtype).eps * scale


def network_rows() -> Iterator[Row]:
    """Gradient and Hessian-vector product of the network, in double and single precision."""
    for dtype, gradient_limit, product_limit in ((np.float64, 1.15, 1.6), (np.float32, 1.25, 1.8)):
        net = Network(dtype)
        mine = value_and_grad(net.loss)
        theirs = autograd.value_and_grad(lambda p, net=net: net.loss(p, anp))
        _assert_equal(mine(net.params)[1], net.backpropagation()[1], dtype)
        functions: dict[str, Callable[[], object]] = {
            "calcml": lambda mine=mine, net=net: mine(net.params),
            "NumPy by hand": net.backpropagation,
            "HIPS/autograd": lambda theirs=theirs, net=net: theirs(net.params),
        }
        if find_spec("torch"):
            functions["PyTorch"] = _torch_gradient(net)
        times = interleaved(functions, seconds=4.0)
        work = f"gradient of MLP 784-128-10, {np.dtype(dtype).name}"
        yield Row(work, times["calcml"], "NumPy by hand", times["NumPy by hand"], gradient_limit)
        for peer in list(times)[2:]:
            yield Row(work, times["calcml"], peer, times[peer], 1.0)

        _assert_equal(hvp(net.loss, net.params, net.direction), net.r_operator(), dtype)
        times = interleaved(
            {
                "calcml": lambda net=net: hvp(net.loss, net.params, net.direction),
                "NumPy by hand": net.r_operator,
            },
            seconds=4.0,
        )
        work = f"Hessian-vector product of it, {np.dtype(dtype).name}"
        yield Row(work, times["calcml"], "NumPy by hand", times["NumPy by hand"], product_limit)


def _torch_gradient(net: Network) -> Callable[[], object]:
    import torch

    torch.set_num_threads(1)
    X, Y = torch.from_numpy(net.X), torch.from_numpy(net.Y)
    params = [torch.from_numpy(p.copy()).requires_grad_() for pair in net.params for p in pair]

    def gradient() -> object:
        W1, b1, W2, b2 = params
        z = torch.tanh(X @ W1 + b1) @ W2 + b2
        loss = -torch.sum(torch.log_softmax(z, dim=1) * Y) / BATCH
        return torch.autograd.grad(loss, params)

    return gradient


def sines(x: Any, np: Any) -> Any:
    """A chain of 1,000 functions."""
    for _ in range(1000):
        x = np.sin(x)
    return x


def arithmetic(x: Any, np: Any) -> Any:
    """A chain of 1,000 operations."""
    for _ in range(500):
        x = x * 1.0001 + 0.1
    return x


def mixture(x: Any, np: Any) -> Any:
    """1,000 functions and operations with forks."""
    for _ in range(250):
        x = np.sin(x) * 0.5 + np.exp(-x)
    return x


def chain_rows() -> Iterator[Row]:
    """The overhead of one scalar operation."""
    n = {sines: 1000, arithmetic: 1000, mixture: 1250}
    for chain, operations in n.items():
        mine = grad(lambda x, chain=chain: chain(x, np))
        theirs = autograd.grad(lambda x, chain=chain: chain(x, anp))
        assert abs(mine(0.3) - theirs(0.3)) < 1e-12 * (1 + abs(theirs(0.3)))
        functions: dict[str, Callable[[], object]] = {
            "calcml": lambda mine=mine: mine(0.3),
            "HIPS/autograd": lambda theirs=theirs: theirs(0.3),
        }
        if find_spec("micrograd") and chain is arithmetic:
            functions["micrograd"] = _micrograd_chain
        times = interleaved(functions, rounds=30)
        work = f"one operation in a chain: {chain.__name__}"
        for peer in list(times)[1:]:
            limit = 0.4 if peer == "HIPS/autograd" else None
            yield Row(work, times["calcml"] / operations, peer, times[peer] / operations, limit)


def _micrograd_chain() -> object:
    from micrograd.engine import Value

    x = Value(0.3)
    arithmetic(x, None).backward()
    return x.grad


def rosenbrock(x: Any, np: Any) -> Any:
    """The chained valley of Rosenbrock (1960)."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def hessian_rows() -> Iterator[Row]:
    """A Hessian of moderate size."""
    x = np.linspace(-1.0, 1.0, 50)
    mine = hessian(lambda x: rosenbrock(x, np))
    theirs = autograd.hessian(lambda x: rosenbrock(x, anp))
    assert np.allclose(mine(x), theirs(x), rtol=1e-12)
    times = interleaved({"calcml": lambda: mine(x), "HIPS/autograd": lambda: theirs(x)}, rounds=30)
    work = "Hessian of Rosenbrock's function, n = 50"
    yield Row(work, times["calcml"], "HIPS/autograd", times["HIPS/autograd"], 0.33)


def growth_rows() -> Iterator[Row]:
    """A hundred times as many arrays, beside a hundred times the time: both modes, and series."""
    few, many = 100, 10_000
    modes: dict[str, Callable[[Callable[[Any], Any], Array], object]] = {
        "reverse": lambda f, x: grad(f)(x),
        "forward": lambda f, x: jvp(f, (x,), (x,)),
        "series": lambda f, x: taylor(lambda t: f(t * x), 1.0, 2),
    }
    for function in (np.stack, np.concatenate):
        join = lambda x, function=function: np.sum(function(list(x[:, None])) ** 2)  # noqa: E731
        for mode, derive in modes.items():
            times = interleaved(
                {
                    str(n): lambda n=n, derive=derive, join=join: derive(join, np.ones(n))
                    for n in (few, many)
                },
                rounds=5,
            )
            work = f"np.{function.__name__} of {many:,} arrays, {mode}"
            yield Row(work, times[str(many)], "100 times that of 100", 100 * times[str(few)], 1.5)


def rows() -> Iterator[Row]:
    """All lines of the table."""
    yield from network_rows()
    yield from chain_rows()
    yield from hessian_rows()
    yield from growth_rows()
