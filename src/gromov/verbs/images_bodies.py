"""Bodies of image networks: what makes features of images, from a preset, EfficientNet-Lite0 or timm."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from gromov.core import InputError, MissingDependencyError, Progress, Silent
from gromov.learn import Samples
from gromov.nn import Block, Composition, Dense, Patchify, Shape, ShapeError, Standardise, preset
from gromov.verbs.compare_efficientnet import NAME, efficientnet_weights, last_map_means

PRESETS = {"conv4": "conv4", "resnet": "resnet_cifar", "vit": "vit"}
TIMM = "timm:"
_SIDE, _BATCH = 224, 32
_COLOURS = 3


class _TimmModule(Protocol):
    num_features: int
    pretrained_cfg: dict[str, object]


@dataclass(frozen=True, repr=False)
class TimmBody(Block):
    """A network of timm without its last layer: images to features.

    Args:
        name: Name of the network in timm.

    Raises:
        InputError: timm has no such network.
        MissingDependencyError: timm is not installed.
    """

    name: str

    def shape_for(self, shape: Shape) -> Shape:
        """(features,)."""
        if len(shape) != 3 or shape[0] != _COLOURS:
            raise ShapeError(str(self), shape, "(3, height, width)")
        return (self._made("meta").num_features,)

    def parameters_for(self, shape: Shape) -> int:
        """As timm counts."""
        del shape
        return sum(parameter.numel() for parameter in cast(nn.Module, self._made("meta")).parameters())

    def module_for(self, shape: Shape) -> nn.Module:
        """The network of timm, with random weights."""
        del shape
        return cast(nn.Module, self._made("cpu"))

    def statistics(self) -> Standardise:
        """Mean and deviation of the colours it was trained on."""
        about = self._made("meta").pretrained_cfg
        mean, spread = (tuple(map(float, cast("tuple[float, ...]", about[key]))) for key in ("mean", "std"))
        return Standardise(mean, spread)

    def _made(self, device: str) -> _TimmModule:
        try:
            import timm  # pyright: ignore[reportMissingImports]
        except RuntimeError as error:  # torchvision, which timm imports, built for another torch
            raise MissingDependencyError(
                f"timm cannot be imported: {str(error).splitlines()[0]}: install the torchvision that goes with torch {torch.__version__}"
            ) from error
        except ImportError as error:
            raise MissingDependencyError(f"--backbone {TIMM}{self.name} needs timm: pip install 'gromov[hub]'") from error
        try:
            with torch.device(device):
                return cast(_TimmModule, timm.create_model(self.name, pretrained=False, num_classes=0))
        except RuntimeError as error:
            raise InputError(f"timm has no network {self.name!r}: python -c 'import timm; print(timm.list_models())' lists them") from error


def is_pretrained(backbone: str, weights: str | Path | None) -> bool:
    """Whether the body comes with weights."""
    return backbone == NAME or weights is not None


def sides_for(backbone: str, size: int | None, *, frozen: bool) -> tuple[int | None, int]:
    """Side that images are brought to, if they must have one, and the largest that is left alone, for this body."""
    if frozen:
        return size, _SIDE
    return (_SIDE if size is None and backbone.startswith(TIMM) else size), 64


def declared(backbone: str, dim: int, shape: Shape, statistics: Standardise, width: int | None) -> Composition:
    """Standardised images to vectors: the body, and a linear layer that begins orthogonal.

    Raises:
        InputError: an unknown body, or one that cannot take these images.
    """
    head = Dense(dim, initial="orthogonal")
    if backbone.startswith(TIMM):
        body = TimmBody(backbone.removeprefix(TIMM))
        return Composition(body.statistics(), body, head)
    if backbone not in PRESETS:
        raise InputError(f"there is no backbone {backbone!r}; there are {', '.join(PRESETS)}, {NAME} and {TIMM}NAME")
    options = {} if width is None else {"width": width}
    body = preset(PRESETS[backbone], input_shape=shape, classes=dim, **options)
    return Composition(statistics, *body.blocks[:-1], head)


def load_body(module: nn.Module, weights: str | Path) -> None:
    """Put local weights (safetensors, or a torch file of tensors alone) into the body of timm within a network; its last layer's are passed over.

    Raises:
        InputError: the file cannot be read, or is of another network.
    """
    path = Path(weights)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            state = load_file(path)
        else:
            state = cast("dict[str, Tensor]", torch.load(path, map_location="cpu", weights_only=True))
            state = cast("dict[str, Tensor]", state.get("state_dict", state))
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except Exception as error:  # torch and safetensors raise whatever a damaged file makes them raise
        raise InputError(f"{path} holds no weights that can be read safely: save them as safetensors") from error
    _, body, *_ = module.children()  # after what standardises
    wanted = body.state_dict()
    missing = [key for key in wanted if key not in state or state[key].shape != wanted[key].shape]
    if missing:
        raise InputError(f"{path} has no {missing[0]} of the right shape: its weights are of another network")
    body.load_state_dict({key: state[key] for key in wanted})


def freeze_patches(module: nn.Module, network: Composition) -> None:
    """Leave the projection of patches as it began, which steadies the training of vision transformers.

    Reference: Chen, Xie, He (2021), An empirical study of training self-supervised vision transformers. arXiv:2104.02057.
    """
    for block, child in zip(network.blocks, module.children(), strict=True):
        if isinstance(block, Patchify):
            child.requires_grad_(False)


@torch.no_grad()
def unit_start(module: nn.Module, images: Tensor) -> nn.Module:
    """The network with its last layer scaled so that the vectors of these images begin with a mean length of 1.

    Vectors far longer than the clip would all begin, and stay, at the rim of the ball: the radius, and the gradient along it, would be lost.
    """
    length = module.train()(images).norm(dim=1).mean()
    last = list(module.children())[-1]
    assert isinstance(last, nn.Linear)
    last.weight.div_(length.clamp_min(1e-6))
    return module


def frozen_features(backbone: str, weights: str | Path | None, images: Samples, progress: Progress | None = None) -> Tensor:
    """Features of all images by a pretrained body that is not trained: n × features.

    Args:
        backbone: `efficientnet-lite0` or `timm:NAME`.
        weights: File of its weights; none for `efficientnet-lite0`, whose come with their package.
        images: The images.
        progress: Told how far the work is.

    Cost: of `efficientnet-lite0` 0.4·10⁹ multiplications an image.
    """
    report, found, count = progress or Silent(), list[Tensor](), len(images)
    if backbone == NAME:
        values = efficientnet_weights()

        def body(x: Tensor) -> Tensor:
            return last_map_means(values, (255 * x - 127) / 128)
    else:
        made = TimmBody(backbone.removeprefix(TIMM))
        network = Composition(made.statistics(), made).build((_COLOURS, _SIDE, _SIDE))
        if weights is not None:
            load_body(network, weights)
        body = network.eval()
    with torch.inference_mode():
        for start in range(0, count, _BATCH):
            x, _ = images.batch(np.arange(start, min(count, start + _BATCH)))
            x = x.expand(-1, _COLOURS, -1, -1)
            if tuple(x.shape[2:]) != (_SIDE, _SIDE):
                x = nn.functional.interpolate(x, (_SIDE, _SIDE), mode="bicubic", antialias=True, align_corners=False).clamp(0, 1)
            found.append(body(x).float().clone())
            report.step(f"features of image {start + len(x):,} of {count:,}", start / count)
    return torch.cat(found)
