"""Pictures in the hyperbolic plane: the projections, how far they can be trusted, and the page with 10,000 points.

MNIST's 10,000 test images come from the folders of GROMOV_DATA; without them that row is left out.
"""

from timing import alternate, cpu_seconds, summary, write

import gzip
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.manifold import trustworthiness as scikit_trustworthiness

import gromov
from gromov.core import Axis, Caption, Figure, Points, Representation
from gromov.measures.projections import distortion, horopca, hyperbolic_tsne, trustworthiness
from gromov.spaces import PoincareBall
from gromov.spaces.disk import DISK

NEIGHBORS = 10


def quality(data: object, points: np.ndarray) -> dict[str, object]:
    picture = Representation(points, space=DISK)
    trust, changed = trustworthiness(data, picture, k=NEIGHBORS), distortion(data, picture)  # pyright: ignore[reportArgumentType]
    return {"trustworthiness": [trust.value, trust.stderr], "distortion": [changed.average.value, changed.average.stderr]}


def digits() -> dict[str, object]:
    x = load_digits().data
    flat: list[np.ndarray] = []
    ours: list[np.ndarray] = []
    seconds = alternate(
        3,
        gromov=lambda: ours.append(hyperbolic_tsne(x).points),
        scikit_learn=lambda: flat.append(TSNE(init="pca", random_state=0, n_jobs=1).fit_transform(x)),
    )
    row: dict[str, object] = {"work": "hyperbolic t-SNE of digits against scikit-learn's flat one", "n": len(x)}
    return row | quality(x, ours[0]) | {"trustworthiness_flat": float(scikit_trustworthiness(x, flat[0], n_neighbors=NEIGHBORS))} | seconds


def mnist() -> dict[str, object] | None:
    for folder in os.environ.get("GROMOV_DATA", "").split(os.pathsep):
        file = Path(folder) / "mnist" / "t10k-images-idx3-ubyte.gz"
        if folder and file.exists():
            x = np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8, offset=16).reshape(10_000, 784).astype(np.float32)
            break
    else:
        print("GROMOV_DATA holds no mnist: the row is left out")
        return None
    pictures: list[gromov.Picture] = []
    seconds = [cpu_seconds(lambda: pictures.append(gromov.plot(x))) for _ in range(3)]
    picture = pictures[0]
    assert picture.trustworthiness is not None
    assert picture.distortion is not None
    page: list[str] = []
    written = [cpu_seconds(lambda: page.append(picture.html())) for _ in range(5)]
    return {
        "work": "gromov.plot of 10,000 images, 784 numbers each, with trustworthiness and distortion",
        "goal_s": 60,
        "trustworthiness": [picture.trustworthiness.value, picture.trustworthiness.stderr],
        "distortion": [picture.distortion.average.value, picture.distortion.average.stderr],
        "cpu_s": summary(seconds),
        "html_s": summary(written),
        "html_bytes": len(page[0].encode()),
        "svg_bytes": len(picture.svg().encode()),
    }


def planes() -> dict[str, object]:
    random = np.random.default_rng(0)
    v = random.normal(scale=1.5, size=(10_000, 10)) * np.linspace(1, 0.2, 10)
    r = np.linalg.norm(v, axis=1, keepdims=True)
    given = Representation(v / r * np.tanh(r / 2), space=PoincareBall())
    found: list[np.ndarray] = []
    seconds = alternate(3, gromov=lambda: found.append(horopca(given).points))
    row: dict[str, object] = {"work": "HoroPCA of 10,000 points of H¹⁰, with the Fréchet mean"}
    return row | quality(given, found[0]) | seconds


def opened() -> dict[str, object] | None:
    """Wall seconds from opening a page with 50,000 points in Chromium until its map is drawn."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        print("no Chromium on this machine: the row is left out")
        return None
    from playwright.sync_api import sync_playwright

    points = np.random.default_rng(0).normal(scale=0.5, size=(50_000, 2))
    groups, caption = np.arange(50_000) % 10, Caption(*["A cloud of points drawn by chance."] * 4)
    layer = Points("points", points[:, 0], points[:, 1], groups, tuple(f"group {i}" for i in range(10)))
    figure = Figure("map", "A map of the points", caption, Axis("First"), Axis("Second"), (layer,), equal=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "report.html"
        page.write_text(gromov.Picture("A map", (figure,)).html(), encoding="utf-8")
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        seconds: list[float] = []
        for _ in range(5):
            tab = chromium.new_page()
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-figures=drawn]", state="attached")
            seconds.append(tab.evaluate("performance.getEntriesByName('map')[0].startTime") / 1000)
            tab.close()
        chromium.close()
        return {
            "work": "a page with a map of 50,000 points, opened in Chromium",
            "goal_s": 2,
            "bytes": page.stat().st_size,
            "wall_s": summary(seconds),
        }


def main() -> None:
    rows = [digits(), mnist(), planes(), opened()]
    write("pictures", [row for row in rows if row is not None])


if __name__ == "__main__":
    main()
