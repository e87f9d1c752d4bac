"""From scores to a loss: log-softmax and cross-entropy."""

from __future__ import annotations

from typing import Any

import numpy as np


def log_softmax(z: Any, axis: int = -1) -> Any:
    r"""Return the logarithm of softmax along an axis.

    .. math:: \log\operatorname{softmax}(z)_k = z_k - m - \log \sum_j e^{z_j - m},
              \qquad m = \max_j z_j .

    Subtracting the maximum changes nothing (softmax is invariant to shifts) and keeps every
    exponential at most 1, so that nothing overflows.

    Parameters
    ----------
    z : array_like, shape (..., k)
        Scores (logits).
    axis : int
        Axis that is normalized.

    Returns
    -------
    ndarray
        Shaped like ``z``; exponentials along ``axis`` sum to 1.

    Raises
    ------
    ValueError
        If the axis is empty.

    References
    ----------
    I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), section 4.1.

    Examples
    --------
    >>> np.exp(log_softmax(np.array([1000.0, 1000.0])))
    array([0.5, 0.5])
    """
    shifted = z - np.max(z, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def cross_entropy(logits: Any, y: Any) -> Any:
    r"""Return the mean cross-entropy of predicted scores and labels.

    .. math:: L = -\frac1n \sum_{i=1}^n \log \operatorname{softmax}(z_i)_{y_i},
              \qquad \frac{\partial L}{\partial z_i} = \frac1n (p_i - e_{y_i}) .

    Parameters
    ----------
    logits : array_like, shape (..., k)
        Scores of ``k`` classes for each example.
    y : array_like of int, shape (...), or of float, shape (..., k)
        Class numbers 0 to k - 1, or probabilities of the classes.

    Returns
    -------
    float
        In nats; ``log k`` where all scores are equal.

    Raises
    ------
    ValueError
        If the shapes do not match, there is no example, or a label is out of range.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), equation 4.108.

    Examples
    --------
    >>> bool(abs(cross_entropy(np.zeros((4, 10)), np.array([3, 1, 4, 1])) - np.log(10)) < 1e-15)
    True
    """
    labels, shape = np.asarray(y), np.shape(logits)
    batch, classes = shape[:-1], shape[-1:]
    if 0 in shape or not classes or labels.shape not in (shape, batch):
        raise ValueError(
            "logits of shape (..., k) need labels of shape (...) or (..., k), at least one example;"
            f" got {shape} and {labels.shape}"
        )
    (k,) = classes
    if labels.shape == shape and labels.dtype.kind == "f":
        return -np.sum(labels * log_softmax(logits)) / (labels.size // k)
    if labels.shape != batch or labels.dtype.kind not in "iu":
        raise ValueError(
            f"class numbers must be integers of shape {batch}, got {labels.dtype} of shape"
            f" {labels.shape}; probabilities must be floats of shape {shape}"
        )
    if labels.min() < 0 or labels.max() >= k:
        raise ValueError(f"labels must lie in 0..{k - 1}, got {labels.min()}..{labels.max()}")
    scores = np.reshape(logits, (labels.size, k))
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_total - shifted[np.arange(labels.size), labels.ravel()])
