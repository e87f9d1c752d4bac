"""What holds for every test: no test is decided by a clock or by chance.

The order is drawn anew in every run; the seed stands in the first lines of the output, and
``make test SEED=1234`` (``pytest -p "no:xdist" --randomly-seed=1234``) repeats it.
"""

from hypothesis import HealthCheck, settings

# The same examples in every run, however long each of them takes.
settings.register_profile(
    "book", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("book")
