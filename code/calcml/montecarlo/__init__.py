r"""Integration by random numbers: plain and weighted averages, Metropolis, Hamiltonian chains.

An expectation :math:`E_p[f] = \int f(x)\,p(x)\,dx` becomes an average over draws from ``p``; its
error falls like :math:`1/\sqrt n` in every dimension.  What differs is how the draws are made, and
how many independent ones they are worth.
"""

from calcml.montecarlo.chains import Chain, metropolis
from calcml.montecarlo.diagnostics import effective_sample_size, rhat
from calcml.montecarlo.estimate import (
    Estimate,
    WeightedEstimate,
    importance_sampling,
    mc_expectation,
)
from calcml.montecarlo.hamiltonian import hmc, leapfrog

__all__ = [
    "Chain",
    "Estimate",
    "WeightedEstimate",
    "effective_sample_size",
    "hmc",
    "importance_sampling",
    "leapfrog",
    "mc_expectation",
    "metropolis",
    "rhat",
]
