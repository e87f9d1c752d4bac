"""What holds for every test: it is decided neither by a clock, nor by chance, nor by its neighbors.

The order of the tests is drawn anew in every run; its seed stands in the first lines of the output,
and ``make test SEED=1234`` repeats it.
"""

import signal

from hypothesis import HealthCheck, settings

# The same examples in every run, however long each of them takes.
settings.register_profile(
    "book", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("book")

# Where the tests run in the background of a shell, what they start would ignore an interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
