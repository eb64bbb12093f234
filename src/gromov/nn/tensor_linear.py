"""Linear layers whose weights are held in factors, and the compression of trained networks into them."""

import copy
import fnmatch
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gromov.core import InputError
from gromov.tensors.higher_order_svd import tucker
from gromov.tensors.linear_formats import CanonicalMap, LinearFormat, LowRank, Train, TuckerMap
from gromov.tensors.modes import check_modes, layer_modes

Modes = tuple[Sequence[int], Sequence[int]]
Layer = TypeVar("Layer", bound="FactoredLinear")


class FactoredLinear(nn.Module):
    """y = W·x + b with a weight W (out × in) that is held in factors: what the layers below share; use one of those.

    Factors are drawn from torch's generator, as those of `nn.Linear` are, and scaled so that the mean square of W's entries is exactly
    gain²/in_features: inputs of variance v give outputs of variance gain²·v on average, with gain √2 the initialisation of He. b starts at 0.

    Args:
        in_features: Length of an input.
        out_features: Length of an output.
        rank: Largest rank, or one for each place where the format has one; none is larger than W could use.
        modes: How inputs and outputs are read as tensors, (n₁, …), (m₁, …); None means the most even factorisations.
        bias: Whether there is a b.
        gain: √(mean square of the outputs / mean square of the inputs) at the start.
        device: Of the parameters.
        dtype: Of the parameters.

    Raises:
        InputError: modes that do not multiply to the features, or a rank below 1.

    Reference:
        K. He, X. Zhang, S. Ren, J. Sun, Delving deep into rectifiers, 2015, arXiv:1502.01852.
    """

    form: ClassVar[type[LinearFormat]]
    """How W is held."""
    count: ClassVar[int]
    """How many modes inputs and outputs have unless told."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        rank: int | Sequence[int],
        *,
        modes: Modes | None = None,
        bias: bool = True,
        gain: float = math.sqrt(2.0),
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        inputs, outputs = modes or (layer_modes(in_features, self.count), layer_modes(out_features, self.count))
        n, m = check_modes(inputs, in_features, "modes of the inputs"), check_modes(outputs, out_features, "modes of the outputs")
        self.format = self.form(n, m)
        like = torch.empty(0, device=device, dtype=dtype)
        exact = torch.promote_types(like.dtype, torch.float32)  # half precision has no QR decomposition, which norms are made of
        drawn = self.format.start([torch.randn(shape, device=device, dtype=exact) for shape in self.format.shapes(rank)])
        share = (gain * math.sqrt(out_features) / self.format.tensor(drawn).norm()) ** (1 / len(drawn))
        self.factors = nn.ParameterList([nn.Parameter((share * each).to(like.dtype)) for each in drawn])
        self.bias = nn.Parameter(torch.zeros(out_features, device=device, dtype=dtype)) if bias else None

    @classmethod
    def from_linear(
        cls: type[Layer], linear: nn.Linear, rank: int | None = None, *, tolerance: float | None = None, modes: Modes | None = None
    ) -> Layer:
        """A trained layer in this format, with its bias; the layer itself is not changed.

        Args:
            linear: The trained layer.
            rank: Largest rank.
            tolerance: Largest relative error of the weight, ‖W − Ŵ‖/‖W‖; a `CanonicalLinear` takes a rank only.
            modes: As for the layer.

        Raises:
            InputError: neither rank nor tolerance, or a weight that cannot be decomposed.
        """
        made = cls(linear.in_features, linear.out_features, 1, modes=modes, bias=False, device="meta")
        found = made.format.decompose(_exact(linear.weight, rank, tolerance), rank, tolerance)
        size = torch.stack([torch.linalg.vector_norm(each) for each in found]).clamp_min(1e-30)
        shares = size.log().mean().exp() / size  # every factor gets one norm, so that all learn at one pace
        made.factors = nn.ParameterList([_parameter(share * each, linear) for share, each in zip(shares, found, strict=True)])
        made.bias = _bias(linear)
        return made.train(linear.training)

    @property
    def weight(self) -> Float[Tensor, "out in"]:
        """The dense W, computed when asked for, differentiable in the factors: code that reads the `weight` of a linear layer goes on."""
        return self.format.weight(tuple(self.factors))

    @property
    def parameters_count(self) -> int:
        """How many numbers factors and bias hold."""
        return _count(self)

    def flops(self, batch: int = 1) -> int:
        """Operations of W·x for a batch: a multiplication and an addition count as two, the bias as nothing, as torch counts.

        Args:
            batch: Number of rows.
        """
        return self.format.flops(tuple(self.factors), batch)

    def forward(self, x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        """W·x + b for each row.

        Args:
            x: … × in_features.

        Raises:
            InputError: rows of another length.
        """
        if x.shape[-1] != self.in_features:
            raise InputError(f"x must have rows of {self.in_features} features; got shape {tuple(x.shape)}")
        y = self.format.product(tuple(self.factors), x.reshape(-1, self.in_features)).reshape(*x.shape[:-1], self.out_features)
        return y if self.bias is None else y + self.bias.to(y.dtype)  # autocast's lower precision stays, as it does in nn.Linear

    def extra_repr(self) -> str:
        """Features and shapes of the factors."""
        shapes = ", ".join("×".join(map(str, factor.shape)) for factor in self.factors)
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}, factors=[{shapes}]"


class LowRankLinear(FactoredLinear):
    """W = U·V, U out × r and V r × in: the baseline that the other formats must beat. Arguments are those of `FactoredLinear`.

    Cost: 2·r·(in + out) operations a row, r·(in + out) parameters.

    Example:
        >>> import torch
        >>> from gromov.nn.tensor_linear import LowRankLinear
        >>> layer = LowRankLinear(784, 100, rank=5)
        >>> layer(torch.zeros(2, 784)).shape, layer.parameters_count
        (torch.Size([2, 100]), 4520)
    """

    form, count = LowRank, 1


class TensorTrainLinear(FactoredLinear):
    """W as a tensor-train matrix with cores r_{k−1} × m_k × n_k × r_k, of three modes unless told. Arguments are those of `FactoredLinear`.

    A large batch is quicker with the dense W, formed in passing, than core by core: `forward` goes the quicker way, by the number of
    operations, and forms no W of more than 4 million entries.

    Reference:
        A. Novikov, D. Podoprikhin, A. Osokin, D. Vetrov, Tensorizing neural networks, 2015, arXiv:1509.06569.

    Example:
        >>> from gromov.nn.tensor_linear import TensorTrainLinear
        >>> layer = TensorTrainLinear(784, 1000, rank=8)
        >>> layer.format.in_modes, layer.format.out_modes, layer.parameters_count  # of 785,000
        ((7, 8, 14), (10, 10, 10), 7800)
    """

    form, count = Train, 3


class TuckerLinear(FactoredLinear):
    """W = (U₁ ⊗ U₂ ⊗ ⋯)·G·(V₁ ⊗ V₂ ⊗ ⋯)ᵀ, of two modes unless told. Arguments are those of `FactoredLinear`, the outputs' ranks first.

    G has as many entries as all ranks multiply to: for few modes and small ranks.

    Example:
        >>> from gromov.nn.tensor_linear import TuckerLinear
        >>> TuckerLinear(784, 1000, rank=8).parameters_count  # of 785,000
        6064
    """

    form, count = TuckerMap, 2


class CanonicalLinear(FactoredLinear):
    """W(i, j) = Σ_a U₁(i₁, a)⋯V₁(j₁, a)⋯, of two modes unless told; its matrix rank is at most r. Arguments are those of `FactoredLinear`.

    Example:
        >>> from gromov.nn.tensor_linear import CanonicalLinear
        >>> CanonicalLinear(784, 1000, rank=8).parameters_count  # of 785,000
        1968
    """

    form, count = CanonicalMap, 2


def compress_convolution(
    convolution: nn.Conv2d, rank: int | tuple[int, int] | None = None, *, tolerance: float | None = None
) -> nn.Sequential:
    """A convolution by Tucker-2: 1 × 1 to r₂ channels, k × k to r₁, 1 × 1 to the outputs, with kernel K ≈ C ×₁ U₁ ×₂ U₂.

    Args:
        convolution: Trained, with one group; it is not changed. One of 1 × 1 becomes two, a matrix of low rank.
        rank: Largest rank, one for both or (outputs, inputs).
        tolerance: Largest relative error of the kernel.

    Raises:
        InputError: several groups, neither rank nor tolerance, or a kernel that cannot be decomposed.

    Reference:
        Y.-D. Kim, E. Park, S. Yoo, T. Choi, L. Yang, D. Shin, Compression of deep convolutional neural networks, 2015, arXiv:1511.06530.

    Example:
        >>> from torch import nn
        >>> from gromov.nn.tensor_linear import compress_convolution
        >>> [tuple(part.weight.shape) for part in compress_convolution(nn.Conv2d(16, 32, 3), rank=4)]
        [(4, 16, 1, 1), (4, 4, 3, 3), (32, 4, 1, 1)]
    """
    if convolution.groups != 1:
        raise InputError(f"a convolution of {convolution.groups} groups is not compressed: the groups are a factorisation already")
    kernel = _exact(convolution.weight, rank, tolerance)
    found = tucker(kernel, rank, tolerance=tolerance, modes=(0, 1), sweeps=0 if rank is None else 2)
    outer, inner = found.factors[0][:, :, None, None], found.factors[1].mT[:, :, None, None]
    kernels = [inner, found.core, outer]
    if convolution.kernel_size == (1, 1):  # then the one in the middle is a matrix, and one with the last
        kernels = [inner, torch.einsum("oaxy,abxy->obxy", outer, found.core)]
    parts = [nn.Conv2d(each.shape[1], each.shape[0], 1, bias=False, device="meta") for each in kernels]
    (r, q), (high, wide) = kernels[-2].shape[:2], kernels[-2].shape[2:]
    stride, dilation, padding = convolution.stride, convolution.dilation, convolution.padding
    parts[-2] = nn.Conv2d(
        q,
        r,
        (high, wide),
        (stride[0], stride[1]),
        padding if isinstance(padding, str) else (padding[0], padding[1]),
        (dilation[0], dilation[1]),
        bias=False,
        padding_mode=convolution.padding_mode,
        device="meta",
    )
    for part, each in zip(parts, kernels, strict=True):
        part.weight = _parameter(each, convolution)
    parts[-1].bias = _bias(convolution)
    return nn.Sequential(*parts).train(convolution.training)


@dataclass(frozen=True, slots=True)
class CompressedLayer:
    """What became of one layer.

    Attributes:
        name: Its path in the module; empty for the module itself.
        before: Parameters it had, bias included.
        after: Parameters it has.
        error: ‖W − Ŵ‖/‖W‖ of its weight; 0 where it was kept.
        kept: Why it was kept; empty where it was replaced.
    """

    name: str
    before: int
    after: int
    error: float
    kept: str


@dataclass(frozen=True, slots=True)
class Compression:
    """What `compress` did.

    Attributes:
        layers: The layers looked at, in the module's order; one used in several places is listed once.
        before: Parameters of the whole module before.
        after: And after.
    """

    layers: tuple[CompressedLayer, ...]
    before: int
    after: int

    def __str__(self) -> str:
        rows = [f"{each.name}: {each.before:,} -> {each.after:,}, {each.kept or f'error {each.error:.3g}'}" for each in self.layers]
        return "\n".join([*rows, f"in all: {self.before:,} -> {self.after:,}"])


_LAYERS: dict[str, type[FactoredLinear]] = {"tt": TensorTrainLinear, "tucker": TuckerLinear, "low_rank": LowRankLinear}


def compress(
    module: nn.Module, rank: int | None = None, *, tolerance: float | None = None, kind: str = "tt", only: str | Sequence[str] = "*"
) -> tuple[nn.Module, Compression]:
    """A copy of a module with its linear layers in factors and its convolutions by Tucker-2, wherever that saves parameters; and what was done.

    Plain `nn.Linear` and `nn.Conv2d` are replaced, not their subclasses; a weight that several layers share is kept. Hooks on a replaced
    layer are lost. Train the copy for a little: that wins back most of what compression loses.

    Args:
        module: Trained; it is not changed.
        rank: Largest rank of every layer.
        tolerance: Largest relative error of every weight.
        kind: Format of the linear layers: "tt", "tucker" or "low_rank".
        only: Names of layers to look at, with wild cards as in a shell.

    Raises:
        InputError: another kind, a name that fits no layer, neither rank nor tolerance, or a weight that cannot be decomposed.

    Example:
        >>> from torch import nn
        >>> from gromov.nn.tensor_linear import compress
        >>> smaller, report = compress(nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)), rank=4, kind="low_rank")
        >>> report.before, report.after, [layer.kept for layer in report.layers]
        (68362, 3378, ['', ''])
    """
    if kind not in _LAYERS:
        raise InputError(f"kind must be one of {', '.join(_LAYERS)}; got {kind!r}")
    found, patterns = copy.deepcopy(module), (only,) if isinstance(only, str) else only
    layers = {
        name: each
        for name, each in found.named_modules(remove_duplicate=False)
        if isinstance(each, nn.Linear | nn.Conv2d) and type(each) in (nn.Linear, nn.Conv2d)
    }
    chosen = {name: each for name, each in layers.items() if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)}
    if not chosen:
        raise InputError(f"only = {only!r} fits no linear layer or convolution; there are: {', '.join(layers) or 'none'}")
    owners = Counter(id(parameter) for each in found.modules() for parameter in each.parameters(recurse=False))
    made: dict[nn.Module, nn.Module] = {}
    rows: list[CompressedLayer] = []
    for name, layer in chosen.items():
        if layer not in made:
            shared = any(owners[id(parameter)] > 1 for parameter in layer.parameters())
            made[layer], error, kept = (layer, 0.0, "its weight is shared") if shared else _smaller(layer, rank, tolerance, _LAYERS[kind])
            rows.append(CompressedLayer(name, _count(layer), _count(made[layer]), error, kept))
        if name:
            found.set_submodule(name, made[layer])
        else:
            found = made[layer]
    return found, Compression(tuple(rows), _count(module), _count(found))


def _smaller(
    layer: nn.Linear | nn.Conv2d, rank: int | None, tolerance: float | None, form: type[FactoredLinear]
) -> tuple[nn.Module, float, str]:
    """A layer in factors and its error, or the layer itself and why."""
    if isinstance(layer, nn.Linear):
        new = form.from_linear(layer, rank, tolerance=tolerance)
        weight = new.weight
    elif layer.groups > 1:
        return layer, 0.0, "it has groups"
    else:
        new = compress_convolution(layer, rank, tolerance=tolerance)
        first, *middle, last = list(new.parameters())[: len(new)]
        weight = torch.einsum("oaxy,abkl,bixy->oikl", last, middle[0], first) if middle else torch.einsum("oaxy,aixy->oixy", last, first)
    if _count(new) >= _count(layer):
        return layer, 0.0, "nothing would be saved"
    error = torch.linalg.vector_norm(weight - layer.weight) / torch.linalg.vector_norm(layer.weight).clamp_min(1e-30)
    return new.requires_grad_(layer.weight.requires_grad), float(error.detach()), ""


def _exact(weight: Tensor, rank: object, tolerance: float | None) -> Tensor:
    """A weight as decompositions want it, once it is said how small it must become."""
    if rank is None and tolerance is None:
        raise InputError("give a rank or a tolerance: with neither nothing would become smaller")
    return weight.detach().to(torch.promote_types(weight.dtype, torch.float32))


def _parameter(value: Tensor, of: nn.Linear | nn.Conv2d) -> nn.Parameter:
    """A parameter of the layer's dtype."""
    return nn.Parameter(value.to(of.weight.dtype).contiguous())


def _bias(layer: nn.Linear | nn.Conv2d) -> nn.Parameter | None:
    """A copy of a layer's bias, where it has one."""
    bias = dict(layer.named_parameters(recurse=False)).get("bias")
    return None if bias is None else nn.Parameter(bias.detach().clone())


def _count(module: nn.Module) -> int:
    """How many numbers a module trains; one that it holds twice counts once."""
    return sum(parameter.numel() for parameter in module.parameters())
