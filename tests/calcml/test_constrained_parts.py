"""The parts of constrained minimization, each on a problem that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from calcml.constrained.equality import _accept
from calcml.constrained.kkt import Problem
from calcml.constrained.penalty import _State


def problem(f, equality=None, inequality=None):
    return Problem(f, np.zeros(1), equality=equality, inequality=inequality)


def test_opposite_violations_trap():
    """x = 0 against x >= 1: halfway between, each constraint pulls as hard as the other."""
    both = problem(lambda x: 0 * x[0], lambda x: x[0], lambda x: 1 - x[0])
    assert both.at(np.array([0.5])).trapped()
    assert not both.at(np.array([0.2])).trapped()
    assert not problem(lambda x: 0 * x[0], lambda x: x[0]).at(np.array([0.5])).trapped()


def test_the_penalty_rests_while_the_multipliers_converge():
    """For x² under x >= 1 each iteration divides the error by 1 + ρ/2, which is 6 for ρ = 10."""
    bound = problem(lambda x: x[0] ** 2, inequality=lambda x: 1 - x[0])
    state = _State(bound, bound.at(np.zeros(1)), np.zeros(0), np.zeros(1), 10.0)
    errors = []
    for _ in range(4):
        state.minimize(1e-12)
        errors.append(abs(state.mu[0] - 2))
    assert state.rho == 10.0
    assert errors == pytest.approx([2 / 6**k for k in range(1, 5)], rel=1e-6)


def test_a_step_must_lower_the_merit_function_enough():
    """h falls from 1 to -(1 - 1e-6) in a full step, and to almost 0 in half of it."""
    line = problem(lambda x: 0 * x[0], lambda x: 1 - (2 - 1e-6) * x[0])
    here = line.at(np.zeros(1))
    there, lam = _accept(line, here, np.zeros(1), np.ones(1), np.ones(1))
    assert there.x == pytest.approx([0.5])
    assert lam == pytest.approx([0.5])


def test_a_saddle_is_left_to_the_feasible_side_and_not_for_ever():
    """x² - y² under y >= 0: at 0 only upward is allowed, and each escape is counted."""
    saddle = Problem(
        lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2), equality=None, inequality=lambda x: -x[1]
    )
    state = _State(saddle, saddle.at(np.zeros(2)), np.zeros(0), np.zeros(1), 2.0)
    for left in (2, 1, 0):
        state.here = saddle.at(np.zeros(2))
        assert state.escape()
        assert state.here.x == pytest.approx([0.0, 0.01])
        assert state.escapes == left
    assert not state.escape()
