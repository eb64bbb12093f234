"""The layers of five networks: rank, dimension, δ and the distance to the input against depth, and what that costs.

A convolutional network and a vision transformer, trained on digits here; a convolutional network trained on MNIST by `gromov fit classify`; EfficientNet-Lite0 for CIFAR-10 and MiniLM for paragraphs of WikiText-2, where their
packages are installed and the data lie in the folders of GROMOV_DATA. `--only NAME` measures one and keeps the rows of the others.
"""

from timing import RESULTS, cpu_seconds, write

import argparse
import io
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from gromov.data.activations import Activations, activations
from gromov.nn import Block, lenet, vit
from gromov.verbs.classify import fit_classify
from gromov.verbs.classify_results import Classification
from gromov.verbs.layers import measure_layers
from gromov.verbs.layers_record import LayerTrend

sys.path.insert(0, str(Path(__file__).parents[1] / "examples" / "networks"))

INSTRUMENTS = ["spectrum", "dimension", "hyperbolicity", "neighborhood", "imd"]
SHOWN = {
    "effective_rank": "spectrum.effective_rank",
    "participation_ratio": "spectrum.participation_ratio",
    "twonn": "dimension.twonn",
    "relative_delta": "hyperbolicity.relative_delta",
    "delta_to_null": "hyperbolicity.null.ratio",
    "label_accuracy": "neighborhood.labels.accuracy",
    "imd": "imd.value",
    "imd_chance": "imd.null.median",
    "imd_p": "imd.p_value",
}


def row(name: str, data: str, found: LayerTrend, seconds: float) -> dict[str, object]:
    layers: list[dict[str, object]] = []
    for place, label in enumerate(found.labels):
        numbers: dict[str, object] = {"layer": label, "d": found.inputs[place]["d"]}
        for short, path in SHOWN.items():
            if path in found.series and np.isfinite(found[path].values[place]):
                each = found[path]
                low, high = float(each.low[place]), float(each.high[place])
                numbers[short] = [float(each.values[place]), *([low, high] if np.isfinite(low) else [])]
        layers.append(numbers)
    about = {
        "pool": found.about["pool"],
        "reference": found.about["reference"],
        "n": found.inputs[0]["n"],
        "left_out": found.about["left_out"],
    }
    return {"network": name, "data": data, **about, "cpu_s": seconds, "layers": layers}


def measured(name: str, data: str, model: object, inputs: object, **options: object) -> dict[str, object]:
    kept: list[LayerTrend] = []
    seconds = cpu_seconds(lambda: kept.append(measure_layers(model, inputs, instruments=INSTRUMENTS, **options)))  # type: ignore[arg-type]
    print(f"{name} ({kept[0].about['pool']}): {seconds:.0f} CPU s", file=sys.stderr)
    return row(name, data, kept[0], seconds)


def trained(block: Block, images: torch.Tensor, labels: torch.Tensor, epochs: int) -> nn.Module:
    module = block.build(tuple(images.shape[1:]))
    optimiser = torch.optim.Adam(module.parameters(), lr=2e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(module(images[batch]), labels[batch]).backward()
            optimiser.step()
    return module.eval()


def of_digits(name: str) -> list[dict[str, object]]:
    """Trained on the first 1,397 digits, measured on the other 400."""
    data = load_digits()
    images = torch.tensor(data.images / 16, dtype=torch.float32)[:, None]
    if name == "convolution":
        images = nn.functional.interpolate(images, (28, 28), mode="bilinear")
        block, pools, layers, epochs = lenet(), ("mean",), "layer2*,layer3*,layer5*,layer6*,layer9*,layer11*,layer12*", 8
    else:
        block, pools, layers, epochs = vit(patch=2, width=48, depth=4, heads=4), ("mean", "last", "tokens"), "layer1*,layer[3-6]*", 15
    labels = torch.tensor(data.target)
    module = trained(block, images[:1397], labels[:1397], epochs)
    module.input_shape = tuple(images.shape[1:])  # type: ignore[assignment]
    held, truth = images[1397:], data.target[1397:]
    right = float((module(held).argmax(dim=1).numpy() == truth).mean())
    rows: list[dict[str, object]] = []
    for pool in pools:
        sample = {"sample": 400} if pool == "tokens" else {}
        found = measured(name, "digits, 400 held out", module, held.flatten(1).numpy(), labels=truth, layers=layers, pool=pool, **sample)
        rows.append({**found, "test_accuracy": right, "block": str(block)})
    return rows


def of_mnist(runs: Path) -> list[dict[str, object]]:
    """What `gromov fit classify mnist --epochs 3 --no-controls` learnt, after each nonlinearity and each pooling; the runs stay in the folder."""
    run = fit_classify("mnist", epochs=3, controls=False, out=runs / "mnist-3")
    layers = "layer4*,layer5*,layer8*,layer9*,layer12*,layer13*,layer15*"
    found = measured(
        "convnet", "MNIST, 500 test images", str(runs / "mnist-3"), "mnist-test", layers=layers, sample=500, out=runs / "mnist-3-layers"
    )
    test = run["test"]
    assert isinstance(test, Classification)
    return [{**found, "test_accuracy": test.accuracy.value, "parameters": test.parameters}]


def of_cifar(folder: Path) -> list[dict[str, object]]:
    import efficientnet  # pyright: ignore[reportMissingImports]
    from pyarrow import parquet
    from PIL import Image

    table = parquet.read_table(folder / "cifar10-jpeg" / "cifar10_jpeg.parquet")
    places = np.sort(np.random.default_rng(0).choice(table.num_rows, 400, replace=False))
    table = table.take(places)
    x = np.stack([np.asarray(Image.open(io.BytesIO(each.as_py()))).reshape(-1) for each in table["jpg"]])
    labels = np.array(table["label"].to_pylist())
    layers = "_conv_stem,_blocks.0,_blocks.2,_blocks.4,_blocks.7,_blocks.10,_blocks.15,_conv_head,_fc"
    return [measured("efficientnet-lite0", "CIFAR-10, 400 images", efficientnet.network(), x, labels=labels, layers=layers)]


def of_paragraphs(folder: Path) -> list[dict[str, object]]:
    """20 articles of WikiText-2, 20 paragraphs or fewer of each; the label of a paragraph is its article."""
    import minilm  # pyright: ignore[reportMissingImports]

    articles: dict[str, list[str]] = {}
    title = ""
    for line in (folder / "wikitext2-valid-test" / "valid.txt").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("= ") and not text.startswith("= ="):
            title = text
        elif len(text.split()) > 20:
            articles.setdefault(title, []).append(text)
    chosen = sorted(articles, key=lambda each: -len(articles[each]))[:20]
    texts = [text for each in chosen for text in articles[each][:20]]
    labels = np.array([place for place, each in enumerate(chosen) for _ in articles[each][:20]])
    fed = minilm.tokens(texts, minilm.vocabulary(), 64)
    layers = "embeddings,encoder.layer.*"
    data = f"WikiText-2, {len(texts)} paragraphs of {len(chosen)} articles, 64 tokens each at the most"
    rows = [
        measured(
            "MiniLM", data, minilm.network(), fed, labels=labels, layers=layers, pool=pool, **({"sample": 400} if pool == "tokens" else {})
        )
        for pool in ("mean", "last", "tokens")
    ]
    return [*rows, cost(minilm.network(), fed, layers)]


def cost(model: nn.Module, fed: Mapping[str, np.ndarray], layers: str) -> dict[str, object]:
    """A forward pass with and without recording."""
    batch = {name: torch.from_numpy(each[:128]) for name, each in fed.items()}
    kept: list[Activations] = []

    def plain() -> None:
        with torch.no_grad():
            for start in range(0, 128, 64):
                model(**{name: each[start : start + 64] for name, each in batch.items()})

    def recorded() -> None:
        kept.append(activations(model, {name: each[:128] for name, each in fed.items()}, layers=layers))

    plain()
    recorded()
    turns = [(cpu_seconds(plain), cpu_seconds(recorded)) for _ in range(3)]
    return {
        "network": "MiniLM",
        "work": "128 paragraphs, 7 layers recorded",
        "plain_cpu_s": sorted(a for a, _ in turns),
        "recorded_cpu_s": sorted(b for _, b in turns),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("convolution", "transformer", "convnet", "efficientnet-lite0", "MiniLM"))
    parser.add_argument("--runs", type=Path, default=Path("runs/bench-layers"))
    options = parser.parse_args()
    only = options.only
    torch.manual_seed(0)
    torch.set_num_threads(1)
    folders = [Path(each) for each in os.environ.get("GROMOV_DATA", "").split(os.pathsep) if each]
    folder = next((each for each in folders if (each / "cifar10-jpeg").exists()), None)
    file = RESULTS / "layers.json"
    rows: list[dict[str, object]] = []
    for name in ("convolution", "transformer"):
        if only in (None, name):
            rows += of_digits(name)
    for name, work in (("convnet", lambda _: of_mnist(options.runs)), ("efficientnet-lite0", of_cifar), ("MiniLM", of_paragraphs)):
        if only not in (None, name):
            continue
        if folder is None:
            print(f"GROMOV_DATA holds no data for {name}: it is left out", file=sys.stderr)
            continue
        try:
            rows += work(folder)
        except ModuleNotFoundError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    kept = json.loads(file.read_text())["rows"] if only and file.exists() else []
    rows = [each for each in kept if each.get("network") not in (only, None)] + rows
    write("layers", [{"torch": torch.__version__}, *rows])


if __name__ == "__main__":
    main()
