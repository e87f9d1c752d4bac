"""The mathematics of the book as a small library: differentiate, optimize, integrate, in NumPy.

Start with :mod:`calcml.diff`: ``grad(f)`` differentiates a function written in plain NumPy.

>>> import numpy as np
>>> from calcml.diff import grad
>>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
array([2., 4.])

How it does that is told by :mod:`calcml.core` (tracer, rule, trace), :mod:`calcml.rules` (the
derivative of every NumPy function), :mod:`calcml.tape` (reverse mode) and :mod:`calcml.dual`
(forward mode).
"""
