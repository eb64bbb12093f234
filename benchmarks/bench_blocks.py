"""Networks as declared compositions: what a hyperbolic head costs in a training step, and which blocks torch.compile takes whole.

`--quick` leaves the compilations out.
"""

from timing import alternate, cpu_seconds, write

import sys
from collections.abc import Callable

import torch
from torch import Tensor, nn

from gromov.nn import (
    GELU,
    RELU,
    Attention,
    AveragePool,
    BallLogits,
    BatchNorm,
    Block,
    CanonicalDense,
    ClassToken,
    Convolution,
    Dense,
    Flatten,
    GlobalAveragePool,
    GroupNorm,
    HyperbolicAttention,
    HyperbolicLogits,
    IntoBall,
    LayerNorm,
    LowRankDense,
    MaxPool,
    MoebiusDense,
    OutOfBall,
    Patchify,
    PositionEmbedding,
    Reshape,
    Residual,
    RMSNorm,
    Shape,
    Subsample,
    TensorTrainDense,
    TokenEmbedding,
    TokenPool,
    TuckerDense,
    conv4,
    mlp,
    resnet_cifar,
)

RUNS = 15
CLASSES = 10
BODIES: list[tuple[str, Block, Shape, int]] = [
    ("none", Flatten(), (512,), 128),
    ("mlp, 2 × 256", mlp(256, 2, 128) >> RELU, (784,), 128),
    ("conv4, width 32", conv4(32, 64), (3, 32, 32), 32),
    ("resnet 20", resnet_cifar(20, 16, 64), (3, 32, 32), 16),
]
HEADS: dict[str, Block] = {
    "dense": Dense(CLASSES),
    "hyperbolic": HyperbolicLogits(CLASSES),
    "hyperbolic_learnt_curvature": HyperbolicLogits(CLASSES, learn_curvature=True),
    "hyperbolic_through_the_ball": IntoBall() >> BallLogits(CLASSES),
    "hyperbolic_with_a_layer": IntoBall() >> MoebiusDense(64) >> BallLogits(CLASSES),
}
BLOCKS: list[tuple[Block, Shape]] = [
    (Dense(32), (64,)),
    (TensorTrainDense(32, 4), (64,)),
    (TuckerDense(32, 4), (64,)),
    (CanonicalDense(32, 4), (64,)),
    (LowRankDense(32, 4), (64,)),
    (Convolution(8, stride=2), (4, 16, 16)),
    (BatchNorm() >> RELU >> MaxPool() >> AveragePool(2) >> GlobalAveragePool(), (4, 16, 16)),
    (GroupNorm(2) >> Reshape((16, 64)) >> Flatten(), (4, 16, 16)),
    (Residual(Convolution(8, stride=2), Subsample(8)), (4, 16, 16)),
    (Patchify(4, 32) >> ClassToken() >> PositionEmbedding() >> LayerNorm() >> Attention(4) >> GELU >> TokenPool("first"), (4, 16, 16)),
    (TokenEmbedding(50, 32) >> RMSNorm() >> Attention(4, causal=True), (12,)),
    (HyperbolicAttention(4, causal=True), (12, 32)),
    (HyperbolicAttention(4, weighting="sigmoid", learn_curvature=True), (12, 32)),
    (IntoBall() >> MoebiusDense(16) >> OutOfBall(), (64,)),
    (IntoBall() >> BallLogits(CLASSES), (64,)),
    (HyperbolicLogits(CLASSES, learn_curvature=True), (64,)),
]


def training_step(module: nn.Module, x: Tensor, labels: Tensor) -> Callable[[], None]:
    optimiser = torch.optim.SGD(module.parameters(), lr=1e-3, momentum=0.9)

    def step() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(module(x), labels).backward()
        optimiser.step()

    return step


def heads() -> list[dict[str, object]]:
    """One step of SGD with each head on each body, against the dense head."""
    rows: list[dict[str, object]] = []
    for name, body, shape, batch in BODIES:
        x, labels = torch.randn(batch, *shape), torch.randint(CLASSES, (batch,))
        works = {head: training_step((body >> block).build(shape), x, labels) for head, block in HEADS.items()}
        times = alternate(RUNS, **works)
        ratios = {f"{head}_to_dense": times[head]["median"] / times["dense"]["median"] for head in HEADS if head != "dense"}
        sizes = {"features": body.output_shape(shape)[0], "batch": batch, "body_flops": body.flops(shape)}
        rows.append({"work": f"training step, {CLASSES} classes, body {name}", **sizes, **times, **ratios})
    return rows


def agreement() -> dict[str, object]:
    """Both ways to hyperbolic logits, before either has a time."""
    x = torch.randn(64, 32)
    fused, through = HyperbolicLogits(CLASSES).build((32,)), (IntoBall() >> BallLogits(CLASSES)).build((32,))
    logits = through.get_submodule("layer2_ball_logits")
    logits.load_state_dict({name.removeprefix("logits."): tensor for name, tensor in fused.state_dict().items()})
    difference = float((fused(x) - through(x)).detach().abs().max())
    assert difference < 1e-4, difference
    return {"work": "logits of features, and of points of the ball", "largest_difference": difference}


def attention(tokens: int, width: int, heads: int) -> dict[str, object]:
    """One forward and backward pass of attention by distance, against attention by scaled dot products."""
    x = torch.randn(8, tokens, width)

    def work(block: Block) -> Callable[[], object]:
        module = block.build((tokens, width))
        return lambda: module(x).sum().backward()

    times = alternate(RUNS, dot_product=work(Attention(heads)), hyperbolic=work(HyperbolicAttention(heads)))
    ratio = times["hyperbolic"]["median"] / times["dot_product"]["median"]
    return {"work": f"attention, 8 × {tokens} × {width}, {heads} heads, forward and backward", **times, "hyperbolic_to_dot_product": ratio}


def compiled(block: Block, shape: Shape) -> dict[str, object]:
    """Whether torch.compile takes the block without a graph break, and how far its values and gradients are from the eager ones."""
    module = block.build(shape)
    words = "TokenEmbedding" in str(block)
    x = torch.randint(50, (4, *shape)) if words else torch.randn(4, *shape)

    def values(f: Callable[[Tensor], Tensor]) -> list[Tensor]:
        module.zero_grad()
        result = f(x)
        result.square().sum().backward()
        return [result.detach(), *(p.grad.clone() for p in module.parameters() if p.grad is not None)]

    row: dict[str, object] = {"work": "compiled", "block": str(block)}
    if not any(True for _ in module.parameters()):
        return {**row, "compiles": None}
    eager = values(module)
    fast: list[list[Tensor]] = []
    torch._dynamo.reset()
    try:
        seconds = cpu_seconds(lambda: fast.append(values(torch.compile(module, fullgraph=True))))
    except Exception as error:  # noqa: BLE001 - whatever torch raises is the answer
        return {**row, "compiles": False, "why": str(error).strip().splitlines()[0][:200]}
    apart = max(float((a - b).abs().max() / b.abs().max().clamp_min(1)) for a, b in zip(fast[0], eager, strict=True))
    assert apart < 1e-3, (block, apart)
    return {**row, "compiles": True, "largest_relative_difference": apart, "compilation_cpu_s": seconds}


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rows = [agreement(), *heads(), attention(64, 64, 4), attention(256, 128, 4)]
    if "--quick" not in sys.argv:
        rows += [compiled(block, shape) for block, shape in BLOCKS]
    write("blocks", [{"torch": torch.__version__}, *rows])


if __name__ == "__main__":
    main()
