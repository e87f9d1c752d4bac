"""No test is decided by a clock: they hold on a machine that is busy with something else.

How fast things are is measured in ``benchmarks/``. A test that waits gives up after ``PATIENCE``,
and what it waits for is an event, never the passing of time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.patience import PATIENCE

TESTS = Path(__file__).parent
PROGRAMS = TESTS / "mutants"  # they are no tests, and print how long they take
WAITING = TESTS / "patience.py"  # the one place that looks at a clock, to give up in the end
CLOCKS = {"clock_gettime", "getrusage", "monotonic", "perf_counter", "process_time", "thread_time"}
CLOCKS |= {f"{name}_ns" for name in CLOCKS} | {"time", "time_ns", "times", "timeit"}
PAUSES = {"sleep", "wait_for_timeout"}
# Waits that end early unless they are told otherwise.
HASTY = {"NotebookClient": {"timeout", "startup_timeout", "iopub_timeout"}}
HASTY |= {"launch": {"timeout"}}


def name_of(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def is_number(node: ast.expr) -> bool:
    parts = list(ast.walk(node))
    values = [part.value for part in parts if isinstance(part, ast.Constant)]
    return any(type(value) in (int, float) for value in values) and not any(
        isinstance(part, ast.Name) for part in parts
    )


def hurries(source: str) -> Iterator[str]:
    """Places where a program looks at a clock, pauses, or waits for less than ``PATIENCE``."""
    tree = ast.parse(source)
    called = [name_of(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if called.count("new_context") > called.count("set_default_timeout"):
        yield "1: a browser's context with Playwright's own patience of 30 s"
    if "sync_playwright" in called and "set_options" not in called:
        yield "1: expectations with Playwright's own patience of 5 s"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("time", "timeit", "resource"):
            yield f"{node.lineno}: imports from {node.module}"
        if not isinstance(node, ast.Call):
            continue
        name = name_of(node.func)
        given = {word.arg: word.value for word in node.keywords if word.arg}
        if name in CLOCKS | PAUSES:
            yield f"{node.lineno}: calls {name}"
        for word, value in given.items():
            if ("timeout" in word or word == "deadline") and is_number(value):
                yield f"{node.lineno}: {word}={ast.unparse(value)}"
        if name in ("Timer", "set_default_timeout") and node.args and is_number(node.args[0]):
            yield f"{node.lineno}: {ast.unparse(node)}"
        if missing := HASTY.get(name, set()) - given.keys():
            yield f"{node.lineno}: {name} without {', '.join(sorted(missing))}"


def test_no_test_hurries() -> None:
    programs = sorted(TESTS.rglob("*.py"))
    files = [file for file in programs if PROGRAMS not in file.parents and file != WAITING]
    assert len(files) > 50
    found = [
        f"{file.relative_to(TESTS).as_posix()}:{line}"
        for file in files
        for line in hurries(file.read_text("utf-8"))
    ]
    assert found == []


def test_patience_is_long() -> None:
    assert PATIENCE >= 120


@pytest.mark.parametrize(
    "source",
    [
        "start = time.perf_counter()",
        "import time as t\nt.process_time()",
        "from time import perf_counter as now",
        "os.times()",
        "page.wait_for_timeout(500)",
        "time.sleep(0.5)",
        "process.communicate(timeout=20)",
        "expect(page).to_have_url(url, timeout=2 * 60)",
        "@settings(deadline=200)\ndef test(): pass",
        "threading.Timer(300, process.kill)",
        "context.set_default_timeout(30_000)",
        "NotebookClient(book, timeout=PATIENCE, startup_timeout=PATIENCE)",
        "chromium.launch()",
        "context = browser.new_context()",
        "with sync_playwright() as playwright: pass",
    ],
)
def test_a_hurry_is_found(source: str) -> None:
    assert list(hurries(source))


@pytest.mark.parametrize(
    "source",
    [
        "process.communicate(timeout=PATIENCE)",
        "chromium.launch(timeout=PATIENCE * 1000)",
        "urlopen(address, timeout=None)",
        "time.strftime('%Y', time.gmtime(book.epoch))",
        "threading.Timer(4 * PATIENCE, process.kill)",
    ],
)
def test_patience_is_not_taken_for_a_hurry(source: str) -> None:
    assert list(hurries(source)) == []
