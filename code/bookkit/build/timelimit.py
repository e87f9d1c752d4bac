"""A time limit for cells that holds on a busy machine.

It counts what the kernel computes, not how long that takes beside everything else that runs.
"""

from __future__ import annotations

import asyncio
from typing import Any

import psutil
from nbclient import NotebookClient

#: A cell that does not compute may wait so many times as long (for other programs, mostly).
PATIENCE = 10


class TimeLimit:
    """Ends the kernel of a notebook in which one cell computes too long.

    Attributes
    ----------
    seconds : int
        Processor time that a cell may take; that of processes which it starts is not counted.
    exceeded : bool
        Whether the kernel was ended.
    """

    def __init__(self, client: NotebookClient, seconds: int) -> None:
        self.client, self.seconds = client, seconds
        self.exceeded = False
        self._kernel: psutil.Process | None = None
        self._start = 0.0

    def begin_cell(self) -> None:
        """Note that a cell starts."""
        if self._kernel is None:
            assert self.client.km is not None
            provisioner: Any = self.client.km.provisioner
            self._kernel = psutil.Process(provisioner.pid)
        self._start = self.computed()

    def computed(self) -> float:
        """Processor time of the kernel so far, in seconds."""
        if self._kernel is None:
            return 0.0
        try:
            times = self._kernel.cpu_times()
        except psutil.NoSuchProcess:
            return 0.0  # it has ended, and the client will say so
        return float(times.user + times.system)

    async def watch(self) -> None:
        """Look at the kernel every second; end it when the present cell exceeds the limit."""
        while self.computed() - self._start <= self.seconds:
            await asyncio.sleep(1)
        self.exceeded = True
        if self._kernel is not None:
            self._kernel.kill()
