"""Two processes of torch.distributed (gloo) arrive at what one process has of all rows."""

from pathlib import Path

import numpy as np
import pytest
from streaming_cases import fed, stream
from two_processes import run_two

from gromov.integrations.streaming import Alignment, EffectiveRank, IntrinsicDimension, MeanDelta
from gromov.integrations.streaming.gathering import pack, unpack

WORKER = """
import json, sys
import numpy as np
import torch
from torch import distributed
from gromov.integrations.streaming import Alignment, EffectiveRank, IntrinsicDimension, MeanDelta
from streaming_cases import stream

rank, meeting = int(sys.argv[1]), sys.argv[2]
metrics = [EffectiveRank(), IntrinsicDimension(), MeanDelta(capacity=100)]  # built before the group, as scripts do
distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
rows = torch.from_numpy(stream(301, 5)[rank::2])  # 151 rows here, 150 there
pairs = Alignment()
for batch in rows.split(64):
    pairs.update(batch, batch.flip(1))
    for metric in metrics:
        metric.update(batch)
whole = [metric.sync() for metric in (*metrics, pairs)]
again = [metric.sync() for metric in (*metrics, pairs)]  # nothing was counted twice
assert [metric.compute() for metric in whole] == [metric.compute() for metric in again]
estimates = [metric.compute() for metric in whole]
print(json.dumps({"values": [e.value for e in estimates], "n": [e.n for e in estimates], "here": [m.rows_seen for m in metrics]}))
distributed.destroy_process_group()
"""


def test_two_processes_agree_with_one(tmp_path: Path) -> None:
    first, second = run_two(WORKER, tmp_path / "meeting")
    assert first["values"] == second["values"]  # the same in each, to the last bit
    assert (first["here"], second["here"]) == ([151] * 3, [150] * 3)
    assert first["n"] == [301, 301, 100, 301]
    x = stream(301, 5)
    rows = np.concatenate([x[0::2], x[1::2]])
    pairs = Alignment()
    pairs.update(x, x[:, ::-1])
    expected = [fed(EffectiveRank(), [x]).compute().value, fed(IntrinsicDimension(), [rows]).compute().value, None, pairs.compute().value]
    for got, wanted in zip(first["values"], expected, strict=True):
        assert wanted is None or got == pytest.approx(wanted, rel=1e-12)
    parts = [fed(MeanDelta(capacity=100, stream=place), [x[place::2]]) for place in range(2)]
    assert first["values"][2] == (parts[0] + parts[1]).compute().value  # the rank is the number of the stream


def test_without_a_group_sync_is_a_copy() -> None:
    metric = fed(EffectiveRank(), [stream()])
    copy = metric.sync()
    assert copy.compute() == metric.compute()
    fed(copy, [stream(seed=1)])
    assert metric.rows_seen == 600


def test_states_travel_as_arrays_and_never_as_pickles() -> None:
    state = fed(EffectiveRank(), [stream()]).state()
    back = unpack(pack(state))
    assert all(np.array_equal(back[name], part) and back[name].dtype == part.dtype for name, part in state.items())
    with pytest.raises(ValueError, match="Object arrays"):
        pack({"bad": np.array([{}], dtype=object)})
