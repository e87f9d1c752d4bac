"""Test the tests of the rule table: scale each derivative by 1.001, and see whether they notice.

Every JVP and VJP in every argument is scaled in turn, in a process of its own, and the cases of
that function alone are run. Exits with status 1 if a mutant survives.

    python tests/mutants/rules.py [name ...]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "calcml"))

import numpy as np
import rule_cases_arrays  # noqa: F401
import rule_cases_data  # noqa: F401
import rule_cases_linalg  # noqa: F401
from rule_cases import CASES

from calcml.diff.core import InEvery, PartsRule, Rule
from calcml.diff.gradcheck import check_grads
from calcml.diff.rules.registry import RULES

FACTOR = 1.001
Derivative = Callable[..., Any]


def scaled(derivative: Derivative) -> Derivative:
    return lambda *args, **kwargs: FACTOR * derivative(*args, **kwargs)


def mutations(rule: Rule) -> Iterator[tuple[str, Callable[[], None]]]:
    """Name each derivative of a rule, with what makes it wrong."""
    if rule.transpose is not None:

        def spoil_all(transpose: Derivative = rule.transpose) -> None:
            rule.transpose = lambda *args, **kw: [FACTOR * g for g in transpose(*args, **kw)]

        yield "vjp in all arguments together", spoil_all
        return
    tables = {"both": rule.vjps} if rule.elementwise else {"jvp": rule.jvps, "vjp": rule.vjps}
    for mode, table in tables.items():
        if isinstance(table, InEvery):

            def spoil_every(table: InEvery = table) -> None:
                table.derivative = scaled(table.derivative)
                table.clear()

            yield f"{mode} in every argument", spoil_every
            continue
        for k in list(table):

            def spoil(table: dict[int, Derivative] = table, k: int = k) -> None:
                table[k] = scaled(table[k])

            yield f"{mode} in argument {k}", spoil


def all_mutations() -> Iterator[tuple[Any, str, Callable[[], None]]]:
    for function, rule in list(RULES.items()):
        parts = rule.parts if isinstance(rule, PartsRule) else [rule]
        for j, part in enumerate(parts):
            if part is None:
                continue
            output = f" of output {j}" if len(parts) > 1 else ""
            for name, spoil in mutations(part):
                yield function, f"{rule.name}: {name}{output}", spoil


def notices(function: Any, spoil: Callable[[], None]) -> bool:
    """Whether the cases of ``function`` fail once its rule is spoiled; in a forked process."""
    child = os.fork()
    if child == 0:
        spoil()
        try:
            for case in CASES.get(function, []):
                check_grads(case.f, case.args, order=1)
        except AssertionError:
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(2)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def family(function: Any) -> str:
    """Whose function it is."""
    if isinstance(function, np.ufunc):
        return "NumPy" if getattr(np, function.__name__, None) is function else "scipy.special"
    package = function.__module__.partition(".")[0]
    if package == "calcml":
        return "calcml"
    return "np.linalg" if function.__module__ == "numpy.linalg" else "NumPy"


def main(names: Sequence[str] = ()) -> int:
    """Print the table; 0 if every scaled derivative is noticed."""
    chosen = [m for m in all_mutations() if not names or any(n in m[1] for n in names)]
    noticed = {name: notices(function, spoil) for function, name, spoil in chosen}
    print(f"{'derivatives of':20s}{'mutants':>9s}{'noticed':>9s}{'survived':>10s}")
    for each in sorted({family(function) for function, *_ in chosen}):
        verdicts = [noticed[name] for function, name, _ in chosen if family(function) == each]
        killed = sum(verdicts)
        print(f"{each:20s}{len(verdicts):9d}{killed:9d}{len(verdicts) - killed:10d}", flush=True)
    for name, killed in noticed.items():
        if not killed:
            print(f"    survived  {name} × {FACTOR}")
    return 0 if chosen and all(noticed.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
