"""The multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Layer = tuple[NDArray[Any], NDArray[Any]]


def relu(x: Any) -> Any:
    """Return ``max(x, 0)`` entry by entry; its derivative at 0 is taken as 0.

    Examples
    --------
    >>> relu(np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    return np.maximum(x, 0)


def init_mlp(
    sizes: Sequence[int],
    *,
    rng: np.random.Generator,
    gain: float = 2.0,
    zero_last: bool = False,
    dtype: DTypeLike = np.float64,
) -> list[Layer]:
    r"""Return random parameters of a multilayer perceptron.

    Weights are normal with variance ``gain / fan_in``, biases zero.  With ``gain = 2`` a layer of
    ReLUs keeps the mean square of its inputs (He initialization); 1 does so for a linear layer.

    Parameters
    ----------
    sizes : sequence of int
        Width of the input, of each hidden layer, and of the output: at least two.
    rng : numpy.random.Generator
        Source of randomness.
    gain : float
        Variance of a weight times the number of inputs of its layer.
    zero_last : bool
        Start the last layer at zero: then all classes are equally likely and the cross-entropy is
        exactly ``log k``.
    dtype : dtype
        Type of all parameters.

    Returns
    -------
    list of (W, b)
        ``W`` of shape (inputs, outputs) and ``b`` of shape (outputs,), one pair a layer.

    Raises
    ------
    ValueError
        For fewer than two sizes, a size below 1, or a negative gain.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, *Delving Deep into Rectifiers*, ICCV (2015), section 2.2.

    Examples
    --------
    >>> params = init_mlp([3, 5, 2], rng=np.random.default_rng(0))
    >>> [W.shape for W, b in params]
    [(3, 5), (5, 2)]
    """
    if len(sizes) < 2 or min(sizes) < 1 or gain < 0:
        raise ValueError(
            f"sizes must hold at least two positive widths and gain be >= 0, got {list(sizes)}"
            f" and {gain}"
        )
    params = []
    for fan_in, fan_out in pairwise(sizes):
        W = rng.normal(size=(fan_in, fan_out)) * np.sqrt(gain / fan_in)
        params.append((W.astype(dtype), np.zeros(fan_out, dtype=dtype)))
    if zero_last:
        W, b = params[-1]
        params[-1] = (np.zeros_like(W), b)
    return params


def mlp(params: Sequence[Any], X: Any, *, activation: Callable[[Any], Any] = relu) -> Any:
    r"""Return the scores of a multilayer perceptron.

    .. math:: h_0 = X, \qquad h_\ell = \phi(h_{\ell-1} W_\ell + b_\ell), \qquad
              \text{scores} = h_{L-1} W_L + b_L .

    Parameters
    ----------
    params : sequence of (W, b)
        As from `init_mlp`.
    X : array_like, shape (n, d)
        A batch of inputs, or one input of shape (d,).
    activation : callable
        :math:`\phi`, applied to every layer but the last.

    Returns
    -------
    ndarray, shape (n, k)
        Cost: one matrix product a layer.

    Raises
    ------
    ValueError
        If ``X`` does not have the width of the first layer.

    Examples
    --------
    >>> params = [(np.eye(2), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))]
    >>> mlp(params, np.array([[1.0, -2.0]]))  # the ReLU drops -2
    array([[1.]])
    """
    width = np.shape(params[0][0])[0]
    if np.ndim(X) == 0 or np.shape(X)[-1] != width:
        raise ValueError(f"X must have {width} columns, the inputs of W_1; got {np.shape(X)}")
    h = X
    for W, b in params[:-1]:
        h = activation(h @ W + b)  # (n, inputs) @ (inputs, outputs) -> (n, outputs)
    W, b = params[-1]
    return h @ W + b
