r"""Checks that the book's results pass while it is built, and that wrong results fail.

Every function here verifies one claim and returns a :class:`CheckResult` whose ``repr`` says what
was verified, how, to which tolerance, and how many wrong versions the same test rejected.  A wrong
version is the claim with a factor, a sign, a term, an exponent or an index changed, made
automatically, or supplied by the author as ``wrong=[...]``.  (A changed inequality may be true; see
:mod:`calcml.check.claims.bounds` for what must be rejected there.)  A claim that fails, a check
that would also accept a wrong version, and a verdict so near its tolerance that the last bit of a
computation decides raise :class:`CheckFailed`.

================  =================================================================
claim             check
================  =================================================================
formulas          `identity`, `derivative`, `gradient`, `jacobian`, `hessian`,
                  `limit`, `integral`, `series`
numbers           `equal`, `order`, `convergence`
inequalities      `inequality`, `bound`
chance            `coverage`, `expectation`, `distribution`
tables            `table`, a result for each row
programs          `check_grads`
================  =================================================================

:func:`latex` reads a formula from the page that displays it.
"""

from __future__ import annotations

from calcml.check.claims.bounds import bound, inequality
from calcml.check.claims.chance import coverage, distribution, expectation
from calcml.check.claims.derivatives import derivative, gradient, hessian, jacobian
from calcml.check.claims.identity import identity
from calcml.check.claims.integrals import integral
from calcml.check.claims.limits import limit, series
from calcml.check.claims.values import convergence, equal, order
from calcml.check.engine.verify import MIME, CheckFailed, CheckResult
from calcml.check.formulas.formula import Formula, latex
from calcml.check.formulas.tokens import LatexError
from calcml.check.tables.kinds import table
from calcml.diff.gradcheck import check_grads

__all__ = [
    "MIME",
    "CheckFailed",
    "CheckResult",
    "Formula",
    "LatexError",
    "bound",
    "check_grads",
    "convergence",
    "coverage",
    "derivative",
    "distribution",
    "equal",
    "expectation",
    "gradient",
    "hessian",
    "identity",
    "inequality",
    "integral",
    "jacobian",
    "latex",
    "limit",
    "order",
    "series",
    "table",
]
