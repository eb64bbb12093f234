"""The adapter to torchmetrics; where torchmetrics is not installed, what is said instead."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from streaming_cases import fed, stream
from two_processes import run_two

from gromov.core import InputError, MissingDependencyError
from gromov.integrations.streaming import Alignment, EffectiveRank, MeanDelta, as_torchmetric

INSTALLED = importlib.util.find_spec("torchmetrics") is not None
needs_torchmetrics = pytest.mark.skipif(not INSTALLED, reason="torchmetrics is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def rows() -> torch.Tensor:
    return torch.from_numpy(stream(200, 5))


@pytest.mark.skipif(INSTALLED, reason="torchmetrics is installed")
def test_without_torchmetrics_the_error_names_the_extra() -> None:
    with pytest.raises(MissingDependencyError, match=r"gromov\[torchmetrics\]"):
        as_torchmetric(EffectiveRank())


def test_only_metrics_are_adapted() -> None:
    with pytest.raises(InputError, match="got a int"):
        as_torchmetric(3)  # pyright: ignore[reportArgumentType]


@needs_torchmetrics
def test_the_adapter_gives_the_metrics_number() -> None:
    adapter = as_torchmetric(EffectiveRank())
    for batch in rows().split(64):
        adapter.update(batch)
    expected = fed(EffectiveRank(), [rows().numpy()]).compute()
    assert adapter.compute().item() == pytest.approx(expected.value, rel=1e-6)
    assert adapter.estimate().stderr == pytest.approx(expected.stderr, rel=1e-9)
    adapter.reset()
    with pytest.warns(UserWarning, match="before the ``update``"), pytest.raises(InputError, match="0 came"):
        adapter.compute()


@needs_torchmetrics
def test_forward_gives_the_batch_and_counts_it() -> None:
    adapter = as_torchmetric(EffectiveRank())
    first, second = rows().split(100)
    adapter(first)
    alone = adapter(second)
    assert alone.item() == pytest.approx(fed(EffectiveRank(), [second.numpy()]).compute().value, rel=1e-6)
    assert adapter.compute().item() == pytest.approx(fed(EffectiveRank(), [rows().numpy()]).compute().value, rel=1e-6)
    assert torch.isnan(adapter(first[:2]))


@needs_torchmetrics
def test_a_collection_holds_them() -> None:
    import torchmetrics  # pyright: ignore[reportMissingImports]

    collection = torchmetrics.MetricCollection({"rank": as_torchmetric(EffectiveRank()), "delta": as_torchmetric(MeanDelta())})
    for batch in rows().split(50):
        collection.update(batch)
    found = collection.compute()
    assert found["rank"].item() == pytest.approx(fed(EffectiveRank(), [rows().numpy()]).compute().value, rel=1e-6)
    assert found["delta"].item() == pytest.approx(fed(MeanDelta(), [rows().numpy()]).compute().value, rel=1e-6)
    copy = collection.clone()
    collection.reset()
    assert copy.compute()["rank"] == found["rank"]


@needs_torchmetrics
def test_pairs_pass_through() -> None:
    adapter = as_torchmetric(Alignment())
    adapter.update(rows(), 2 * rows())
    assert np.isclose(adapter.compute().item(), 0)


WORKER = """
import json, sys, warnings
import torch
from torch import distributed
from gromov.integrations.streaming import EffectiveRank, MeanDelta, as_torchmetric
from streaming_cases import stream

rank, meeting = int(sys.argv[1]), sys.argv[2]
distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
adapters = [as_torchmetric(EffectiveRank()), as_torchmetric(MeanDelta(capacity=100))]
rows = torch.from_numpy(stream(301, 5)[rank::2])
values = []
for half in rows.split(80):
    for adapter in adapters:
        adapter.update(half)
    values.append([adapter.compute().item() for adapter in adapters])  # synchronised, then not, then again
print(json.dumps({"values": values[-1], "here": [adapter.metric.rows_seen for adapter in adapters]}))
distributed.destroy_process_group()
"""


@needs_torchmetrics
def test_torchmetrics_synchronises_two_processes(tmp_path: Path) -> None:
    first, second = run_two(WORKER, tmp_path / "meeting")
    assert first["values"] == second["values"]
    assert (first["here"], second["here"]) == ([151] * 2, [150] * 2)
    x = stream(301, 5)
    assert first["values"][0] == pytest.approx(fed(EffectiveRank(), [x]).compute().value, rel=1e-6)
    parts = [fed(MeanDelta(capacity=100, stream=place), [x[place::2]]) for place in range(2)]
    assert first["values"][1] == pytest.approx((parts[0] + parts[1]).compute().value, rel=1e-6)
