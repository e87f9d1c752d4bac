"""The mathematics of the book as a small library: differentiate, optimize, integrate, in NumPy.

Start with :mod:`calcml.diff`: ``grad(f)`` differentiates a function written in plain NumPy.

>>> import numpy as np
>>> from calcml.diff import grad
>>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
array([2., 4.])

How it does that is told by :mod:`calcml.diff.core` (tracer, rule, trace), :mod:`calcml.diff.rules`
(the derivative of every NumPy function), :mod:`calcml.diff.reverse` (reverse mode) and
:mod:`calcml.diff.forward` (forward mode).
"""
