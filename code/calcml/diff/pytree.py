"""Parameters as they come, in nested containers, taken apart into a flat list and put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from calcml.diff.aliasing import note_view, owner
from calcml.diff.core import Tracer, unwrap
from calcml.typing import Array

#: An array, or a list, tuple, named tuple or dict of trees; ``None`` is a tree without leaves.
Tree = Any


def flatten(tree: Tree) -> tuple[list[Any], Callable[[list[Any]], Tree]]:
    """Return the leaves of ``tree`` from left to right, and what rebuilds such a tree from a list.

    Examples
    --------
    >>> leaves, build = flatten([(1.0, 2.0), {"b": 3.0}])
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> build([10, 20, 30])
    [(10, 20), {'b': 30}]
    """
    found: list[Any] = []
    _collect(tree, found)
    return found, builder(tree)


def builder(tree: Tree) -> Callable[[list[Any]], Tree]:
    """Return the function that puts a list of leaves into a tree like ``tree``."""

    def build(leaves: list[Any]) -> Tree:
        return _refill(tree, iter(leaves))

    return build


def _collect(tree: Tree, found: list[Any]) -> None:
    if isinstance(tree, (list, tuple)):
        for item in tree:
            _collect(item, found)
    elif isinstance(tree, dict):
        for item in tree.values():
            _collect(item, found)
    elif tree is not None:
        found.append(tree)


def leaves_like(tree: Tree, pattern: Tree, name: str, of: str) -> list[Any]:
    """Return the leaves of ``tree`` in the order of those of ``pattern``, which it must resemble.

    Entries of dicts are paired by key. ``name`` and ``of`` are what an error calls the two.

    Raises
    ------
    ValueError
        If the two differ in structure; the message says where.

    Examples
    --------
    >>> leaves_like({"b": 1.0, "a": 2.0}, {"a": 0.0, "b": 0.0}, "v", "x")
    [2.0, 1.0]
    """
    found: list[Any] = []
    _collect_like(tree, pattern, (name, of), (), found)
    return found


def _collect_like(
    tree: Tree, pattern: Tree, names: tuple[str, str], path: tuple[Any, ...], found: list[Any]
) -> None:
    places: Iterable[Any]
    if isinstance(pattern, dict):
        if not isinstance(tree, dict) or tree.keys() != pattern.keys():
            _refuse_structure(tree, pattern, names, path)
        places = pattern
    elif isinstance(pattern, list | tuple):
        if type(tree) is not type(pattern) or len(tree) != len(pattern):
            _refuse_structure(tree, pattern, names, path)
        places = range(len(pattern))
    else:
        if isinstance(tree, dict | list | tuple) or (tree is None) != (pattern is None):
            _refuse_structure(tree, pattern, names, path)
        if tree is not None:
            found.append(tree)
        return
    for place in places:
        _collect_like(tree[place], pattern[place], names, (*path, place), found)


def _refuse_structure(
    tree: Tree, pattern: Tree, names: tuple[str, str], path: tuple[Any, ...]
) -> NoReturn:
    name, of = names
    where = "".join(f"[{place!r}]" for place in path)
    raise ValueError(
        f"{name} must have the structure of {of}; {name}{where} is {_structure(tree)}, but "
        f"{of}{where} is {_structure(pattern)}"
    )


def _structure(tree: Tree) -> str:
    if isinstance(tree, dict):
        return f"a dict with keys {list(tree)}"
    if isinstance(tree, (list, tuple)):
        return f"a {type(tree).__name__} of {len(tree)}"
    return "None" if tree is None else "an array"


def _refill(tree: Tree, leaves: Iterator[Any]) -> Tree:
    kind = type(tree)
    if kind is tuple:
        return tuple([_refill(item, leaves) for item in tree])
    if kind is list:
        return [_refill(item, leaves) for item in tree]
    if isinstance(tree, dict):
        return {key: _refill(item, leaves) for key, item in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = [_refill(item, leaves) for item in tree]
        return kind(*items) if hasattr(tree, "_fields") else kind(items)
    return None if tree is None else next(leaves)


def as_real(x: Any, name: str) -> Array:
    """Return ``x`` as a real floating-point array, or a number as a NumPy scalar.

    Raises
    ------
    TypeError
        If it is anything else; integers have no neighbors to differentiate by.
    """
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    if isinstance(x, np.floating):
        return x
    if isinstance(x, Tracer):
        return x.twin()  # the outer function may update its own in place
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise TypeError(f"{name} must be an array of real numbers; got {x!r}") from error
    kind = array.dtype.kind
    if isinstance(x, np.matrix | np.ma.MaskedArray):
        raise TypeError(f"{name} must be a plain array; got {type(x).__name__}; pass np.asarray(x)")
    if kind == "f":
        return array if array.ndim else array[()]
    if kind in "iub":
        raise TypeError(
            f"{name} must be floating-point to be differentiated; got {array.dtype} of shape "
            f"{array.shape}; pass x.astype(float), or 3.0 instead of 3"
        )
    if kind == "c":
        raise TypeError(
            f"{name} must be real; got {array.dtype}; differentiate in x.real and x.imag"
        )
    raise TypeError(f"{name} must be an array of real numbers; got {type(x).__name__} {x!r}")


def all_real(
    arguments: Sequence[Tree], numbers: Sequence[int] | None = None
) -> tuple[list[Array], Callable[[list[Any]], Tree]]:
    """Flatten a function's arguments, and make sure that each leaf is real and floating-point.

    ``numbers`` are the places of the arguments, by which an error names them.
    """
    leaves = []
    for k, argument in zip(numbers or range(len(arguments)), arguments, strict=True):
        leaves += [as_real(x, f"argument {k} of f") for x in flatten(argument)[0]]
    return leaves, builder(tuple(arguments))


def like(y: Array, g: Any, name: str) -> Array:
    """Return ``g`` as an array of the shape and type of ``y``.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    g = g.twin() if isinstance(g, Tracer) else np.asarray(g, dtype=y.dtype)[()]
    if g.shape != y.shape:
        raise ValueError(f"{name} must have shape {y.shape}; got shape {g.shape}")
    return g


def together(inputs: list[Any]) -> list[Any]:
    """Return the tracers of the inputs, and note which of them stand for the same memory."""
    first: dict[int, Tracer] = {}
    for x in inputs if len(inputs) > 1 else ():
        plain = unwrap(x)
        if isinstance(plain, np.ndarray):
            of = first.setdefault(owner(plain), x)
            if of is not x:
                note_view(of, x)
    return inputs


def refuse_complex(g: Array) -> None:
    """Raise for a complex derivative: ``f`` went through complex numbers.

    Raises
    ------
    TypeError
        If ``g`` is complex.
    """
    if g.dtype.kind == "c":
        raise TypeError(
            "f computes with complex numbers, through which nothing is differentiated here; write "
            "it with real and imaginary parts as real arrays"
        )
