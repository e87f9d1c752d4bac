"""Small data sets that ship with the book, read from files beside this module."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray

__all__ = ["challenger", "wonderland"]


def challenger() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Launch temperature and O-ring distress of the 23 flights before *Challenger*.

    One row for each flight of the space shuttle from 1981 to January 1986 whose boosters were
    recovered (those of the fourth flight were lost at sea). A flight counts as distressed when
    at least one O-ring of the six field joints showed erosion or blow-by. The published tables
    agree on that yes or no; they differ on how many rings were hurt, so the number is left out.

    Returns
    -------
    temperature : ndarray, shape (23,)
        Joint temperature at launch in degrees Fahrenheit, ascending.
    distress : ndarray, shape (23,)
        1.0 where at least one O-ring was distressed, else 0.0.

    Notes
    -----
    The temperatures are those of Dalal, Fowlkes & Hoadley (1989), "Risk analysis of the space
    shuttle: pre-Challenger prediction of failure", *JASA* 84(408), 945-957. The rows agree with
    ``SpaceShuttle`` of the R package vcd and with ``orings`` of the R package DAAG. The logistic
    model P(distress) = sigmoid(a + b * temperature) has its maximum likelihood at
    (a, b) = (15.0429, -0.23216).

    Examples
    --------
    >>> temperature, distress = challenger()
    >>> temperature.shape, int(distress.sum())
    ((23,), 7)
    >>> float(temperature[0]), float(temperature[-1])
    (53.0, 81.0)
    """
    source = resources.files(__name__).joinpath("challenger.csv")
    with source.open(encoding="utf-8") as lines:
        rows = np.loadtxt(lines, delimiter=",", skiprows=1)
    return rows[:, 0].copy(), rows[:, 1].copy()


def wonderland() -> str:
    r"""Chapters I to V of *Alice's Adventures in Wonderland* by Lewis Carroll (1865).

    The words are Carroll's, in the transcription that Project Gutenberg distributed in 1991 (the
    "Millennium Fulcrum Edition 2.9") and that became the file ``alice29.txt`` of the Canterbury
    corpus, on which compressors are compared. Only letters and the commonest marks are kept: the
    text is in lower case, a paragraph is one line, both kinds of quotation mark are ``'``, a dash
    is ``-`` between spaces, and brackets and stars are left out.

    Returns
    -------
    str
        56,768 characters, of 36 kinds: the letters a to z, space, line break and ``!',-.:;?``.

    Notes
    -----
    The words are long out of copyright: the book appeared in London in 1865, and its author died in
    1898. Title page, notes and license of the electronic edition are not part of this file.

    References
    ----------
    R. Arnold and T. Bell, "A corpus for the evaluation of lossless compression algorithms",
    *Data Compression Conference* (1997).

    Examples
    --------
    >>> text = wonderland()
    >>> len(text), len(set(text))
    (56768, 36)
    >>> text.splitlines()[2][:56]
    'alice was beginning to get very tired of sitting by her '
    """
    return resources.files(__name__).joinpath("wonderland.txt").read_text("ascii")
