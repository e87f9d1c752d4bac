"""Training by minibatches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calcml.diff import value_and_grad
from calcml.stochastic import GradientTransformation, adam, apply_step


def fit(
    loss: Callable[[Any, Any, Any], Any],
    params: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    rng: np.random.Generator,
    rule: GradientTransformation | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    callback: Callable[[int, Any], None] | None = None,
) -> tuple[Any, NDArray[Any]]:
    r"""Minimize a mean loss over examples by a stochastic rule.

    Each epoch visits the examples once in a random order, ``batch_size`` at a time, and after each
    batch adds the step of ``rule`` for the gradient :math:`\nabla_\theta L(\theta, X_B, y_B)`.

    Parameters
    ----------
    loss : callable
        ``loss(params, X, y)``: the mean loss of a batch, in plain NumPy.
    params : tree of arrays
        Start; not changed.
    X, y : array_like
        Examples along the first axis, equally many.
    rng : numpy.random.Generator
        Decides the order of the examples.
    rule : GradientTransformation
        From `calcml.stochastic`; ``adam(lr=1e-3)`` by default.
    epochs, batch_size : int
        At least 1; the last batch of an epoch may be smaller.
    callback : callable, optional
        ``callback(epoch, params)`` after each epoch.

    Returns
    -------
    params : tree of arrays
    losses : ndarray, shape (steps,)
        Loss of each batch before its step.

    Raises
    ------
    ValueError
        If ``X`` and ``y`` differ in length, are empty, or a count is below 1.
    ArithmeticError
        If the loss stops being finite.

    Notes
    -----
    Cost: one evaluation and one gradient of ``loss`` a step.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(64, 2))
    >>> loss = lambda w, X, y: np.mean((X @ w - y) ** 2)
    >>> from calcml.stochastic import sgd
    >>> w, _ = fit(loss, np.zeros(2), X, X @ [1.0, -2.0], rng=rng, rule=sgd(0.1), epochs=50,
    ...            batch_size=16)
    >>> np.round(w, 6)
    array([ 1., -2.])
    """
    inputs, labels = np.asarray(X), np.asarray(y)
    n = len(inputs)
    if n == 0 or len(labels) != n or epochs < 1 or batch_size < 1:
        raise ValueError(
            "X and y must hold equally many examples, at least one, and epochs and batch_size be at"
            f" least 1; got {n} and {len(labels)} examples, {epochs} and {batch_size}"
        )
    rule = adam(lr=1e-3) if rule is None else rule
    state = rule.init(params)
    both = value_and_grad(loss)
    losses: list[float] = []
    for epoch in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            batch = order[start : start + batch_size]
            value, grads = both(params, inputs[batch], labels[batch])
            if not np.isfinite(value):
                raise ArithmeticError(
                    f"the loss is {value} at step {len(losses)}; lower the learning rate or look"
                    " for a division by zero or a logarithm of zero in the loss"
                )
            losses.append(float(value))
            step, state = rule.update(grads, state, params)
            params = apply_step(params, step)
        if callback is not None:
            callback(epoch, params)
    return params, np.array(losses)
