"""Cases of the functions that work on data: grids, statistics, aliases, running folds."""

from __future__ import annotations

import numpy as np
from rule_cases import calls, inside, positive, real

from calcml.diff.rules.reduce import log_sum_exp, log_sum_exp2

NAN = np.array([1.0, np.nan, -2.0])
WHERE = np.array([[True, False, True], [True, True, False]])

# Other names of the same.
calls(np.amax, (np.amax, real(2, 3)), (lambda x: np.amax(x, 0, keepdims=True), real(2, 3)))
calls(np.amin, (np.amin, real(2, 3)), (lambda x: np.amin(x, where=x > 0, initial=9), real(5)))
calls(np.linalg.matmul, (np.linalg.matmul, real(2, 3), real(3, 2)))
calls(
    np.linalg.vecdot, (lambda a, b: np.linalg.vecdot(a, b, axis=0), real(3, 2), real(3, 2, seed=1))
)
calls(np.vecdot, (lambda a, b: np.vecdot(a, b, axis=0), real(3, 2), real(3, 1, seed=1)))
calls(np.real_if_close, (lambda x: np.real_if_close(x) ** 2, real(3)))

# Picking and spacing.
calls(np.choose, (lambda x, y: np.choose([0, 1, 2], [x, y, x * y]), real(3), real(3, seed=1)))
calls(np.choose, (lambda x: np.choose([3, -1], [x, x**2], mode="clip"), real(2)))
calls(np.geomspace, (lambda a, b: np.geomspace(a, b, 4), positive(), positive(2)))
calls(np.geomspace, (lambda a: np.geomspace(a, 3.0, 3, endpoint=False), positive(2)))
calls(np.unwrap, (lambda x: np.unwrap(4 * x), real(5)))
calls(np.unwrap, (lambda x: np.unwrap(x, axis=0, period=1.0), real(4, 2)))
calls(np.copysign, (lambda x, s: np.copysign(x, s), real(3), real(2, 1, seed=1)))
calls(np.diff, (lambda x: np.diff(x, prepend=x[:1], append=[1.0, 2.0]), real(3)))
calls(
    np.ediff1d,
    (lambda x: np.ediff1d(x, to_begin=x[:1], to_end=[1.0, 2.0]), real(3)),
    (lambda x: np.ediff1d(x, to_end=0.0), real(3)),
)
calls(np.gradient, (lambda x: np.gradient(x, [0.0, 1, 3, 3.5]), real(4)))
calls(
    np.piecewise,
    (lambda x: np.piecewise(x, [x < 0], [lambda z: z**2, 5.0]), real(6)),
    (lambda x: np.piecewise(x, [x < 0, x > 1], [np.sin, np.exp, lambda z: -z]), real(6)),
)

calls(
    np.linspace,
    (lambda a, b: np.linspace(a, b, 3, axis=1), real(2), real(2, seed=1)),
    (lambda a, b: np.linspace(a, b, 3, retstep=True)[1], real(2), real(seed=1)),
    (lambda a, b: np.linspace(a, b, 3, False, True)[1], real(2), real(seed=1)),
)
calls(np.logspace, (lambda a, b, c: np.logspace(a, b, 3, base=c), inside(), inside(2), positive(2)))
calls(np.logspace, (lambda a, b: np.logspace(a, b, 3, axis=-1), inside(2), inside(seed=1)))
calls(np.geomspace, (lambda a, b: np.geomspace(a, b, 3, axis=1), positive(2), positive(2, seed=1)))
calls(
    np.interp,
    (lambda x, f, a: np.interp(x, [0.0, 1.0], f, left=a), real(6), real(2), real()),
    (lambda x, f, a, b: np.interp(x, [0.0, 1.0], f, a, b), real(6), real(2), real(), real(seed=1)),
)

# Statistics.
calls(
    np.var,
    (lambda x: np.var(x, axis=1, where=WHERE), real(2, 3)),
    (lambda x: np.var(x, where=WHERE, keepdims=True, ddof=1), real(2, 3)),
    (lambda x, m: np.var(x, axis=1, mean=m), real(2, 3), real(2, 1)),
)
calls(np.std, (lambda x: np.std(x, axis=1, where=WHERE[:, ::-1]), real(2, 3)))
calls(np.mean, (lambda x: np.mean(x, axis=1, where=WHERE), real(2, 3)))
calls(np.mean, (lambda x: np.mean(x, where=WHERE, keepdims=True), real(2, 3)))
for _f in (np.nancumsum, np.nancumprod):
    calls(_f, (lambda x, f=_f: f(np.where(np.isnan(NAN), NAN, x)), real(2, 3)))
    calls(_f, (lambda x, f=_f: f(np.where(np.isnan(NAN), NAN, x), axis=1), real(2, 3)))
for _f, _q in ((np.nanquantile, 0.3), (np.nanpercentile, 40.0), (np.quantile, 0.3)):
    calls(
        _f,
        (
            lambda x, f=_f, q=_q: f(np.where(np.isnan(NAN), NAN, x)[:, [0, 2]], [q, q / 2]),
            real(2, 3),
        ),
        (
            lambda x, q, f=_f: f(x, q, axis=1, keepdims=True),
            real(2, 5),
            _q * np.array([[0.9, 1.2]]),
        ),
    )
for _f in (np.nanquantile, np.nanpercentile):
    calls(
        _f,
        (lambda x, f=_f: f(np.where(np.isnan(NAN), NAN, x), 0.4, axis=1), real(2, 3)),
        (lambda x, q, f=_f: f(np.where(np.isnan(NAN), NAN, x), q), real(2, 3), np.array(0.37)),
    )
calls(np.nanmedian, (lambda x: np.nanmedian(np.where(np.isnan(NAN), NAN, x), axis=1), real(4, 3)))
calls(np.percentile, (np.percentile, real(5), np.array([30.0, 61.0])))
calls(
    np.lib.stride_tricks.sliding_window_view,
    (lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 3)), real(3, 4)),
    (lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=0), real(3, 2)),
)
for _f, _rule in ((np.logaddexp, log_sum_exp), (np.logaddexp2, log_sum_exp2)):
    calls(
        _rule,
        (lambda x, f=_f: f.reduce(x), real(3, 2)),
        (lambda x, f=_f: f.reduce(x, axis=(0, 2), keepdims=True), real(2, 2, 3)),
        (lambda x, f=_f: f.reduce(x, axis=None), real(2, 3)),
    )
calls(
    np.cov,
    (np.cov, real(4), real(4, seed=1)),
    (np.cov, real(2, 4), real(4, seed=1)),
    (lambda x, y: np.cov(x, y, rowvar=False), real(4, 2), real(4, 1, seed=1)),
    (lambda x: np.cov(x, aweights=[1.0, 2.0, 0.5, 1.5]), real(2, 4)),
    (lambda x: np.cov(x, fweights=[1, 2, 3, 1], aweights=[1.0, 2.0, 0.5, 1.5]), real(2, 4)),
    (lambda x: np.cov(x, ddof=0, fweights=[1, 2, 3, 1]), real(2, 4)),
)
calls(np.corrcoef, (np.corrcoef, real(4), real(4, seed=1)))
calls(np.corrcoef, (lambda x: np.corrcoef(x, rowvar=False), real(4, 2)))

# Folds that keep every stage.
calls(np.logaddexp, (lambda x: np.logaddexp.accumulate(x), real(4)))
calls(np.hypot, (lambda x: np.hypot.accumulate(x, axis=1), real(2, 3)))
calls(np.subtract, (lambda x: np.subtract.accumulate(x, 0), real(3, 2)))
calls(np.power, (lambda x: np.power.accumulate(x), 1 + inside(3)))
