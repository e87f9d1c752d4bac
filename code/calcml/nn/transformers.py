r"""The pieces of a decoder-only transformer, each a plain NumPy function.

Shapes: batch ``b``, time ``t``, width ``d``, heads ``h``, vocabulary ``v``.  The layout is that of
GPT-2: layer norm before attention and before the MLP, both added to a residual stream.

References
----------
A. Vaswani et al., *Attention Is All You Need*, NeurIPS (2017); A. Radford et al., *Language Models
are Unsupervised Multitask Learners* (2019).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from calcml.nn.loss import log_softmax

_MASKED = -1e30  # finite, so that no derivative meets inf - inf; its exponential is exactly 0


def gelu(x: Any) -> Any:
    r"""Return the GELU in its tanh form.

    .. math:: \tfrac x2 \left(1 + \tanh\left[\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right]\right)

    It differs from :math:`x\,\Phi(x)` by less than 5e-4 everywhere (D. Hendrycks and K. Gimpel,
    *Gaussian Error Linear Units*, 2016, section 2).

    Examples
    --------
    >>> np.round(gelu(np.array([-1.0, 0.0, 1.0])), 4)
    array([-0.1588,  0.    ,  0.8412])
    """
    return 0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))


def layer_norm(x: Any, gain: Any, bias: Any, *, eps: float = 1e-5) -> Any:
    r"""Return ``x`` standardized over its last axis, scaled and shifted.

    .. math:: \mathrm{gain} \odot \frac{x - \bar x}{\sqrt{\mathrm{var}(x) + \epsilon}}
              + \mathrm{bias},

    with the variance divided by ``d`` (J. L. Ba, J. R. Kiros and G. E. Hinton, 2016, equation 4).

    Parameters
    ----------
    x : array_like, shape (..., d)
    gain, bias : array_like, shape (d,)
    eps : float
        Keeps the quotient finite where all entries are equal.

    Examples
    --------
    >>> layer_norm(np.array([1.0, 3.0]), np.ones(2), np.zeros(2), eps=0.0)
    array([-1.,  1.])
    """
    centered = x - np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(centered * centered, axis=-1, keepdims=True)
    return gain * centered / np.sqrt(variance + eps) + bias


def embedding(table: Any, positions: Any, tokens: Any) -> Any:
    """Return the vector of each token plus the vector of its place.

    Parameters
    ----------
    table : array_like, shape (v, d)
    positions : array_like, shape (T, d)
        One vector a place, ``T`` at least ``t``.
    tokens : array_like of int, shape (b, t)

    Returns
    -------
    ndarray, shape (b, t, d)

    Raises
    ------
    ValueError
        If tokens are not integers in ``0..v-1``, or longer than ``T``.

    Examples
    --------
    >>> embedding(np.eye(2), np.zeros((3, 2)), np.array([[1, 0, 1]]))[0]
    array([[0., 1.],
           [1., 0.],
           [0., 1.]])
    """
    index = np.asarray(tokens)
    size, longest, length = np.shape(table)[0], np.shape(positions)[0], index.shape[-1]
    if index.dtype.kind not in "iu" or index.size == 0 or index.min() < 0 or index.max() >= size:
        raise ValueError(f"tokens must be integers in 0..{size - 1}, got {tokens!r}")
    if length > longest:
        raise ValueError(
            f"tokens have length {length}, but there are {longest} positions; cut them"
        )
    return table[index] + positions[:length]


def attention_weights(params: Any, x: Any, heads: int) -> tuple[Any, Any]:
    r"""Return causal attention weights and values.

    .. math:: A = \operatorname{softmax}\left(\frac{QK^{\mathsf T}}{\sqrt{d/h}} + M\right),
              \qquad Q = xW_Q, \; K = xW_K, \; V = xW_V,

    where the mask ``M`` removes what lies in the future of a place.

    Parameters
    ----------
    params : dict
        ``"query"``, ``"key"``, ``"value"``, each of shape (d, d).
    x : array_like, shape (b, t, d)
    heads : int
        Number ``h`` of heads; divides ``d``.

    Returns
    -------
    weights : ndarray, shape (b, h, t, t)
        Row ``i`` is a probability distribution over places ``j <= i``.
    values : ndarray, shape (b, h, t, d / h)

    Raises
    ------
    ValueError
        If ``heads`` does not divide ``d``.
    """
    b, t, d = np.shape(x)
    if heads < 1 or d % heads:
        raise ValueError(f"heads must divide the width {d}, got {heads}")

    def split(W: Any) -> Any:  # (b, h, t, d/h)
        return np.swapaxes(np.reshape(x @ W, (b, t, heads, d // heads)), 1, 2)

    q, k, v = (split(params[name]) for name in ("query", "key", "value"))
    scores = q @ np.swapaxes(k, 2, 3) / float(np.sqrt(d // heads))
    past = np.tril(np.ones((t, t), dtype=bool))
    return np.exp(log_softmax(np.where(past, scores, _MASKED))), v


def causal_self_attention(params: Any, x: Any, heads: int) -> Any:
    r"""Return causal attention, ``concat(A_1 V_1, ..., A_h V_h) W_O``.

    Parameters
    ----------
    params : dict
        As for `attention_weights`, and ``"out"`` of shape (d, d).
    x : array_like, shape (b, t, d)
    heads : int

    Returns
    -------
    ndarray, shape (b, t, d)
        Place ``i`` depends on places ``0..i`` only.  Cost O(b t d (t + d)).

    Raises
    ------
    ValueError
        If ``heads`` does not divide ``d``.

    Examples
    --------
    >>> W = {name: np.eye(2) for name in ("query", "key", "value", "out")}
    >>> causal_self_attention(W, np.array([[[1.0, 0.0], [0.0, 1.0]]]), heads=1)[0, 0]
    array([1., 0.])
    """
    weights, values = attention_weights(params, x, heads)
    mixed = np.transpose(weights @ values, (0, 2, 1, 3))  # (b, t, h, d/h)
    return np.reshape(mixed, np.shape(x)) @ params["out"]


def block(params: Any, x: Any, heads: int) -> Any:
    r"""Return one transformer block.

    .. math:: x' = x + \mathrm{attention}(\mathrm{norm}_1(x)), \qquad
              x'' = x' + \mathrm{mlp}(\mathrm{norm}_2(x')) .

    Parameters
    ----------
    params : dict
        As one entry of ``init_transformer(...)["blocks"]``.
    x : array_like, shape (b, t, d)
    heads : int

    Returns
    -------
    ndarray, shape (b, t, d)
    """
    y = layer_norm(x, *params["norm1"])
    x = x + causal_self_attention(params["attention"], y, heads)
    (W1, b1), (W2, b2) = params["mlp"]
    return x + gelu(layer_norm(x, *params["norm2"]) @ W1 + b1) @ W2 + b2


def init_transformer(
    vocabulary: int,
    length: int,
    width: int,
    layers: int,
    *,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> dict[str, Any]:
    """Return random parameters of a transformer.

    Weights are normal with standard deviation 0.02, those that write into the residual stream with
    ``0.02 / sqrt(2 layers)``; biases 0, gains 1; the last layer 0, so that the loss starts at
    ``log(vocabulary)``.

    Parameters
    ----------
    vocabulary, length, width, layers : int
        Number of tokens, longest text, width of the residual stream, number of blocks.
    rng : numpy.random.Generator
        Source of randomness.
    dtype : dtype
        Type of all parameters.

    Returns
    -------
    dict
        ``tokens`` (v, d), ``positions`` (T, d), ``blocks``, ``norm``, ``head`` (d, v).

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> params = init_transformer(27, 8, 16, 2, rng=np.random.default_rng(0))
    >>> params["tokens"].shape, len(params["blocks"])
    ((27, 16), 2)
    """
    if min(vocabulary, length, width, layers) < 1:
        raise ValueError(f"sizes must be >= 1, got {(vocabulary, length, width, layers)}")

    def normal(*shape: int, scale: float = 0.02) -> Any:
        return (scale * rng.normal(size=shape)).astype(dtype)

    def norm() -> tuple[Any, Any]:
        return np.ones(width, dtype=dtype), np.zeros(width, dtype=dtype)

    inner, residual = 4 * width, 0.02 / np.sqrt(2 * layers)
    blocks = [
        {
            "norm1": norm(),
            "attention": {
                "query": normal(width, width),
                "key": normal(width, width),
                "value": normal(width, width),
                "out": normal(width, width, scale=residual),
            },
            "norm2": norm(),
            "mlp": [
                (normal(width, inner), np.zeros(inner, dtype=dtype)),
                (normal(inner, width, scale=residual), np.zeros(width, dtype=dtype)),
            ],
        }
        for _ in range(layers)
    ]
    return {
        "tokens": normal(vocabulary, width),
        "positions": normal(length, width),
        "blocks": blocks,
        "norm": norm(),
        "head": np.zeros((width, vocabulary), dtype=dtype),
    }


def transformer(params: Any, tokens: Any, heads: int) -> Any:
    """Return the scores of the next token at every place.

    Parameters
    ----------
    params : dict
        As from `init_transformer`.
    tokens : array_like of int, shape (b, t)
    heads : int

    Returns
    -------
    ndarray, shape (b, t, v)
        ``cross_entropy(transformer(params, text[:, :-1], heads), text[:, 1:])`` is the loss.

    Raises
    ------
    ValueError
        As in `embedding` and `attention_weights`.

    Examples
    --------
    >>> params = init_transformer(5, 4, 8, 1, rng=np.random.default_rng(0))
    >>> transformer(params, np.array([[0, 3, 1]]), heads=2).shape
    (1, 3, 5)
    """
    x = embedding(params["tokens"], params["positions"], tokens)
    for layer in params["blocks"]:
        x = block(layer, x, heads)
    return layer_norm(x, *params["norm"]) @ params["head"]
