"""The 27 nonlinear regression problems of the NIST Statistical Reference Datasets.

The data, starting values and certified results are read from NIST's own files in the folder
``nist`` (NIST/ITL StRD, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml, public domain).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = Any
Model = Callable[[Array, Array], Array]
FOLDER = Path(__file__).with_name("nist")


@dataclass(frozen=True)
class Dataset:
    """One problem: fit ``model(b, x)`` to y from two starting points."""

    name: str
    model: Model
    x: Array
    y: Array
    starts: tuple[Array, Array]
    certified: Array
    rss: float

    def residual(self, b: Array) -> Array:
        return self.model(b, self.x) - self.y

    def digits(self, b: Array) -> float:
        """Correct significant digits of the worst parameter (at most 11 are certified)."""
        error = np.abs(b - self.certified) / np.abs(self.certified)
        return float(-np.log10(max(error.max(), 1e-11)))


def saturation(b: Array, x: Array) -> Array:
    return b[0] * (1 - np.exp(-b[1] * x))


def misra1b(b: Array, x: Array) -> Array:
    return b[0] * (1 - (1 + b[1] * x / 2) ** -2)


def misra1c(b: Array, x: Array) -> Array:
    return b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5)


def misra1d(b: Array, x: Array) -> Array:
    return b[0] * b[1] * x / (1 + b[1] * x)


def chwirut(b: Array, x: Array) -> Array:
    return np.exp(-b[0] * x) / (b[1] + b[2] * x)


def three_exponentials(b: Array, x: Array) -> Array:
    return b[0] * np.exp(-b[1] * x) + b[2] * np.exp(-b[3] * x) + b[4] * np.exp(-b[5] * x)


def two_peaks(b: Array, x: Array) -> Array:
    first, second = b[2] * np.exp(-(((x - b[3]) / b[4]) ** 2)), ((x - b[6]) / b[7]) ** 2
    return b[0] * np.exp(-b[1] * x) + first + b[5] * np.exp(-second)


def power(b: Array, x: Array) -> Array:
    return b[0] * x ** b[1]


def quadratic_ratio(b: Array, x: Array) -> Array:
    return (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2)


def cubic_ratio(b: Array, x: Array) -> Array:
    top = b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3
    return top / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


def nelson(b: Array, x: Array) -> Array:
    return b[0] - b[1] * x[0] * np.exp(-b[2] * x[1])


def mgh17(b: Array, x: Array) -> Array:
    return b[0] + b[1] * np.exp(-x * b[3]) + b[2] * np.exp(-x * b[4])


def roszman(b: Array, x: Array) -> Array:
    return b[0] - b[1] * x - np.arctan(b[2] / (x - b[3])) / np.pi


def enso(b: Array, x: Array) -> Array:
    year = 2 * np.pi * x / 12
    slow, fast = 2 * np.pi * x / b[3], 2 * np.pi * x / b[6]
    waves = b[1] * np.cos(year) + b[2] * np.sin(year) + b[4] * np.cos(slow) + b[5] * np.sin(slow)
    return b[0] + waves + b[7] * np.cos(fast) + b[8] * np.sin(fast)


def mgh09(b: Array, x: Array) -> Array:
    return b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3])


def mgh10(b: Array, x: Array) -> Array:
    return b[0] * np.exp(b[1] / (x + b[2]))


def rat42(b: Array, x: Array) -> Array:
    return b[0] / (1 + np.exp(b[1] - b[2] * x))


def rat43(b: Array, x: Array) -> Array:
    return b[0] / (1 + np.exp(b[1] - b[2] * x)) ** (1 / b[3])


def eckerle4(b: Array, x: Array) -> Array:
    return b[0] / b[1] * np.exp(-0.5 * ((x - b[2]) / b[1]) ** 2)


def bennett5(b: Array, x: Array) -> Array:
    return b[0] * (b[1] + x) ** (-1 / b[2])


MODELS: dict[str, Model] = {
    "Misra1a": saturation,
    "Chwirut2": chwirut,
    "Chwirut1": chwirut,
    "Lanczos3": three_exponentials,
    "Gauss1": two_peaks,
    "Gauss2": two_peaks,
    "DanWood": power,
    "Misra1b": misra1b,
    "Kirby2": quadratic_ratio,
    "Hahn1": cubic_ratio,
    "Nelson": nelson,
    "MGH17": mgh17,
    "Lanczos1": three_exponentials,
    "Lanczos2": three_exponentials,
    "Gauss3": two_peaks,
    "Misra1c": misra1c,
    "Misra1d": misra1d,
    "Roszman1": roszman,
    "ENSO": enso,
    "MGH09": mgh09,
    "Thurber": cubic_ratio,
    "BoxBOD": saturation,
    "Rat42": rat42,
    "MGH10": mgh10,
    "Eckerle4": eckerle4,
    "Rat43": rat43,
    "Bennett5": bennett5,
}


def load(name: str) -> Dataset:
    """Read one file: starting and certified values from its header, data from its end."""
    text = (FOLDER / f"{name}.dat").read_text(encoding="ascii")
    rows = re.findall(r"^\s*b\d+ =(.*)$", text, flags=re.MULTILINE)
    table = np.array([row.split() for row in rows], dtype=float)
    found = re.search(r"Residual Sum of Squares:\s*(\S+)", text)
    assert found is not None
    lines = text.splitlines()
    header = max(i for i, line in enumerate(lines) if line.startswith("Data:"))
    data = np.array([line.split() for line in lines[header + 1 :] if line.strip()], dtype=float)
    y = np.log(data[:, 0]) if name == "Nelson" else data[:, 0]
    x = data[:, 1] if data.shape[1] == 2 else data[:, 1:].T
    starts = table[:, 0], table[:, 1]
    return Dataset(name, MODELS[name], x, y, starts, table[:, 2], float(found[1]))


DATASETS = [load(name) for name in MODELS]
