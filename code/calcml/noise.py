"""Another machine's rounding, in a kernel: the last bit of linear algebra moves at random.

Another BLAS sums in another order. This IPython extension imitates it, whatever BLAS there is: the
results of ``@``, of ``np.dot`` and its relatives and of ``np.linalg``, in the cells and in calcml,
move by at most one unit in the last place, and so do the arguments of factorizations (their
*backward* error). The moves come from a seed. What every machine computes exactly, such as zeros
and products of small integers, stays as it is.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import operator
import os
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

import numpy as np

SEED = "CALCML_NOISE_SEED"
PRODUCTS = ("dot", "vdot", "inner", "tensordot", "einsum", "convolve", "correlate")
#: Functions of `np.linalg` whose work no other order of the sums would change.
EXACT = {"LinAlgError", "matrix_transpose", "diagonal", "test"}
#: Trailing zeros in the mantissa of a number that every arithmetic finds exactly.
SHORT = {np.dtype(np.float64): 24, np.dtype(np.float32): 10}
_rng = np.random.default_rng(int(os.environ.get(SEED, "0")))


def jog(x: Any) -> Any:
    """Move floats by -1, 0 or 1 units in the last place; leave anything else alone.

    Examples
    --------
    >>> bool(abs(jog(np.float64(0.1)) - 0.1) <= np.spacing(0.1))
    True
    >>> jog(np.array([0.0, 2.5, np.inf]))
    array([0. , 2.5, inf])
    """
    if type(x) is tuple or (isinstance(x, tuple) and hasattr(x, "_make")):
        items = [jog(item) for item in x]
        return x._make(items) if hasattr(x, "_make") else tuple(items)
    if type(x) is not np.ndarray and not isinstance(x, np.floating):
        return x
    if x.dtype not in SHORT:
        return x
    moved = np.array(x)
    bits = moved.view(f"i{moved.itemsize}")
    inexact = (bits & ((1 << SHORT[moved.dtype]) - 1) != 0) & np.isfinite(moved)
    step = _rng.integers(-1, 2, size=moved.shape).astype(bits.dtype)
    bits += np.where(inexact, step, 0).astype(bits.dtype)
    return moved if type(x) is np.ndarray else moved[()]


def noisy(function: Callable[..., Any], *, factorizes: bool = False) -> Callable[..., Any]:
    """The function with noise in its result and, where it factorizes, in its first argument."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if factorizes and args:
            args = (jog(args[0]), *args[1:])
        return jog(function(*args, **kwargs))

    return wrapped


class Products(ast.NodeTransformer):
    """``a @ b`` becomes a call of `jog` around it."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult):
            return node
        call = ast.Call(ast.Name("__jog__", ast.Load()), [node], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a module of calcml with noisy products."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = Products().visit(ast.parse(self.get_data(path), path))
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__jog__"] = jog
        super().exec_module(module)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of calcml, and has `Loader` load them."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname.partition(".")[0] != "calcml":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = Loader(fullname, spec.loader.path)
        return spec


def load_ipython_extension(shell: Any) -> None:
    """Make all linear algebra of this kernel noisy."""
    sys.meta_path.insert(0, Finder())
    plain = operator.matmul
    operator.matmul = noisy(plain)  # calcml's tracers compute with it
    importlib.import_module("calcml.diff")
    operator.matmul = plain
    from calcml.diff.rules.registry import RULES

    # The rules know NumPy's functions themselves; so they come first.
    places: list[tuple[Any, str, bool]] = [(np, name, False) for name in PRODUCTS]
    places += [
        (np.linalg, name, True)
        for name in np.linalg.__all__
        if name not in EXACT and callable(getattr(np.linalg, name))
    ]
    for module, name, factorizes in places:
        function = getattr(module, name)
        changed = noisy(function, factorizes=factorizes)
        for attribute in ("function", "compute"):
            if hasattr(RULES.get(function), attribute):
                setattr(RULES[function], attribute, changed)
        setattr(module, name, changed)
    shell.user_ns["__jog__"] = jog
    shell.ast_transformers.append(Products())
