"""Cases of the functions that move, reduce and multiply arrays."""

from __future__ import annotations

import numpy as np
from rule_cases import calls, inside, positive, real

from calcml.diff.rules.product import contracted
from calcml.diff.rules.shape import concatenated, getitem, scatter, scattered

I = np.array([2, 0, 2])
MASK = np.array([True, False, True, True])

# Moving entries.
calls(
    getitem,
    (lambda x: x[1], real(3)),
    (lambda x: x[-1, ::2], real(2, 5)),
    (lambda x: x[I], real(3, 2)),
    (lambda x: x[[0, 0, 1]], real(2)),
    (lambda x: x[..., None, 1], real(2, 3)),
    (lambda x: x[MASK], real(4, 2)),
    (lambda x: x[I, :, I], real(3, 2, 3)),
    (lambda x: x[I, [0, 1, 1]], real(3, 2)),
    (lambda x: x[:, I], real(2, 3)),
    (lambda x: x[::-1, -2:], real(2, 3)),
    (lambda x: x[()], real()),
    (lambda x: x[x > 0], real(5)),
    (lambda x: x[0] * x[1] + x[1:] * x[0], real(3)),
    (lambda x: x[1:0], real(3)),
)
calls(scatter, (lambda x: scatter_to(x, I, (3, 2)), real(3, 2)))
calls(scatter, (lambda x: scatter_to(x, (0, slice(1, 3)), (2, 3)), real(2)))


calls(
    scattered,
    (lambda x, y: put(x, y, indices=(0, slice(1, 3)), shape=(3,)), real(), real(2)),
    (
        lambda x, y: put(x, x[0] * y, indices=(I, (slice(None), 1)), shape=(3, 3)),
        real(3, 3),
        real(3),
    ),
)


def put(*pieces, indices, shape):
    from calcml.diff.rules import RULES

    return RULES[scattered](*pieces, indices=indices, shape=shape)


def scatter_to(x, index, shape):
    from calcml.diff.rules import RULES

    return RULES[scatter](x, index, shape)


calls(concatenated, (lambda x, y: np.concatenate([x, y, x], axis=1), real(2, 1), real(2, 2)))
calls(np.concatenate, (lambda x, y: np.concatenate((x, y, [1.0])), real(2), real(3)))
calls(np.concatenate, (lambda x, y: np.concatenate([x, y], axis=None), real(2), real(1, 3)))
calls(np.concatenate, (lambda x: np.concatenate([x, np.zeros((2, 0))], -1), real(2, 2)))
calls(
    np.reshape, (lambda x: np.reshape(x, (3, -1)), real(2, 3)), (lambda x: x.reshape(6), real(2, 3))
)
calls(np.reshape, (lambda x: x.reshape(3, 2, order="F") * real(3, 2), real(2, 3)))
calls(np.reshape, (lambda x: np.reshape(x, ()), real(1)))
calls(
    np.ravel,
    (lambda x: x.ravel() * real(6), real(2, 3)),
    (lambda x: x.flatten("F") * real(6), real(2, 3)),
)
calls(np.broadcast_to, (lambda x: np.broadcast_to(x, (4, 2, 3)), real(2, 1)))
calls(
    np.broadcast_arrays, (lambda x, y: np.multiply(*np.broadcast_arrays(x, y)), real(2, 1), real(3))
)
calls(
    np.transpose, (lambda x: np.transpose(x, (2, 0, 1)), real(2, 3, 1)), (lambda x: x.T, real(2, 3))
)
calls(
    np.transpose,
    (lambda x: x.transpose(1, -1, 0), real(2, 3, 2)),
    (lambda x: x.transpose(), real(2, 3)),
)
calls(np.matrix_transpose, (lambda x: x.mT, real(2, 3, 2)))
calls(np.linalg.matrix_transpose, (np.linalg.matrix_transpose, real(2, 3)))
calls(np.swapaxes, (lambda x: x.swapaxes(0, -1), real(2, 3, 2)))
calls(np.moveaxis, (lambda x: np.moveaxis(x, [0, 1], [-1, 0]), real(2, 3, 2)))
calls(
    np.rollaxis,
    (lambda x: np.rollaxis(x, 2), real(2, 3, 4)),
    (lambda x: np.rollaxis(x, 0, 2), real(2, 3, 4)),
)
calls(
    np.roll,
    (lambda x: np.roll(x, 2), real(2, 3)),
    (lambda x: np.roll(x, (1, -2), (0, 1)), real(2, 3)),
)
calls(
    np.rot90,
    (lambda x: np.rot90(x, 3), real(2, 3)),
    (lambda x: np.rot90(x, 1, (0, 2)), real(2, 3, 2)),
)
calls(np.flip, (lambda x: np.flip(x), real(2, 3)), (lambda x: np.flip(x, (0, -1)), real(2, 3, 2)))
calls(np.flipud, (np.flipud, real(2, 3)))
calls(np.fliplr, (np.fliplr, real(2, 3)))
calls(
    np.expand_dims,
    (lambda x: np.expand_dims(x, (0, -1)), real(2, 3)),
    (lambda x: np.expand_dims(x, 1), real(2)),
)
calls(
    np.squeeze, (lambda x: x.squeeze(), real(1, 2, 1)), (lambda x: np.squeeze(x, -1), real(1, 2, 1))
)
calls(
    np.atleast_1d,
    (np.atleast_1d, real()),
    (lambda x, y: np.stack(np.atleast_1d(x, y)), real(), real(1)),
)
calls(
    np.atleast_2d,
    (np.atleast_2d, real(3)),
    (lambda x, y: np.vstack(np.atleast_2d(x, y)), real(2), real(2, 2)),
)
calls(np.atleast_3d, (np.atleast_3d, real(3)), (np.atleast_3d, real(2, 2)))
calls(np.stack, (lambda x, y: np.stack([x, y], axis=-1), real(2, 2), real(2, 2, seed=1)))
calls(np.unstack, (lambda x: x * np.unstack(x, axis=1)[0][:, None], real(2, 3)))
calls(np.vstack, (lambda x, y: np.vstack([x, y]), real(3), real(2, 3)))
calls(
    np.hstack,
    (lambda x, y: np.hstack([x, y]), real(2), real(3)),
    (lambda x: np.hstack([x, x]), real(2, 2)),
)
calls(np.dstack, (lambda x, y: np.dstack([x, y]), real(2, 2), real(2, 2, 2)))
calls(np.column_stack, (lambda x, y: np.column_stack([x, y]), real(3), real(3, 2)))
calls(
    np.append,
    (lambda x: np.append(x, 1.0), real(2)),
    (lambda x: np.append(x, x, axis=1), real(2, 2)),
)
calls(np.block, (lambda x, y: np.block([[x, y], [y.T, x]]), real(2, 2), real(2, 2, seed=1)))
calls(
    np.repeat,
    (lambda x: np.repeat(x, 2), real(2, 2)),
    (lambda x: x.repeat([1, 0, 2], axis=1), real(2, 3)),
)
calls(np.repeat, (lambda x: np.repeat(x, 3, axis=0), real(2, 2)))
calls(np.apply_along_axis, (lambda x: np.apply_along_axis(np.cumsum, 1, x), real(2, 3)))
calls(np.apply_along_axis, (lambda x: np.apply_along_axis(lambda r: r[0] * r, 0, x), real(2, 3, 2)))
calls(np.apply_along_axis, (lambda x: np.apply_along_axis(np.sum, -1, x), real(2, 3)))
calls(np.tile, (lambda x: np.tile(x, (2, 1, 3)), real(2, 2)), (lambda x: np.tile(x, 2), real(2, 3)))
calls(
    np.pad,
    (lambda x: np.pad(x, ((1, 0), (0, 2))), real(2, 2)),
    (lambda x: np.pad(x, 2, "edge"), real(3)),
)
calls(
    np.pad,
    (lambda x: np.pad(x, 1, constant_values=3.0), real(3)),
    (lambda x: np.pad(x, 2, "reflect"), real(3)),
)
calls(
    np.take,
    (lambda x: np.take(x, I, axis=1), real(2, 3)),
    (lambda x: x.take([[0, 5]], mode="wrap"), real(4)),
)
calls(np.take, (lambda x: np.take(x, [9, 0], mode="clip"), real(4)))
calls(np.take_along_axis, (lambda x: np.take_along_axis(x, np.array([[1], [0]]), 1), real(2, 3)))
calls(np.bincount, (lambda w: np.bincount(np.array([0, 2, 2, 4]), weights=w), real(4)))
calls(np.bincount, (lambda w: np.bincount([1, 1], w, minlength=4), real(2)))
calls(np.take_along_axis, (lambda x: np.take_along_axis(x, np.array([5, 0]), None), real(2, 3)))
calls(np.compress, (lambda x: x.compress([True, False, True], axis=1), real(2, 3)))
calls(np.extract, (lambda x: np.extract(x > 0, x), real(2, 3)))
calls(
    np.delete,
    (lambda x: np.delete(x, [0, 2]), real(4)),
    (lambda x: np.delete(x, 1, axis=1), real(2, 3)),
)
calls(
    np.insert,
    (lambda x: np.insert(x, 1, x[0] * 2), real(3)),
    (lambda x: np.insert(x, 0, 5.0, axis=1), real(2, 2)),
)
calls(
    np.split,
    (lambda x: np.multiply(*np.split(x, 2)), real(4)),
    (lambda x: np.split(x, [1], axis=1)[1], real(2, 3)),
)
calls(np.array_split, (lambda x: np.array_split(x, 2)[0], real(5)))
calls(
    np.hsplit, (lambda x: np.hsplit(x, 2)[1], real(2, 4)), (lambda x: np.hsplit(x, [1])[1], real(4))
)
calls(np.vsplit, (lambda x: np.vsplit(x, 2)[1], real(4, 2)))
calls(np.dsplit, (lambda x: np.dsplit(x, 2)[1], real(1, 2, 4)))
calls(
    np.sort,
    (np.sort, real(2, 4)),
    (lambda x: np.sort(x, axis=0), real(3, 2)),
    (lambda x: np.sort(x, None), real(2, 2)),
)
calls(
    np.partition,
    (lambda x: np.partition(x, 2)[2], real(5)),
    (lambda x: np.partition(x, 1, None)[1], real(2, 2)),
)
calls(
    np.diagonal,
    (lambda x: x.diagonal(1), real(3, 3)),
    (lambda x: np.diagonal(x, -1, 2, 0), real(2, 2, 3)),
)
calls(np.linalg.diagonal, (lambda x: np.linalg.diagonal(x, offset=1), real(2, 2, 3)))
calls(np.diag, (lambda x: np.diag(x, 1), real(2)), (np.diag, real(2, 3)))
calls(np.diagflat, (lambda x: np.diagflat(x, -1), real(2, 1)))
calls(np.tril, (lambda x: np.tril(x, -1), real(2, 3, 3)))
calls(np.triu, (np.triu, real(3, 2)))
calls(np.select, (lambda x: np.select([x > 1, x > 0], [x**2, x], -x), real(5)))
calls(
    np.piecewise,
    (lambda x: np.piecewise(x, [x < -1, x < 0], [np.exp, 2.0, lambda z: z * x[0]]), real(6)),
)
calls(np.meshgrid, (lambda x, y: np.multiply(*np.meshgrid(x, y)), real(2), real(3)))
calls(
    np.meshgrid,
    (lambda x, y: np.add(*np.meshgrid(x, y, indexing="ij", sparse=True)), real(2), real(3)),
)
calls(np.astype, (lambda x: np.astype(x, np.float64), real(3)))
calls(np.full_like, (lambda x: np.full_like(x, x[0, 1]), real(2, 2)))
calls(
    np.unique,
    (lambda x: np.unique(x), real(4)),
    (lambda x: np.unique(np.stack([x, x]), return_counts=True)[0], real(2)),
)
calls(np.resize, (lambda x: np.resize(x, (2, 3)), real(4)))
calls(
    np.diff,
    (lambda x: np.diff(x, 2), real(2, 4)),
    (lambda x: np.diff(x, axis=0, prepend=1.0), real(2, 2)),
)
calls(np.linspace, (lambda a, b: np.linspace(a, b, 4), real(), real(2)))
calls(np.linspace, (lambda a: np.linspace(a, 3.0, 3, endpoint=False), real()))
calls(np.logspace, (lambda a, b: np.logspace(a, b, 3), inside(), inside(2)))
calls(np.ediff1d, (lambda x: np.ediff1d(x), real(2, 2)))
calls(
    np.gradient,
    (lambda x: np.gradient(x, 0.5), real(5)),
    (lambda x: np.stack(np.gradient(x)), real(3, 2)),
)
calls(np.interp, (lambda x, f: np.interp(x, [0.0, 1.0, 3.0], f), positive(3), real(3)))
calls(np.polyval, (np.polyval, real(3), real(2)))
calls(
    np.vander,
    (lambda x: np.vander(x, 3), real(3)),
    (lambda x: np.vander(x, increasing=True), real(3)),
)

# Reductions.
AXES = [{}, {"axis": 0}, {"axis": (0, -1), "keepdims": True}, {"axis": -2}]
for _f in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.median, np.ptp):
    calls(_f, *((lambda x, f=_f, kw=kw: f(x, **kw), real(2, 3, 2)) for kw in AXES))
calls(np.sum, (lambda x: x.sum(0), real(2, 3)), (lambda x: np.add.reduce(x), real(2, 3)))
calls(np.sum, (lambda x: np.sum(x, where=x > 0, initial=2.0), real(2, 3)), (np.sum, real(0, 3)))
calls(np.sum, (lambda x: np.sum(x, axis=0), real(0, 3)))
calls(
    np.prod,
    (np.prod, np.array([2.0, 0.0, 3.0])),
    (np.prod, np.array([0.0, 0.0, 3.0])),
    (np.prod, real(0)),
)
calls(np.prod, (lambda x: np.prod(x, axis=1), np.array([[0.0, 2.0], [3.0, 4.0]])))
calls(
    np.max,
    (lambda x: np.maximum.reduce(x, axis=1), real(2, 3)),
    (lambda x: x.max(initial=0.3), real(3)),
)
calls(np.min, (lambda x: x.min(where=x > 0, initial=9.0), real(5)))
calls(
    np.var, (lambda x: x.var(0, ddof=1), real(3, 2)), (lambda x: np.var(x, correction=1), real(3))
)
calls(
    np.cumsum,
    (np.cumsum, real(2, 3)),
    (lambda x: x.cumsum(axis=0), real(2, 3)),
    (lambda x: np.add.accumulate(x), real(3)),
)
calls(
    np.cumprod,
    (np.cumprod, real(2, 2)),
    (lambda x: x.cumprod(axis=1), np.array([[2.0, 0.0, 3.0, 0.0]])),
)
calls(np.cumulative_sum, (lambda x: np.cumulative_sum(x, axis=1), real(2, 3)))
calls(np.cumulative_prod, (lambda x: np.cumulative_prod(x, include_initial=True), real(3)))
calls(np.average, (lambda x, w: np.average(x, axis=1, weights=w), real(2, 3), positive(3)))
calls(np.average, (np.average, real(3)), (lambda x: np.average(x, 0, returned=True)[0], real(2, 2)))
NAN = np.array([1.0, np.nan, -2.0])
for _f in (np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.nanprod):
    calls(_f, (lambda x, f=_f: f(np.where(np.isnan(NAN), NAN, x)), real(2, 3)))
    calls(_f, (lambda x, f=_f: f(np.where(np.isnan(NAN), NAN, x), axis=1), real(2, 3)))
calls(
    np.quantile,
    (lambda x: np.quantile(x, 0.3), real(5)),
    (lambda x: np.quantile(x, [0.1, 0.7], axis=0), real(3, 2)),
)
calls(np.percentile, (lambda x: np.percentile(x, 40, axis=1, keepdims=True), real(2, 4)))
calls(
    np.cov,
    (np.cov, real(2, 4)),
    (lambda x: np.cov(x, rowvar=False, bias=True), real(4, 2)),
    (np.cov, real(4)),
)
calls(np.corrcoef, (np.corrcoef, real(2, 4)), (lambda x: np.corrcoef(x) + x[0], real(4)))
calls(
    np.trapezoid,
    (lambda y, x: np.trapezoid(y, x), real(4), real(4, seed=1)),
    (lambda y: np.trapezoid(y, dx=0.5, axis=0), real(3, 2)),
)
calls(np.trace, (np.trace, real(3, 2)), (lambda x: x.trace(1), real(3, 3)))
calls(np.linalg.trace, (np.linalg.trace, real(2, 2, 2)))
calls(
    np.clip,
    (lambda x: np.clip(x, -1.0, 0.7), real(6)),
    (lambda x, a, b: np.clip(x, a, b), real(3), real() - 3, real() + 3),
)
calls(np.clip, (lambda x: x.clip(min=0.3), real(6)))

# Products.
for _a, _b in [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 2)),
    ((2, 2, 3), (3, 2)),
    ((2, 3), (2, 3, 1)),
    ((2, 1, 2, 3), (3, 3, 1)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
]:
    calls(np.matmul, (np.matmul, real(*_a), real(*_b, seed=1)))
calls(np.matmul, (lambda x: x @ x @ x, real(2, 2)), (np.matmul, real(2, 0), real(0, 3)))
calls(np.vecdot, (np.vecdot, real(2, 3), real(3, seed=1)))
calls(np.matvec, (np.matvec, real(2, 2, 3), real(3)))
calls(np.vecmat, (np.vecmat, real(2), real(2, 3)))
calls(
    np.dot,
    (np.dot, real(2, 3), real(3, 2)),
    (np.dot, real(), real(2)),
    (np.dot, real(2, 3), real(2, 3, 2)),
)
calls(np.dot, (lambda x: np.dot(x, 2.0) * np.dot((1.0, 2.0, 3.0), x), real(3)))
calls(np.dot, (lambda x, y: x.dot(y), real(3), real(3, seed=1)), (np.dot, real(2, 2, 3), real(3)))
calls(np.vdot, (np.vdot, real(2, 2), real(2, 2, seed=1)))
calls(np.inner, (np.inner, real(2, 3), real(4, 3)), (np.inner, real(3), 2.0 * real()))
calls(
    np.outer,
    (np.outer, real(2), real(1, 3)),
    (lambda x, y: np.multiply.outer(x, y), real(2), real(2, 2)),
)
calls(np.linalg.outer, (np.linalg.outer, real(2), real(3)))
calls(np.tensordot, (lambda x, y: np.tensordot(x, y, 1), real(2, 3), real(3, 2)))
calls(
    np.tensordot, (lambda x, y: np.tensordot(x, y, ([0, 2], [1, 0])), real(2, 1, 3), real(3, 2, 2))
)
calls(np.tensordot, (lambda x, y: np.tensordot(x, y, 0), real(2), real(3)))
calls(
    np.linalg.tensordot,
    (lambda x, y: np.linalg.tensordot(x, y, axes=2), real(2, 3), real(2, 3, seed=1)),
)
calls(np.kron, (np.kron, real(2, 3), real(2, 2)), (np.kron, real(2), real(2, 3)))
calls(
    np.cross,
    (np.cross, real(2, 3), real(3, seed=1)),
    (lambda x, y: np.cross(x, y, axis=0), real(3, 2), real(3, 2, seed=1)),
)
calls(np.linalg.cross, (np.linalg.cross, real(3), real(3, seed=1)))
for _mode in ("full", "same", "valid"):
    calls(np.convolve, (lambda x, y, m=_mode: np.convolve(x, y, m), real(5), real(2)))
    calls(np.convolve, (lambda x, y, m=_mode: np.convolve(x, y, m), real(3), real(4)))
    calls(np.correlate, (lambda x, y, m=_mode: np.correlate(x, y, m), real(5), real(3)))
    calls(np.correlate, (lambda x, y, m=_mode: np.correlate(x, y, m), real(2), real(5)))
for _spec, *_shapes in [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("ba", (2, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("iji->ji", (2, 3, 2)),
    ("ij->", (2, 3)),
    ("ij,k->i", (2, 3), (2,)),
    ("...ij,...jk->...ik", (2, 1, 2, 2), (3, 2, 2)),
    ("...i->...", (2, 3)),
    ("i...,...->i...", (2, 1, 3), (2, 1)),
    ("ij,jk,kl->il", (2, 2), (2, 3), (3, 2)),
    ("i,i->i", (1,), (3,)),
    ("bhqd,bhkd->bhqk", (1, 2, 2, 3), (1, 2, 3, 3)),
    ("ii,jj->ij", (2, 2), (3, 3)),
    (",i->i", (), (3,)),
]:
    _args = [real(*shape, seed=k) for k, shape in enumerate(_shapes)]
    calls(contracted, (lambda *x, s=_spec: np.einsum(s, *x), *_args))
calls(np.einsum, (lambda x, y: np.einsum(x, [0, 1], y, [1, 2], [0, 2]), real(2, 3), real(3, 2)))
calls(
    np.einsum,
    (lambda x: np.einsum(x, [0, 0]), real(3, 3)),
    (lambda x: np.einsum("ij,j", np.ones((2, 3)), x, optimize=True), real(3)),
)
calls(np.tensordot, (lambda x, y: np.tensordot(x, y, 1), real(2, 0), real(0, 3)))
