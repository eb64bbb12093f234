"""torch.compile takes every space whole (no graph break) and computes the same; run apart, without the checks of types at run time."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import torch
from space_cases import CONSTANT, ONE_OF_EACH

for case in ONE_OF_EACH:
    space, dtype = case.make(), torch.float32
    x, y = case.points(32, dtype, 0), case.points(32, dtype, 10)
    v = case.vectors(x, 1)
    n, offset = case.directions(1, dtype, 5)[0], torch.tensor(0.1)

    def maps(x, y, v):
        found = [space.distance(x, y), space.exp(x, v), space.log(x, y), space.transport(x, y, v), space.recenter(y, x), space.project(x)]
        return found + [space.hyperplane_logits(x, n, offset)] if case in CONSTANT else found

    def both(f):
        start = x.clone().requires_grad_()
        values = f(start, y, v)
        (gradient,) = torch.autograd.grad(sum(value.sum() for value in values), start)
        return [*values, gradient]

    torch._dynamo.reset()
    for found, expected in zip(both(torch.compile(maps, fullgraph=True)), both(maps), strict=True):
        scale = expected.abs().max().clamp_min(1)
        torch.testing.assert_close(found / scale, expected / scale, rtol=0, atol=4 * case.tolerance(dtype))
    print(case, "agrees")
print("all agree")
"""


@pytest.mark.slow
def test_compiled_spaces_agree_with_eager_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.endswith("all agree\n")
