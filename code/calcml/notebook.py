"""Hand computed numbers from a notebook's cells to its prose."""

from __future__ import annotations

from numbers import Integral

__all__ = ["glue"]

# The form in which MyST-NB (and before it scrapbook) keeps values inside a notebook.
_PREFIX = "application/papermill.record/"


def glue(**values: float | str) -> None:
    """Keep values under their names, for ``{glue:text}`` in the text of the same page.

    A number is kept in full; the text says how it is printed, as in ``{glue:text}`angle:.2f```.
    Nothing is shown, and outside of IPython nothing happens.

    Raises
    ------
    TypeError
        If a value is neither a string nor a real number.

    Examples
    --------
    >>> glue(angle=89.844, name="Challenger")
    >>> glue(path=[1, 2])
    Traceback (most recent call last):
        ...
    TypeError: path must be a number or a string, got list; glue its entries one by one
    """
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:  # calcml runs without IPython
        shell = None
    else:
        shell = get_ipython()
    for name, value in values.items():
        text = _as_text(name, value)
        if shell is not None:
            record = {"scrapbook": {"name": name, "mime_prefix": _PREFIX}}
            display({f"{_PREFIX}text/plain": text}, raw=True, metadata=record)  # type: ignore[no-untyped-call]


def _as_text(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return repr(value)  # MyST-NB strips the quotes
    try:
        return repr(int(value) if isinstance(value, Integral) else float(value))
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise TypeError(
            f"{name} must be a number or a string, got {kind}; glue its entries one by one"
        ) from None
