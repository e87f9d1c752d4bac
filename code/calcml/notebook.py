"""Hand computed numbers from a notebook's cells to its prose, in digits that all machines share."""

from __future__ import annotations

from numbers import Integral

__all__ = ["below", "glue"]

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


def below(value: float, floor: float, otherwise: str = "") -> str:
    """Write a residue of rounding as what it is on every machine: below a floor.

    The digits of a rounding error depend on the order in which a processor adds. A value of at
    most a quarter of ``floor`` in size is written as ``< floor``; one of at least four times
    ``floor`` in the format ``otherwise``, if there is one.

    Raises
    ------
    ValueError
        If the value is not clearly below the floor, nor clearly above where it may be.

    Examples
    --------
    >>> below(3e-16, 1e-14)
    '< 1e-14'
    >>> [below(e, 1e-12, otherwise=".1e") for e in (0.01, 1e-4, 1.1e-8, 0.0)]
    ['1.0e-02', '1.0e-04', '1.1e-08', '< 1e-12']
    >>> below(0.5, 1e-14)
    Traceback (most recent call last):
        ...
    ValueError: value must be at most a quarter of floor=1e-14 in size, got 0.5
    """
    if 4 * abs(value) <= floor:
        return f"< {floor:.0e}"
    if otherwise and abs(value) >= 4 * floor:
        return format(value, otherwise)
    also = f", or at least four times as large for {otherwise!r}" if otherwise else ""
    raise ValueError(
        f"value must be at most a quarter of floor={floor:g} in size{also}, got {float(value):g}"
    )
