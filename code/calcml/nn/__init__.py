"""Neural networks as plain NumPy functions of their parameters, differentiable by `calcml.diff`.

A model is a function ``model(params, inputs)``; ``params`` is a tree of arrays (lists, tuples,
dicts), so ``value_and_grad(lambda p: loss(model(p, X), y))`` is all that training needs.
"""

from calcml.nn.loss import cross_entropy, log_softmax
from calcml.nn.multilayer import init_mlp, mlp, relu
from calcml.nn.training import fit
from calcml.nn.transformers import (
    attention_weights,
    block,
    causal_self_attention,
    embedding,
    gelu,
    init_transformer,
    layer_norm,
    transformer,
)

__all__ = [
    "attention_weights",
    "block",
    "causal_self_attention",
    "cross_entropy",
    "embedding",
    "fit",
    "gelu",
    "init_mlp",
    "init_transformer",
    "layer_norm",
    "log_softmax",
    "mlp",
    "relu",
    "transformer",
]
