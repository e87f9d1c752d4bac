"""The data sets that ship with calcml are the published ones."""

from __future__ import annotations

import numpy as np

from calcml.datasets import challenger

# Failures as the R package DAAG tabulates them (data set "orings"), typed in independently.
DISTRESSED = [53, 57, 58, 63, 70, 70, 75]


def test_challenger_rows() -> None:
    temperature, distress = challenger()
    assert temperature.dtype == distress.dtype == np.float64
    assert temperature.shape == distress.shape == (23,)
    assert sorted(temperature[distress == 1]) == DISTRESSED
    assert temperature.sum() == 1600
    assert np.all(np.diff(temperature) >= 0)


def test_challenger_has_the_published_fit() -> None:
    """Newton's method on the log-likelihood reaches (15.0429, -0.23216)."""
    temperature, distress = challenger()
    X = np.column_stack([np.ones(23), temperature])
    theta = np.zeros(2)
    for _ in range(12):
        p = 1 / (1 + np.exp(-X @ theta))
        theta += np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (distress - p))
    assert round(float(theta[0]), 4) == 15.0429
    assert round(float(theta[1]), 5) == -0.23216


def test_challenger_returns_fresh_arrays() -> None:
    first, _ = challenger()
    first[:] = 0
    assert challenger()[0].min() == 53
