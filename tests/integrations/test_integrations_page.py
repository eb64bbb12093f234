"""The page's blocks that need a library gromov does not bring (fenced as `py`) run too, where it is installed."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import torch

import gromov
from gromov.integrations.loggers import log_to_mlflow, log_to_tensorboard, log_to_wandb
from gromov.integrations.streaming import EffectiveRank, IntrinsicDimension

PAGE = Path(__file__).parents[2] / "docs" / "integrations.md"
BLOCKS = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
PACKAGES = ("torchmetrics", "tensorboard", "mlflow", "wandb")


def test_each_library_has_its_block() -> None:
    assert len(BLOCKS) == len(PACKAGES)
    assert all(package in block for package, block in zip(PACKAGES, BLOCKS, strict=True))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("package", "code"), list(zip(PACKAGES, BLOCKS, strict=True)), ids=PACKAGES)
def test_block(package: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    monkeypatch.chdir(tmp_path)
    for name, value in {"MLFLOW_ALLOW_FILE_STORE": "true", "WANDB_MODE": "offline", "WANDB_SILENT": "true"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file://{tmp_path}/mlruns")
    for place in ("WANDB_DATA_DIR", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR"):
        monkeypatch.setenv(place, str(tmp_path / place))
    if package == "mlflow":
        __import__("mlflow").set_tracking_uri(f"file://{tmp_path}/mlruns")
    rank = EffectiveRank()
    rank.update(np.random.default_rng(0).normal(size=(100, 4)))
    shared: dict[str, object] = {  # what the blocks before have defined
        "EffectiveRank": EffectiveRank,
        "IntrinsicDimension": IntrinsicDimension,
        "embeddings": torch.randn(300, 8, generator=torch.Generator().manual_seed(0)),
        "rank": rank,
        "measurement": gromov.measure(np.random.default_rng(0).normal(size=(100, 4)), instruments=["spectrum"]),
        "log_to_mlflow": log_to_mlflow,
        "log_to_tensorboard": log_to_tensorboard,
        "log_to_wandb": log_to_wandb,
    }
    exec(compile(code, str(PAGE), "exec"), shared)
