"""Reading the site locally: pages reload after an edit, and say what is wrong after a bad one."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from tests.patience import PATIENCE


class Reader:
    """A reader with one page open: fetches pages and hears what the page would hear."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.news = urllib.request.urlopen(f"{address}-/events", timeout=PATIENCE)
        self.last: dict = {}
        self.first = self.hear()["edition"]

    def get(self, path: str) -> tuple[str, str]:
        """Text and caching rule of a file of the site."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
            return answer.read().decode(), answer.headers["Cache-Control"]

    def hear(self) -> dict:
        """The next news that differs from the last."""
        for line in self.news:
            if line.startswith(b"data: "):
                told = json.loads(line.removeprefix(b"data: "))
                if told != self.last:
                    self.last = told
                    return told
        raise AssertionError("the server said nothing more")


@pytest.fixture
def serving(copy) -> Iterator[subprocess.Popen[str]]:
    process = copy.start("serve", "--port", "0")
    limit = threading.Timer(4 * PATIENCE, process.kill)  # the tests wait for what it says
    limit.start()
    yield process
    limit.cancel()
    process.kill()
    process.communicate(timeout=PATIENCE)


@pytest.fixture
def reader(serving) -> Reader:
    address = said(serving, r"http://\S+")
    said(serving, "is up to date")
    return Reader(address)


def said(server: subprocess.Popen[str], pattern: str) -> str:
    """Wait until the server has printed this; return it."""
    for line in server.stdout:
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError(f"the server did not say {pattern!r}")


def test_editing_while_reading(copy, serving, reader):
    shipped = (copy.root / "_build/site/prose.html").read_text("utf-8")
    shown, caching = reader.get("prose.html")
    script = re.search(r'<script src="/(-/live.js)" defer></script>', shown)
    assert shown.replace(script[0], "") == shipped
    assert "EventSource" in reader.get(script[1])[0]
    assert caching == "no-store"
    assert reader.get("")[0] == reader.get("index.html")[0]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        reader.get("nowhere.html")

    copy.edit("book/prose.md", "It has no code.", "It holds no code.")
    second = reader.hear()
    assert second["edition"] != reader.first
    assert second["error"] == ""
    assert "It holds no code." in reader.get("prose.html")[0]

    copy.edit("book/prose.md", "{ref}`ch-sample`", "{ref}`nowhere`")
    told = reader.hear()
    assert told["edition"] == second["edition"]
    assert re.search(r"book/prose.md:3: .*undefined label: 'nowhere'", told["error"])
    assert "It holds no code." in reader.get("prose.html")[0]

    copy.edit("book/prose.md", "{ref}`nowhere`", "{ref}`ch-sample`")
    assert reader.hear() == second

    # An edit of the build itself takes effect too: the server begins anew.
    copy.edit("code/bookkit/build/serve.py", "is being built.", "is being made.")
    reader.news.close()
    said(serving, r"http://\S+")
    said(serving, "is up to date")

    serving.send_signal(signal.SIGINT)
    _, errors = serving.communicate(timeout=PATIENCE)
    assert serving.returncode == 130
    assert errors.endswith("\nInterrupted; the site was left as it was.\n")
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_not_fought_for(copy):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = copy.start("serve", "--port", str(port))
        address = said(process, r"http://\S+")
        process.kill()
        process.communicate(timeout=PATIENCE)
    assert not address.endswith(f":{port}/")
