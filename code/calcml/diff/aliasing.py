"""Who shares memory with whom.

NumPy hands out parts of an array as views, and an update in place changes them all. A traced array
is never written to: an update gives its tracer a new value. So it must be known whether others show
the same memory, which would not see the change; and nothing that is returned may lie in memory that
the caller holds, or he would change it unawares.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

if TYPE_CHECKING:
    from calcml.diff.core import Tracer


def note_view(of: Tracer, view: Tracer) -> None:
    """Remember that ``view`` may show memory of ``of``; an update in place will look whether."""
    family: list[ref[Tracer]] | None = getattr(of, "views", None)
    if family is None:
        family = of.views = [ref(of)]
    elif len(family) & (len(family) - 1) == 0:  # now and then, those that are gone are forgotten
        family[:] = [member for member in family if member() is not None]
    others: list[ref[Tracer]] | None = getattr(view, "views", None)
    if others is None:
        family.append(ref(view))
        view.views = family
    elif others is not family:
        family += others
        for member in others:
            if (tracer := member()) is not None:
                tracer.views = family


def owned(results: Sequence[Any], given: Iterable[Any]) -> list[Any]:
    """Return the results, each in memory of its own: not that of another, nor of ``given``.

    Whoever changes one in place changes nothing else.
    """
    taken = {owner(x) for x in given}
    finished = []
    for y in results:
        if id(y) in taken or (isinstance(y, np.ndarray) and y.base is not None):
            y = copy(y)
        taken.add(id(y))
        finished.append(y)
    return finished


def owner(x: Any) -> int:
    """The identity of the object that holds the memory of an array."""
    while isinstance(x, np.ndarray) and x.base is not None:
        x = x.base
    return id(x)
