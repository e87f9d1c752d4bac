"""Contractions and their transposes."""

import numpy as np
import pytest

from calcml.diff import grad
from calcml.diff.gradcheck import check_grads
from calcml.tensor import contract, einsum_vjp, explicit_spec

RNG = np.random.default_rng(0)
SPECS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ii", (3, 3)),
    ("iij->j", (2, 2, 3)),
    ("ij->", (2, 3)),
    ("ij,kl->", (2, 3), (3, 2)),
    ("...ij,...j->...i", (4, 2, 3), (3,)),
    ("i...->...", (2, 1, 3)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    ("i,i->i", (1,), (3,)),
    ("iji,j->i", (2, 3, 2), (3,)),
    (" a b , b -> a ", (2, 3), (3,)),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s[0])
def test_contract_is_einsum_and_its_vjp_the_transpose(spec):
    text, *shapes = spec
    operands = [RNG.normal(size=s) for s in shapes]
    y = contract(text, *operands)
    np.testing.assert_allclose(y, np.einsum(text, *operands), rtol=1e-13)
    g = RNG.normal(size=np.shape(y))
    for k, operand in enumerate(operands):
        v = RNG.normal(size=operand.shape)
        moved = contract(text, *operands[:k], v, *operands[k + 1 :])
        pulled = einsum_vjp(text, g, operands, k)
        assert pulled.shape == operand.shape
        assert np.sum(g * moved) == pytest.approx(np.sum(pulled * v), rel=1e-12)
    check_grads(lambda *x: contract(text, *x), operands, order=1)


def test_the_transpose_is_differentiable():
    A, B = RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))
    check_grads(lambda g, B: einsum_vjp("ij,jk->ik", g, (A, B), 0), (RNG.normal(size=(2, 2)), B))


def test_explicit_spec():
    shapes = [np.ones((5, 2, 3)), np.ones((3, 4))]
    assert explicit_spec("...ij,jk", shapes) == (["aij", "jk"], "aik")
    assert explicit_spec("ba", [np.ones((2, 2))]) == (["ba"], "ab")
    assert explicit_spec("i...,...->", [np.ones((2, 3, 4)), np.ones(4)]) == (["iab", "b"], "")


@pytest.mark.parametrize(
    ("spec", "operands", "message"),
    [
        ("ij,jk->ik", [np.ones((2, 2))], "names 2 operands; got 1"),
        ("ij->i", [np.ones(2)], r"has indices 'ij' for an operand of shape \(2,\)"),
        ("i->i", [np.ones((2, 2))], r"has indices 'i' for an operand of shape \(2, 2\)"),
        ("i->ij", [np.ones(2)], "has the index 'j' in its output only"),
    ],
)
def test_specifications_are_checked(spec, operands, message):
    with pytest.raises(ValueError, match=message):
        contract(spec, *operands)
    with pytest.raises(ValueError, match=message):
        einsum_vjp(spec, np.ones(2), operands, 0)


def test_argnum_is_checked():
    with pytest.raises(ValueError, match="argnum must name one of 1 operands; got 1"):
        einsum_vjp("i->", 1.0, [np.ones(2)], 1)


def test_attention():
    """The gradient of softmax(QKᵀ/√d) V through contractions, against difference quotients."""

    def attention(Q, K, V):
        scores = contract("bhqd,bhkd->bhqk", Q, K) / np.sqrt(Q.shape[-1])
        weights = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
        weights = weights / np.sum(weights, axis=-1, keepdims=True)
        return contract("bhqk,bhkd->bhqd", weights, V)

    check_grads(attention, [RNG.normal(size=(1, 2, 3, 2)) for _ in "QKV"], order=1)
    assert grad(lambda Q: np.sum(attention(Q, Q, Q)))(np.ones((1, 1, 2, 2))).shape == (1, 1, 2, 2)
