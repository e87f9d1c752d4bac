"""Turn every plus into a minus and every minus into a plus, one at a time; the tests must notice.

The libraries are imported once. Each mutant gets a fork of that process, in which an import hook
compiles the changed syntax tree in place of the module's file, and the tests of the module run
until the first failure.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CALCML = ROOT / "code" / "calcml"
SURVIVORS = Path(__file__).with_name("survivors.toml")
PARTS = (
    "optimize/critical_point", "optimize/line_search", "optimize", "stochastic", "constrained",
    "svm", "quadrature", "bayes", "montecarlo", "variational", "nn", "limits",
    "differences", "diff/series",
)  # fmt: skip
BESIDES = {"diff/series": ("diff/jet.py",)}  # files that the tests of another part are about
PRELOAD = ("numpy", "scipy.optimize", "scipy.stats", "sklearn.datasets", "sympy")
SECONDS = 180
WORKERS = os.cpu_count() or 1


@dataclass(frozen=True)
class Mutant:
    """One flipped sign: the ``index``-th of a file."""

    file: Path
    index: int
    line: int
    code: str

    @property
    def module(self) -> str:
        parts = self.file.relative_to(CALCML.parent).with_suffix("").parts
        return ".".join(part for part in parts if part != "__init__")


class Signs(ast.NodeTransformer):
    """Counts the signs of a module and flips the one with a given index."""

    def __init__(self, chosen: int = -1) -> None:
        self.chosen = chosen
        self.found: list[tuple[int, str]] = []

    def _flip(self, node: ast.expr | ast.AugAssign) -> bool:
        self.found.append((node.lineno, ast.unparse(node)))
        return len(self.found) - 1 == self.chosen

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Sub) and not is_text(node) and self._flip(node):
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Sub) and self._flip(node):
            node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            return node.operand if self._flip(node) else node
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node  # messages are tested as texts

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node


def is_text(node: ast.BinOp) -> bool:
    leaves = [leaf for leaf in ast.walk(node) if isinstance(leaf, ast.Constant | ast.JoinedStr)]
    return any(isinstance(leaf, ast.JoinedStr) or isinstance(leaf.value, str) for leaf in leaves)


def mutants_of(part: str) -> Iterator[Mutant]:
    package = CALCML / part
    files = sorted(package.glob("*.py")) if package.is_dir() else [package.with_suffix(".py")]
    parts = [(CALCML / other).with_suffix(".py") for other in PARTS if other != part]
    files = [file for file in files if file not in parts]
    files += [CALCML / name for name in BESIDES.get(part, ())]
    for file in files:
        signs = Signs()
        signs.visit(ast.parse(file.read_text("utf-8")))
        for index, (line, code) in enumerate(signs.found):
            yield Mutant(file, index, line, code)


class Changed(importlib.machinery.SourceFileLoader):
    """Loads a module with one sign flipped, past its bytecode cache."""

    def __init__(self, fullname: str, path: str, index: int) -> None:
        super().__init__(fullname, path)
        self.index = index

    def get_code(self, fullname: str) -> CodeType:
        path = Path(self.get_filename(fullname))
        tree = Signs(self.index).visit(ast.parse(path.read_text("utf-8")))
        code: CodeType = compile(ast.fix_missing_locations(tree), str(path), "exec")
        return code


class Finder(importlib.machinery.PathFinder):
    """Puts `Changed` in the place of one module's loader."""

    mutant: Mutant

    @classmethod
    def find_spec(
        cls, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != cls.mutant.module:
            return None
        file = cls.mutant.file
        package = [str(file.parent)] if file.name == "__init__.py" else None
        loader = Changed(fullname, str(file), cls.mutant.index)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=package
        )


def begin(part: str, mutant: Mutant | None, seconds: float) -> int:
    """Run the tests of a part in a fork, with the mutant in place; return its process.

    The fork ends after so many seconds of computing, however busy the machine is.
    """
    tests = sorted(
        str(file) for file in (ROOT / "tests" / "calcml").glob(f"test_{Path(part).name}*.py")
    )
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        verdict = 1
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds)  # a mutant that never ends is noticed too
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            if mutant is not None:
                Finder.mutant = mutant
                sys.meta_path.insert(0, Finder)
            options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
            verdict = int(pytest.main([*options, *tests]))
        finally:
            os._exit(verdict)
    return child


def passed(part: str, mutants: Sequence[Mutant | None], seconds: float) -> list[bool]:
    """For each mutant, whether all tests passed; as many at a time as there are processors."""
    verdicts = [False] * len(mutants)
    running: dict[int, int] = {}
    waiting = list(enumerate(mutants))[::-1]
    while waiting or running:
        while waiting and len(running) < WORKERS:
            place, mutant = waiting.pop()
            running[begin(part, mutant, seconds)] = place
        child, status = os.wait()
        verdicts[running.pop(child)] = status == 0
    return verdicts


def computed() -> float:
    """Processor time of all forks that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(only: Sequence[str] = ()) -> int:
    """Print the table; 0 if every flipped sign is noticed or explained."""
    explained = {
        (entry["file"], entry["code"]): entry["why"]
        for entry in tomllib.loads(SURVIVORS.read_text("utf-8")).get("sign", [])
    }
    os.chdir(ROOT)
    for name in PRELOAD:
        importlib.import_module(name)
    failed = False
    print(
        f"{'signs of':24s}{'mutants':>9s}{'noticed':>9s}{'survived':>10s}{'time':>8s}", flush=True
    )
    for part in only or PARTS:
        start, before = time.perf_counter(), computed()
        if not passed(part, [None], SECONDS)[0]:
            print(f"{part:24s} the tests fail without any mutant")
            failed = True
            continue
        patience = 10 + 2 * (computed() - before)
        mutants = list(mutants_of(part))
        outcome = passed(part, mutants, patience)
        survivors = [mutant for mutant, survived in zip(mutants, outcome, strict=True) if survived]
        counts = f"{len(mutants):9d}{len(mutants) - len(survivors):9d}{len(survivors):10d}"
        print(f"{part:24s}{counts}{time.perf_counter() - start:7.0f}s", flush=True)
        for mutant in survivors:
            name = mutant.file.relative_to(CALCML.parent).as_posix()
            why = explained.get((name, mutant.code))
            failed |= why is None
            print(f"    {name}:{mutant.line}: {mutant.code}\n        {why or 'NOT EXPLAINED'}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
