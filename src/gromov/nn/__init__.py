"""Building blocks of networks: blocks that compose, and know their shapes, parameters and operations.

The names are imported when they are first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gromov.nn.block import Block
    from gromov.nn.blocks.attention import Attention, SelfAttention
    from gromov.nn.blocks.convolution import Convolution
    from gromov.nn.blocks.dense import Dense
    from gromov.nn.blocks.hyperbolic import BallLogits, HyperbolicAttention, HyperbolicLogits, IntoBall, MoebiusDense, OutOfBall
    from gromov.nn.blocks.normalisation import BatchNorm, GroupNorm, LayerNorm, RMSNorm, UnitLength
    from gromov.nn.blocks.pointwise import GELU, RELU, SIGMOID, SILU, TANH, Dropout, Pointwise
    from gromov.nn.blocks.pooling import AveragePool, GlobalAveragePool, MaxPool, TokenPool
    from gromov.nn.blocks.reshaping import Flatten, Reshape
    from gromov.nn.blocks.residual import Residual, Subsample
    from gromov.nn.blocks.standardise import Standardise
    from gromov.nn.blocks.tensor_dense import CanonicalDense, LowRankDense, TensorTrainDense, TuckerDense
    from gromov.nn.blocks.tokens import ClassToken, Patchify, PositionEmbedding, TokenEmbedding
    from gromov.nn.catalogue import BLOCKS
    from gromov.nn.composition import Composition
    from gromov.nn.declaration import block_class, block_from_dict, block_to_dict
    from gromov.nn.hyperbolic.attention import HyperbolicSelfAttention
    from gromov.nn.hyperbolic.einstein_midpoint import einstein_midpoint
    from gromov.nn.hyperbolic.hyperplane_logits import HyperbolicHead, HyperplaneLogits
    from gromov.nn.hyperbolic.moebius_linear import MoebiusLinear
    from gromov.nn.hyperbolic.to_ball import FromBall, ToBall
    from gromov.nn.presets import (
        PRESETS,
        Preset,
        causal_transformer,
        conv4,
        convnet,
        deepnet,
        lenet,
        mlp,
        preset,
        resnet_cifar,
        transformer_layer,
        vit,
    )
    from gromov.nn.saving import SavedNetwork, load_network, network_bytes, save_network
    from gromov.nn.shapes import Shape, ShapeError
    from gromov.nn.summary import Row, Summary

__all__ = [
    "BLOCKS",
    "GELU",
    "PRESETS",
    "RELU",
    "SIGMOID",
    "SILU",
    "TANH",
    "Attention",
    "AveragePool",
    "BallLogits",
    "BatchNorm",
    "Block",
    "CanonicalDense",
    "ClassToken",
    "Composition",
    "Convolution",
    "Dense",
    "Dropout",
    "Flatten",
    "FromBall",
    "GlobalAveragePool",
    "GroupNorm",
    "HyperbolicAttention",
    "HyperbolicHead",
    "HyperbolicLogits",
    "HyperbolicSelfAttention",
    "HyperplaneLogits",
    "IntoBall",
    "LayerNorm",
    "LowRankDense",
    "MaxPool",
    "MoebiusDense",
    "MoebiusLinear",
    "OutOfBall",
    "Patchify",
    "Pointwise",
    "PositionEmbedding",
    "Preset",
    "RMSNorm",
    "Reshape",
    "Residual",
    "Row",
    "SavedNetwork",
    "SelfAttention",
    "Shape",
    "ShapeError",
    "Standardise",
    "Subsample",
    "Summary",
    "TensorTrainDense",
    "ToBall",
    "TokenEmbedding",
    "TokenPool",
    "TuckerDense",
    "UnitLength",
    "block_class",
    "block_from_dict",
    "block_to_dict",
    "causal_transformer",
    "conv4",
    "convnet",
    "deepnet",
    "einstein_midpoint",
    "lenet",
    "load_network",
    "mlp",
    "network_bytes",
    "preset",
    "resnet_cifar",
    "save_network",
    "transformer_layer",
    "vit",
]

_HOMES = {
    "gromov.nn.block": ("Block",),
    "gromov.nn.blocks.attention": ("Attention", "SelfAttention"),
    "gromov.nn.blocks.convolution": ("Convolution",),
    "gromov.nn.blocks.dense": ("Dense",),
    "gromov.nn.blocks.hyperbolic": ("BallLogits", "HyperbolicAttention", "HyperbolicLogits", "IntoBall", "MoebiusDense", "OutOfBall"),
    "gromov.nn.blocks.normalisation": ("BatchNorm", "GroupNorm", "LayerNorm", "RMSNorm", "UnitLength"),
    "gromov.nn.blocks.pointwise": ("GELU", "RELU", "SIGMOID", "SILU", "TANH", "Dropout", "Pointwise"),
    "gromov.nn.blocks.pooling": ("AveragePool", "GlobalAveragePool", "MaxPool", "TokenPool"),
    "gromov.nn.blocks.reshaping": ("Flatten", "Reshape"),
    "gromov.nn.blocks.residual": ("Residual", "Subsample"),
    "gromov.nn.blocks.standardise": ("Standardise",),
    "gromov.nn.blocks.tensor_dense": ("CanonicalDense", "LowRankDense", "TensorTrainDense", "TuckerDense"),
    "gromov.nn.blocks.tokens": ("ClassToken", "Patchify", "PositionEmbedding", "TokenEmbedding"),
    "gromov.nn.catalogue": ("BLOCKS",),
    "gromov.nn.composition": ("Composition",),
    "gromov.nn.declaration": ("block_class", "block_from_dict", "block_to_dict"),
    "gromov.nn.hyperbolic.attention": ("HyperbolicSelfAttention",),
    "gromov.nn.hyperbolic.einstein_midpoint": ("einstein_midpoint",),
    "gromov.nn.hyperbolic.hyperplane_logits": ("HyperbolicHead", "HyperplaneLogits"),
    "gromov.nn.hyperbolic.moebius_linear": ("MoebiusLinear",),
    "gromov.nn.hyperbolic.to_ball": ("FromBall", "ToBall"),
    "gromov.nn.presets": (
        "PRESETS",
        "Preset",
        "causal_transformer",
        "conv4",
        "convnet",
        "deepnet",
        "lenet",
        "mlp",
        "preset",
        "resnet_cifar",
        "transformer_layer",
        "vit",
    ),
    "gromov.nn.saving": ("SavedNetwork", "load_network", "network_bytes", "save_network"),
    "gromov.nn.shapes": ("Shape", "ShapeError"),
    "gromov.nn.summary": ("Row", "Summary"),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'gromov.nn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
