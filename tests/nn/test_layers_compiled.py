"""torch.compile takes the hyperbolic layers whole (no graph break) and computes the same; run apart, without the checks of types at run time."""

import subprocess
import sys

import pytest

PROGRAM = """
import torch
from gromov.nn import BallLogits, HyperbolicAttention, HyperbolicLogits, IntoBall, MoebiusDense, TokenPool

networks = [
    (IntoBall(-0.5) >> MoebiusDense(6, -0.5) >> BallLogits(4, -0.5), (8,)),
    (HyperbolicLogits(4, learn_curvature=True), (8,)),
    (HyperbolicAttention(2, causal=True, weighting="sigmoid", learn_curvature=True) >> TokenPool(), (5, 8)),
]
for network, shape in networks:
    module = network.build(shape)
    x = torch.randn(7, *shape)

    def both(f):
        module.zero_grad()
        start = x.clone().requires_grad_()
        value = f(start)
        value.square().sum().backward()
        return [value.detach(), start.grad, *(p.grad.clone() for p in module.parameters())]

    for found, expected in zip(both(torch.compile(module, fullgraph=True)), both(module), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    print(network, "agrees")
print("all agree")
"""


@pytest.mark.slow
def test_compiled_layers_agree_with_eager_ones() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert done.stdout.endswith("all agree\n")
