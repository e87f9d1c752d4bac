"""How long a test waits for what must come. It never decides whether a test passes elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds after which a wait is given up: much longer than the busiest machine needs.
PATIENCE = 300


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something of which no event tells; fail with ``what`` when patience ends."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.1)
