r"""Rows of formulas in vectors and matrices: gradients, differentials, adjoints, identities.

The function of a row is evaluated as it is printed, with numbers of 60 digits in its letters; its
derivative in a direction is a central difference of these values.  A gradient or an adjoint must
give the same number by its inner product with the direction, and a differential the same array.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from calcml.check.engine.mutants import array_mutants
from calcml.check.engine.verify import CheckFailed, CheckResult, Verdict, Wrong, share, verify
from calcml.check.formulas.meaning import inner
from calcml.check.tables.row import Row, domain, read
from calcml.typing import Array

DIGITS, TOLERANCE, POINTS = 60, 1e-11, 2
STEP = sp.Float(10, DIGITS) ** -20
_CHANGE = re.compile(r"\\diff *(\\[mv][A-Za-z])")
_BAR = re.compile(r"\\bar *(\\[mv][A-Za-z]|[a-z])")
_WORD = re.compile(r"\$(?P<name>\\[A-Za-z]+)\$ (?P<word>symmetric positive definite|symmetric)")
Scope = dict[str, Any]
Shape = int | tuple[int, int]
Found = list[tuple[str, Array, Array]]


@dataclass(frozen=True)
class Setting:
    """What the letters of a table stand for.

    Attributes
    ----------
    shapes : mapping
        Sizes of vectors and matrices, which are drawn at random.
    functions : mapping, or a function of the drawn values that returns one
        What is called, as Python functions of SymPy values.
    symbols : mapping
        Values that stay the same, or functions of the drawn values.
    of : str
        In which letter a gradient is taken.
    """

    shapes: Mapping[str, Shape]
    functions: Mapping[str, Any] | Callable[[Scope], Mapping[str, Any]] = field(
        default_factory=dict
    )
    symbols: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""


@dataclass(frozen=True)
class Trial:
    """A row at a point: values of all letters, and a change for each letter that may move."""

    row: Row
    setting: Setting
    values: Scope
    changes: Scope

    def scope(self, step: Any = 0, names: Sequence[str] = ()) -> Scope:
        """Values after a step of some letters, with what the conditions define by them."""
        values = dict(self.values)
        for name in names:
            values[name] = values[name] + step * self.changes[name]
        for name, value in values.items():
            if callable(value) and name in "".join(self.row.cells):
                values[name] = value(values)
        for name, tex in domain(self.row).definitions:
            values[name] = self.value(tex, values)
        return values

    def value(self, tex: str, values: Scope) -> Any:
        """The value of a printed formula."""
        given = self.setting.functions
        functions = given(values) if callable(given) else given
        # x_i is the i-th entry of the vector x.
        values = {n[2:]: v for n, v in values.items() if re.fullmatch(r"\\v[a-z]", n)} | values
        values = {name: value for name, value in values.items() if not callable(value)}
        return read(self.row, spelled(tex), values, functions).expr.evalf(DIGITS)

    def slope(self, tex: str, names: Sequence[str]) -> Any:
        """The derivative of a printed formula when some letters change."""
        high, low = (self.value(tex, self.scope(s * STEP, names)) for s in (1, -1))
        return (high - low) / (2 * STEP)


def spelled(tex: str) -> str:
    r"""Write the differential of a letter and its adjoint as names that can be read.

    Examples
    --------
    >>> spelled(r"\mA\inv\diff\mA + \bar\mY")
    '\\mA\\inv\\dot{\\mA} + \\bar{\\mY}'
    """
    return _BAR.sub(r"\\bar{\1}", _CHANGE.sub(r"\\dot{\1}", tex))


def gradient(row: Row, setting: Setting) -> CheckResult:
    r"""Verify gradient and Hessian: ``f | \nabla f | \nabla^2 f``, the last where it is given."""
    found: Found = []
    of = setting.of
    for trial in trials(row, setting):
        change, scope = trial.changes[of], trial.scope()
        claimed = trial.value(row.formula(1), scope)
        same_shape(row, claimed, change)
        slope = trial.slope(row.formula(0), [of])
        found.append(("gradient", number(inner(claimed, change)), number(slope)))
        if len(row.cells) > 3 and row.formulas(2):
            turned = trial.slope(row.formula(1), [of])
            hessian = trial.value(row.formula(2), scope) * change
            found.append(("Hessian", number(hessian), number(turned)))
    return agree("gradient", row, found)


def adjoint(row: Row, setting: Setting) -> CheckResult:
    r"""Verify a differential and its adjoints: ``Y = F | \diff Y | \bar X = ..., \bar A = ...``."""
    left, _, tex = row.formula(0).partition("=")
    output = left.strip()
    found: Found = []
    for trial in trials(row, setting):
        scope = trial.scope()
        scope[output] = trial.value(tex, scope)
        bar = scope[rf"\bar{{{output}}}"] = like(scope[output])
        names = []
        for each in row.formulas(2):
            name, _, formula = each.partition("=")
            letter = name.strip().removeprefix(r"\bar").strip()
            adjoint_ = scope[rf"\bar{{{letter}}}"] = trial.value(formula, scope)
            if letter in trial.changes:
                same_shape(row, adjoint_, trial.changes[letter])
                names.append(letter)
                slope = trial.slope(tex, [letter])
                pair = inner(adjoint_, trial.changes[letter]), inner(bar, slope)
                found.append((f"adjoint of {letter}", number(pair[0]), number(pair[1])))
        if not names:
            raise CheckFailed(f"{row.label}: no adjoint of a letter of {tex}")
        if row.formulas(1):
            changes = {rf"\dot{{{name}}}": trial.changes[name] for name in names}
            claimed = trial.value(row.formula(1), scope | changes)
            found.append(("differential", number(claimed), number(trial.slope(tex, names))))
    return agree("adjoint", row, found)


def identity(row: Row, setting: Setting) -> CheckResult:
    """Verify that the two formulas of a row have the same value."""
    found: Found = []
    for trial in trials(row, setting):
        left, right = (number(trial.value(row.formula(c), trial.scope())) for c in (0, 1))
        found.append(("value", right, left))
    return agree("identity", row, found)


def trials(row: Row, setting: Setting) -> Iterator[Trial]:
    """Draw points in the domain of a row, with a change of each letter."""
    rng = random.Random(row.cells[0])
    words = {r"\Sigma": "symmetric positive definite"}
    words |= {match["name"]: match["word"] for match in _WORD.finditer(row.conditions)}
    stated = domain(row)
    for _ in range(POINTS):
        values: Scope = dict(setting.symbols)
        changes: Scope = {}
        for name, shape in setting.shapes.items():
            values[name] = drawn(shape, words.get(name, ""), rng)
            changes[name] = drawn(shape, "symmetric" if name in words else "", rng)
        for name, symbol in stated.symbols.items():
            low, high = stated.where[symbol.name]
            whole = symbol.is_integer
            values[name] = sp.Integer(rng.randint(2, 5)) if whole else decimal(rng, low, high)
        yield Trial(row, setting, values, changes)


def decimal(rng: random.Random, low: float, high: float) -> sp.Float:
    """A random number."""
    return sp.Float(low + (high - low) * rng.random(), DIGITS)


def drawn(shape: Shape, word: str, rng: random.Random) -> Any:
    """A vector or a matrix with a property; all entries positive, so that logarithms exist."""
    rows, columns = (shape, 1) if isinstance(shape, int) else shape
    found = sp.Matrix(rows, columns, lambda i, j: decimal(rng, 0.2, 1.5))
    if not word:
        return found
    symmetric = (found + found.T) / 2
    return symmetric if word == "symmetric" else found * found.T + sp.eye(rows) / 2


def like(value: Any) -> Any:
    """An adjoint for an output: numbers without pattern, in its shape."""
    rng = random.Random(1)
    if isinstance(value, sp.MatrixBase):
        return sp.Matrix(*value.shape, lambda i, j: decimal(rng, -1, 1))
    return decimal(rng, 0.5, 1)


def same_shape(row: Row, value: Any, letter: Any) -> None:
    """Refuse a gradient in another shape than its letter.

    Raises
    ------
    CheckFailed
        If the shapes differ.
    """
    shapes = [getattr(each, "shape", ()) for each in (value, letter)]
    if shapes[0] != shapes[1]:
        raise CheckFailed(f"{row.label}: shape {shapes[0]} printed, shape {shapes[1]} wanted")


def number(value: Any) -> Array:
    """The value as float64."""
    if isinstance(value, sp.MatrixBase):
        return np.array(value.tolist(), dtype=float)
    return np.array(float(value))


def agree(kind: str, row: Row, found: Found) -> CheckResult:
    """Verify that what is printed has the values found, and that wrong versions have others."""
    claim = [claimed for _, claimed, _ in found]

    def test(values: list[Array]) -> Verdict:
        used, detail = 0.0, "agrees"
        for (name, _, known), value in zip(found, values, strict=True):
            if value.shape != known.shape:
                return Verdict(False, "shapes", f"{name}: {value.shape}, found {known.shape}")
            size = max(1.0, float(np.max(np.abs(known))))
            off = share(float(np.max(np.abs(value - known))), TOLERANCE * size)
            if off > max(used, 1.0):
                detail = f"{name}: printed {value.tolist()}, found {known.tolist()}"
            used = max(used, off)
        return Verdict(used <= 1, f"values and differences in {DIGITS} digits", detail, ratio=used)

    versions = [
        Wrong(f"{name}: {change}", [*claim[:i], new, *claim[i + 1 :]])
        for i, (name, value, _) in enumerate(found[: len(found) // POINTS])
        for change, new in array_mutants(value)
        if change != "drop the smallest entry"
    ]
    return verify(
        kind,
        row.cells[0],
        claim,
        test,
        versions,
        equivalent=lambda w, c: all(np.array_equal(a, b) for a, b in zip(w, c, strict=True)),
        label=row.label,
        tolerance=f"relative {TOLERANCE:.0e}",
        formulas=row.record(*range(len(row.cells) - 1)),
    )
