"""Tables of values that approach a limit."""

import math

import numpy as np
import pytest

from calcml.limits import limit_table


def test_limit_tables():
    table = limit_table(lambda x: (1 - math.cos(x)) / x**2, 0.0, n=3)
    np.testing.assert_allclose(table.x, [-0.1, 0.1, -0.01, 0.01, -0.001, 0.001])
    np.testing.assert_allclose(table.y[-2:], 0.5, atol=1e-6)
    left = limit_table(lambda x: abs(x) / x, 0.0, side="left", ratio=0.5, n=2)
    np.testing.assert_array_equal(left.x, [-0.5, -0.25])
    np.testing.assert_array_equal(left.y, [-1.0, -1.0])
    far = limit_table(lambda x: (1 + 1 / x) ** x, math.inf, n=6)
    np.testing.assert_allclose(far.x, 10.0 ** np.arange(1, 7))
    assert far.y[-1] == pytest.approx(math.e, rel=1e-5)
    assert limit_table(lambda x: 1 / x, -math.inf, n=1).x[0] == -10.0
    assert str(left).splitlines()[0].split() == ["x", "f(x)"]
    assert len(str(left).splitlines()) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: limit_table(abs, 0.0, side="up"),
            "side must be 'both', 'left' or 'right'; got 'up'",
        ),
        (lambda: limit_table(abs, 0.0, ratio=1.0), "ratio must be between 0 and 1; got 1.0"),
        (lambda: limit_table(abs, 0.0, n=0), "n must be at least 1; got 0"),
        (lambda: limit_table(abs, 1e9, n=30), "rounds to a=1000000000.0; use a smaller n"),
    ],
)
def test_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()
