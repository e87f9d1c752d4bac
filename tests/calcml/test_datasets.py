"""The data sets that ship with calcml are the published ones."""

from __future__ import annotations

import hashlib

import numpy as np

from calcml.datasets import challenger, wonderland

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


def test_wonderland_is_the_text_that_the_book_was_written_with() -> None:
    text = wonderland()
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()
    assert digest == "ac73e756ccb31c351777064e7e314c1665548f7a499f81e16a3ff56c70f29a77"


def test_wonderland_keeps_the_marks_that_its_docstring_names() -> None:
    text = wonderland()
    assert set(text) == set("abcdefghijklmnopqrstuvwxyz \n!',-.:;?")
    assert text.count("chapter ") >= 5
    assert "  " not in text
    assert "\n\n" not in text
    assert text.endswith(".\n")
