"""Print the table of measurements; exit with status 1 if one of them misses its limit.

    python benchmarks/run.py

Everything runs on one thread, calcml and its peers in turn.
"""

from __future__ import annotations

import os
import sys

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # read when NumPy is imported, so before it is

import bench_diff  # noqa: E402


def main() -> int:
    """Measure, print, and say whether all limits are met."""
    print(f"{'work':<44}{'calcml':>10}   {'beside':<22}{'':>10}{'ratio':>9}  limit")
    missed = 0
    for row in bench_diff.rows():
        print(row, flush=True)
        missed += not row.met
    if missed:
        print(f"{missed} limits missed", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
