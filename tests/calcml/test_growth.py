"""What a function of many arrays costs grows like their number, in every mode; counted, not timed.

The counts leave out what happens inside one call of NumPy: ``benchmarks/bench_diff.py`` has the
clock.
"""

import inspect
from string import ascii_letters

import numpy as np
import pytest
from work import work

from calcml.diff import grad, hessian, hvp, jacobian, jvp
from calcml.diff.core import Rule
from calcml.diff.rules.registry import REWRITES, RULES
from calcml.diff.series import taylor


def entries(x):
    return [x[i] for i in range(len(x))]


def slices(x):
    return [x[i : i + 1] for i in range(len(x))]


def matrices(x):
    return [p.reshape(1, 1) for p in slices(x)]


TURN = np.array([[0.6, -0.8], [0.8, 0.6]])


def chain(n):
    return ",".join(ascii_letters[i : i + 2] for i in range(n))


def fold(x, n):
    powers = [lambda z, i=i: z * x[i] for i in range(n)]
    return np.piecewise(x[:3], [x[:3] > i / n for i in range(n)], powers)


#: Function → what calls it with as many traced pieces as ``x`` has entries.
MANY = {
    np.stack: lambda x: np.stack(entries(x)),
    np.concatenate: lambda x: np.concatenate(slices(x)),
    np.hstack: lambda x: np.hstack(entries(x)),
    np.vstack: lambda x: np.vstack(entries(x)),
    np.dstack: lambda x: np.dstack(slices(x)),
    np.column_stack: lambda x: np.column_stack(slices(x)),
    np.block: lambda x: np.block([[p] for p in matrices(x)]),
    np.atleast_1d: lambda x: np.stack(np.atleast_1d(*entries(x))),
    np.atleast_2d: lambda x: np.stack(np.atleast_2d(*entries(x))),
    np.select: lambda x: np.select([x[:3] > 2] * len(x), entries(x)),
    np.piecewise: lambda x: fold(x, len(x)),
    np.polyval: lambda x: np.polyval(x, 0.5),
    # What gives many pieces.
    np.split: lambda x: np.stack(np.split(x, len(x))),
    np.array_split: lambda x: np.stack(np.array_split(x, len(x))),
    np.unstack: lambda x: np.stack(np.unstack(x)),
    np.cumprod: np.cumprod,
    np.logaddexp: np.logaddexp.accumulate,
    np.apply_along_axis: lambda x: np.apply_along_axis(np.sum, 1, x[:, None]),
    iter: lambda x: sum(x),
}
#: Likewise; NumPy itself takes a few dozen arrays at most, or is slow with more.
SOME = {
    np.linalg.multi_dot: lambda x: np.linalg.multi_dot(matrices(x)),
    np.choose: lambda x: np.choose([0, 1, len(x) - 1], entries(x)),
    np.einsum: lambda x: np.einsum(chain(len(x)), *(p * TURN for p in x), optimize=True),
    np.broadcast_arrays: lambda x: np.stack(np.broadcast_arrays(*entries(x))),
}

MODES = {
    "reverse": lambda f, x: grad(f)(x),
    "forward": lambda f, x: jvp(f, (x,), (x,)),
    "taylor": lambda f, x: taylor(lambda t: f(x + t * x), 0.0, 2),
    "blocks": lambda f, x: jacobian(lambda p: f(p[0] * x + p[1]), mode="fwd")(np.ones(2)),
    "hvp": lambda f, x: hvp(f, x, x),
    "hessian": lambda f, x: hessian(lambda p: f(p[0] * x + p[1]))(np.ones(2)),
    "reverse over reverse": lambda f, x: grad(lambda x: np.sum(grad(f)(x) ** 2))(x),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("function", [*MANY, *SOME], ids=lambda f: f.__name__)
def test_work_grows_like_the_number_of_arrays(function, mode):
    """Four times the arrays are about 4 times the work; were it to grow like n², 16 times.

    Unless NumPy's own function grows faster, as that which looks for a cheap order of products.
    """
    f = MANY.get(function) or SOME[function]
    done, plain = [], []
    for n in (60, 240) if function in MANY else (8, 32):
        x = np.linspace(0.9, 1.1, n)
        derive = lambda x=x: MODES[mode](lambda z: np.sum(f(z * 1.0) ** 2), x)  # noqa: E731
        derive()  # what happens once only
        done.append(work(derive))
        plain.append(work(lambda x=x: f(x)))
    assert done[1] < max(5, 1.25 * plain[1] / plain[0]) * done[0]


def test_every_function_of_many_arrays_is_among_them():
    """By what its arguments are called, or that any number of them come first."""
    lists = {"arrays", "tup", "arys", "choicelist", "choices", "funclist"}
    many = set()
    for f, rewritten in REWRITES.items():
        first, *rest = inspect.signature(rewritten).parameters.values()
        named = {p.name for p in (first, *rest) if p.kind is not p.VAR_POSITIONAL}
        if first.kind is first.VAR_POSITIONAL or named & lists:
            many.add(f)
    many.remove(np.meshgrid)  # n arrays of n axes
    assert many <= MANY.keys() | SOME.keys()


def test_rules_of_any_number_of_arrays_are_transposed_at_once():
    joint = {r.name for r in RULES.values() if isinstance(r, Rule) and r.transpose is not None}
    assert joint == {"calcml.diff.rules.shape.concatenated", "calcml.diff.rules.shape.scattered"}


def test_work_sees_what_is_quadratic():
    def copies(n):
        return [np.zeros(n) + fresh(n) for _ in range(n)]

    def fresh(n):
        return np.zeros(n)

    def handed(n):
        return [count(*range(n)) for _ in range(n)]

    def count(*args):
        return len(args)

    for f in (copies, handed):
        assert work(lambda f=f: f(240)) > 12 * work(lambda f=f: f(60))
    assert work(lambda: [abs(-1) for _ in range(240)]) < 5 * work(
        lambda: [abs(-1) for _ in range(60)]
    )
