"""TT-SVD, rounding and products of tensor trains against teneva and tntorch; layers in factors against the dense layer.

teneva and tntorch are peers: put their environment's packages on PYTHONPATH. Rows leave out a peer that is missing, and say so.
"""

from timing import alternate, write

import importlib.util
import math
import warnings
from collections.abc import Callable
from importlib import metadata

import numpy as np
import torch
from torch import Tensor, nn

from gromov.nn.tensor_linear import CanonicalLinear, LowRankLinear, TensorTrainLinear, TuckerLinear
from gromov.tensors import TensorTrain, random_tensor_train, tensor_train

Work = Callable[[], object]
RUNS = 7


def versions() -> dict[str, str]:
    """Peers that can be imported, and which they are."""
    found = {name: metadata.version(name) for name in ("teneva", "tntorch") if importlib.util.find_spec(name)}
    for name in {"teneva", "tntorch"} - found.keys():
        print(f"{name} is not installed: its rows are left out")
    return {"torch": torch.__version__, **found}


def compare(works: dict[str, Work], runs: int = RUNS) -> dict[str, object]:
    """Times, and the median of each peer over ours: above 1, ours is the faster."""
    times = alternate(runs, **works)
    return {**times, **{f"{name}_to_gromov": times[name]["median"] / times["gromov"]["median"] for name in times if name != "gromov"}}


def numpy_cores(train: TensorTrain) -> list[np.ndarray]:
    return [core.numpy() for core in train.cores]


def from_numpy(cores: list[np.ndarray]) -> TensorTrain:
    return TensorTrain(tuple(torch.as_tensor(core) for core in cores))


def tntorch_train(tensor: object) -> TensorTrain:
    return TensorTrain(tuple(tensor.cores))  # type: ignore[attr-defined]


def difference(found: TensorTrain, wanted: TensorTrain) -> float:
    return float((found - wanted).norm() / wanted.norm())


def smooth(n: int, d: int) -> Tensor:
    """1/(1 + i₁ + … + i_d)."""
    total = sum(torch.arange(n, dtype=torch.float64).reshape(-1, *[1] * k) for k in range(d))
    return 1 / (1 + total)


def decomposition(tensor: Tensor, name: str, tolerance: float, rank: int | None, peers: dict[str, str]) -> dict[str, object]:
    """A dense tensor to a train; each side's error is measured, because teneva's tolerance is a threshold and not a bound."""
    norm = float(tensor.norm())
    works: dict[str, Work] = {"gromov": lambda: tensor_train(tensor, tolerance=tolerance, rank=rank)}
    errors = {"gromov": tensor_train(tensor, tolerance=tolerance, rank=rank)}
    if "teneva" in peers:
        import teneva

        array, most = tensor.numpy(), rank or 10**6
        works["teneva"] = lambda: teneva.svd(array, e=tolerance * norm / math.sqrt(tensor.ndim - 1), r=most)
        errors["teneva"] = from_numpy(teneva.svd(array, e=tolerance * norm / math.sqrt(tensor.ndim - 1), r=most))
    if "tntorch" in peers:
        for algorithm in ("svd", "eig"):
            make = tntorch_decomposition(tensor, tolerance, rank, algorithm)
            works[f"tntorch_{algorithm}"] = make
            errors[f"tntorch_{algorithm}"] = tntorch_train(make())
    shares = {key: float((each.full() - tensor).norm()) / norm for key, each in errors.items()}
    for key, share in shares.items():
        assert share <= (max(tolerance, 1e-12) if rank is None else 1.01 * shares["gromov"]), (key, share)
    row: dict[str, object] = {"work": f"TT-SVD, {name}", "relative_error": shares, "ranks": {k: each.ranks for k, each in errors.items()}}
    return row | compare(works, 5)


def tntorch_decomposition(tensor: Tensor, tolerance: float, rank: int | None, algorithm: str) -> Callable[[], object]:
    import tntorch

    def work() -> object:
        train = tntorch.Tensor(tensor)  # with eps, its constructor would make Tucker factors too
        train.round_tt(eps=tolerance, rmax=rank, algorithm=algorithm)
        return train

    return work


def rounding(train: TensorTrain, name: str, tolerance: float, peers: dict[str, str]) -> dict[str, object]:
    """A train of too large ranks to the least ranks for a tolerance."""
    ours = train.round(tolerance=tolerance)
    works: dict[str, Work] = {"gromov": lambda: train.round(tolerance=tolerance)}
    found = {"gromov": ours}
    if "teneva" in peers:
        import teneva

        cores = numpy_cores(train)
        # by Gram matrices, its default: to half the digits; its way by SVD keeps no tolerance (is_eigh=False, an error of 1 on this input)
        works["teneva_gram"] = lambda: teneva.truncate(cores, e=tolerance)
        found["teneva_gram"] = from_numpy(teneva.truncate(cores, e=tolerance))
    if "tntorch" in peers:
        for algorithm in ("svd", "eig"):
            make = tntorch_rounding(train, tolerance, algorithm)
            works[f"tntorch_{algorithm}"] = make
            found[f"tntorch_{algorithm}"] = tntorch_train(make())
    errors = {key: difference(each, train) for key, each in found.items()}
    assert all(error <= 2 * tolerance for error in errors.values()), errors
    row: dict[str, object] = {
        "work": f"rounding, {name}",
        "relative_error": errors,
        "rank": {k: max(each.ranks) for k, each in found.items()},
    }
    return row | compare(works)


def tntorch_rounding(train: TensorTrain, tolerance: float, algorithm: str) -> Callable[[], object]:
    import tntorch

    def work() -> object:
        tensor = tntorch.Tensor([core.clone() for core in train.cores])  # it rounds in place
        tensor.round_tt(eps=tolerance, algorithm=algorithm)
        return tensor

    return work


def products(d: int, n: int, r: int, peers: dict[str, str]) -> dict[str, object]:
    """The product of two trains, entry by entry."""
    a, b = (random_tensor_train((n,) * d, r, seed=seed) for seed in (1, 2))
    ours = a * b
    works: dict[str, Work] = {"gromov": lambda: a * b}
    theirs: dict[str, TensorTrain] = {}
    if "teneva" in peers:
        import teneva

        x, y = numpy_cores(a), numpy_cores(b)
        works["teneva"], theirs["teneva"] = lambda: teneva.mul(x, y), from_numpy(teneva.mul(x, y))
    if "tntorch" in peers:
        import tntorch

        u, v = (tntorch.Tensor(list(each.cores)) for each in (a, b))
        works["tntorch"], theirs["tntorch"] = lambda: u * v, tntorch_train(u * v)
    index = torch.randint(n, (100, d), generator=torch.Generator().manual_seed(0))
    for each in theirs.values():
        torch.testing.assert_close(each.entries(index), ours.entries(index))
    return {"work": f"product, {d} modes of {n}, ranks {r} and {r}, float64", **compare(works)}


def layers(features: int, rank: int, batch: int) -> dict[str, object]:
    """Forward and backward of a layer in factors against the dense one: fewer parameters are not always less work."""
    torch.manual_seed(0)
    x = torch.randn(batch, features, requires_grad=True)
    made: dict[str, nn.Module] = {"gromov": nn.Linear(features, features)}  # the dense layer is what the others are held against
    for make in (LowRankLinear, TensorTrainLinear, TuckerLinear, CanonicalLinear):
        made[make.__name__] = make(features, features, rank)

    def work(layer: nn.Module) -> Work:
        return lambda: layer(x).sum().backward()

    dense = 2 * batch * features * features
    times = alternate(RUNS, **{("dense" if name == "gromov" else name): work(layer) for name, layer in made.items()})
    share = {
        name: sum(p.numel() for p in layer.parameters()) / (features * features + features)
        for name, layer in made.items()
        if name != "gromov"
    }
    flops = {name: layer.flops(batch) / dense for name, layer in made.items() if name != "gromov"}
    ratio = {f"{name}_to_dense": times[name]["median"] / times["dense"]["median"] for name in share}
    row: dict[str, object] = {"work": f"layer {features} × {features}, rank {rank}, batch {batch}, forward and backward, float32"}
    return {**row, "parameters_to_dense": share, "flops_to_dense": flops, **times, **ratio}


def main() -> None:
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="tntorch|teneva")
    peers = versions()
    wide = random_tensor_train((12,) * 12, 16, seed=3)
    rows = [
        decomposition(smooth(20, 5), "20⁵ smooth, tolerance 1e-6, float64", 1e-6, None, peers),
        decomposition(torch.from_numpy(np.random.default_rng(0).normal(size=(20,) * 5)), "20⁵ noise, rank 16, float64", 0.0, 16, peers),
        rounding(wide + wide + wide, "12 modes of 12, ranks 48 to 16, tolerance 1e-6, float64", 1e-6, peers),
        rounding(product_of_smooth(), "a product, 10 modes of 16, tolerance 1e-6, float64", 1e-6, peers),
        products(20, 20, 12, peers),
        layers(1024, 8, 1),
        layers(1024, 8, 256),
        layers(1024, 64, 256),
    ]
    write("tensors", [{"peers": peers, **row} for row in rows])


def product_of_smooth() -> TensorTrain:
    """The square of a smooth function's train: ranks squared, most of which rounding takes back."""
    i = torch.arange(16, dtype=torch.float64) / 16
    first, middle, last = waves(i)
    train = TensorTrain((first, *[middle] * 8, last))
    return train * train


def waves(i: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cores of Σ_f cos(f·(i₁ + … + i_d)) for f = 1, …, 4: turns by f·i, so rank 8."""
    turns = torch.zeros(8, len(i), 8, dtype=torch.float64)
    for f in range(1, 5):
        c, s, k = torch.cos(f * i), torch.sin(f * i), 2 * (f - 1)
        turns[k, :, k], turns[k, :, k + 1], turns[k + 1, :, k], turns[k + 1, :, k + 1] = c, s, -s, c
    ends = torch.tensor([1.0, 0.0] * 4, dtype=torch.float64)
    return torch.einsum("a,anb->nb", ends, turns)[None], turns, torch.einsum("anb,b->an", turns, ends)[..., None]


if __name__ == "__main__":
    main()
