"""`fit classify` and `predict`: what is read, what is refused, controls, formats, compression, resumption, the way back."""

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import torch
from pyarrow import parquet
from stopping import StopAfter, StoppedError

import gromov
from gromov.cli.main import run as command
from gromov.core import Estimate, InputError, Progress
from gromov.nn import Dense, TensorTrainDense, load_network, mlp
from gromov.verbs.classify import fit_classify
from gromov.verbs.classify_data import read_labelled
from gromov.verbs.classify_format import in_format
from gromov.verbs.classify_jobs import confusion_of, standardise
from gromov.verbs.classify_results import ClassControls, Classification, Compression
from gromov.verbs.predict import predict

QUICK = {"epochs": 4, "controls": False}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)  # two processes of two threads each wait for one another
    return tmp_path


def table(n: int = 150, seed: int = 0) -> str:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, n)
    x = rng.normal(size=(n, 4)) + 3 * np.eye(4)[kinds]
    lines = ["a,b,c,d,kind"] + [",".join([*(f"{v:.4f}" for v in row), f"kind {k}"]) for row, k in zip(x, kinds, strict=True)]
    return "\n".join(lines)


def images(n: int = 90, side: int = 12, colours: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Bars: upright ones, lying ones, none."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, n)
    x = rng.integers(0, 60, size=(n, side, side, colours))
    for image, kind in zip(x, kinds, strict=True):
        where = int(rng.integers(2, side - 2))
        if kind == 0:
            image[:, where] = 255
        elif kind == 1:
            image[where] = 255
    return x.astype(np.uint8), kinds


# ---- reading


def write_folder(root: str, x: np.ndarray, kinds: np.ndarray) -> None:
    pillow = pytest.importorskip("PIL.Image")
    for i, (image, kind) in enumerate(zip(x, kinds, strict=True)):
        folder = Path(root, f"k{kind}")
        folder.mkdir(parents=True, exist_ok=True)
        pillow.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(folder / f"{i:03d}.png")


@pytest.mark.parametrize("colours", [1, 3])
def test_images_are_the_same_from_a_folder_and_from_a_table_of_their_bytes(colours: int) -> None:
    pillow = pytest.importorskip("PIL.Image")
    x, kinds = images(12, colours=colours)
    write_folder("photos", x, kinds)
    rows = []
    for image in x:
        stream = io.BytesIO()
        pillow.fromarray(image[:, :, 0] if colours == 1 else image).save(stream, format="png")
        rows.append(stream.getvalue())
    parts = ["test" if i % 3 == 0 else "train" for i in range(12)]
    parquet.write_table(pyarrow.table({"image": rows, "label": [f"k{k}" for k in kinds], "split": parts}), "photos.parquet")
    folder, _ = read_labelled("photos")
    train, test = read_labelled("photos.parquet")
    assert test is not None
    assert folder.shape == train.shape == test.shape == (colours, 12, 12)
    assert folder.classes == train.classes
    assert len(test.targets) == 4
    wanted = {(image.tobytes(), int(kind)) for image, kind in zip(np.moveaxis(x, 3, 1), kinds, strict=True)}
    for parts_of in ([folder], [train, test]):
        found = {(i.numpy().tobytes(), int(t)) for part in parts_of for i, t in zip(part.inputs, part.targets, strict=True)}
        assert found == wanted


def test_points_are_images_only_where_they_look_like_pixels() -> None:
    assert read_labelled("digits")[0].shape == (1, 8, 8)
    assert read_labelled("wine")[0].shape == (13,)
    assert read_labelled("digits", image_shape=(4, 16))[0].shape == (1, 4, 16)
    with pytest.raises(InputError, match="image-shape"):
        read_labelled("digits", image_shape=(5, 5))


def test_classes_that_are_numbers_are_in_their_order() -> None:
    Path("t.csv").write_text("x,y\n" + "\n".join(f"{i % 7}.5,{(i % 3) * 5}" for i in range(30)))
    assert read_labelled("t.csv", labels="y")[0].classes == ("0", "5", "10")


def test_inputs_are_standardised_by_the_network() -> None:
    x = torch.randn(50, 3, 6, 6, generator=torch.Generator().manual_seed(0)) * 4 + 2
    found = standardise(x).build((3, 6, 6))(x)
    assert torch.allclose(found.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(found.std(dim=(0, 2, 3), correction=0), torch.ones(3), atol=1e-5)
    assert torch.isfinite(standardise(torch.ones(5, 2)).build((2,))(torch.ones(5, 2))).all()


# ---- the numbers


def test_wilson_by_hand() -> None:
    found = Estimate.share(0.9, 10, seed=0, method="share")
    assert found.ci is not None
    assert math.isclose(found.ci[0], 0.59585, abs_tol=1e-4)
    assert math.isclose(found.ci[1], 0.98212, abs_tol=1e-4)
    assert confusion_of(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist() == [[1, 1], [0, 1]]


def test_a_table_is_learnt_beside_its_controls() -> None:
    Path("t.csv").write_text(table())
    run = fit_classify("t.csv", labels="kind", epochs=30, out="run")
    test, controls = run["test"], run["controls"]
    assert isinstance(test, Classification)
    assert isinstance(controls, ClassControls)
    assert test.accuracy.value > 0.85
    assert test.classes == ("kind 0", "kind 1", "kind 2")
    assert test.confusion.sum() == test.test_samples == 30
    assert test.train_samples + test.validation_samples + test.test_samples == 150
    assert math.isclose(float(np.trace(test.confusion)) / 30, test.accuracy.value)
    assert {"linear", "forest"} == set(controls.others)
    assert controls.others["linear"].accuracy.value > 0.85
    # what was saved says the same of the samples it was tested on
    whole = predict("run", "t.csv", labels="kind")
    assert whole.accuracy is not None
    assert whole.accuracy > 0.85
    rows = np.loadtxt(io.StringIO(table()), delimiter=",", skiprows=1, usecols=range(4))
    kinds = [line.rsplit(",", 1)[1] for line in table().split("\n")[1:]]
    again = predict("run", rows).found
    assert np.mean([whole.classes[place] == kind for place, kind in zip(again, kinds, strict=True)]) == whole.accuracy
    assert np.isclose(whole.probabilities.sum(axis=1), 1).all()


def test_images_are_learnt_and_predicted() -> None:
    x, kinds = images(240)
    np.savez("bars.npz", x=x[..., 0], y=kinds)
    run = fit_classify("bars.npz", labels="y", epochs=25, network="convnet", width=8, out="run", seeds=2)
    test, controls = run["test"], run["controls"]
    assert isinstance(test, Classification)
    assert isinstance(controls, ClassControls)
    assert test.accuracy.value > 0.8
    assert test.accuracy.n == 2
    assert len(test.hardest_images) == 24
    assert test.hardest_images.shape[1:] == (12, 12, 1)
    assert len(test.strips()[0].columns) == 24
    assert "linear" in controls.others
    new, wanted = images(60, seed=9)
    found = predict("run", new.reshape(60, -1))
    assert (found.found == wanted).mean() > 0.8
    assert np.allclose(predict("run", new.reshape(60, -1) / 255.0).probabilities, found.probabilities, atol=1e-4)
    with pytest.raises(InputError, match="whole numbers up to 255"):
        predict("run", new.reshape(60, -1) * 3.0)


def test_a_format_of_the_dense_layers() -> None:
    network = in_format(mlp(64, 2, 3), "tt:4")
    kinds = [type(block) for block in network.blocks]
    assert kinds.count(TensorTrainDense) == 2
    assert network.blocks[-1] == Dense(3)
    assert network.parameters((64,)) < mlp(64, 2, 3).parameters((64,))
    run = fit_classify("digits", network="mlp", linear="tt:4", compress=["low-rank:8", "prune:0.5"], **QUICK)  # pyright: ignore[reportArgumentType]
    found = run["compression"]
    assert isinstance(found, Compression)
    assert [each.kind for each in found.settings] == ["low-rank", "prune"]
    assert found.settings[1].parameters < found.before


def test_all_of_the_rank_is_all_of_the_network() -> None:
    run = fit_classify("wine", compress=["low-rank:128", "prune:0.999"], **QUICK)  # pyright: ignore[reportArgumentType]
    found = run["compression"]
    assert isinstance(found, Compression)
    assert all(each.accuracy == found.accuracy for each in found.settings)
    assert (
        run.command
        == "gromov fit classify wine --epochs 4 --batch 32 --rate 0.003 --precision float32 --compress low-rank:128,prune:0.999 --no-controls"
    )
    quiet = fit_classify("wine", epochs=1, controls=False, augment=False, image_shape=None)
    assert "--no-augment" in quiet.command


def test_an_interrupted_run_ends_with_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gromov.learn.fitting._KEEP_EVERY", 0.0)
    monkeypatch.setattr("gromov.learn.fitting._CHECK_EVERY", 1)
    options = {"epochs": 5, "seeds": 2, "compress": ["prune:0.5"]}
    fit_classify("wine", out="whole", **options)  # pyright: ignore[reportArgumentType]
    progress: Progress = StopAfter(35)
    with pytest.raises(StoppedError):
        fit_classify("wine", out="parts", progress=progress, **options)  # pyright: ignore[reportArgumentType]
    fit_classify("wine", out="parts", **options)  # pyright: ignore[reportArgumentType]
    for name in ("result.json", "network.safetensors", "arrays.npz", "classes.json"):
        assert Path("whole", name).read_bytes() == Path("parts", name).read_bytes()
    again = fit_classify("wine", out="parts", **options)  # pyright: ignore[reportArgumentType]
    assert again.to_json() == Path("whole/result.json").read_text()


# ---- the command


def test_the_command_and_the_way_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["fit", "classify", "wine", "--epochs", "5", "--out", "run", "--fail-if", "test.accuracy<0.01"]) == 0
    printed = capsys.readouterr().out
    assert "How many classes are found?" in printed
    assert "random forest" in printed
    assert {"network.safetensors", "classes.json", "report.html", "result.json"} <= {path.name for path in Path("run").iterdir()}
    assert load_network("run/network.safetensors").shape == (13,)
    assert command(["predict", "run", "wine"]) == 0
    printed = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(printed.out)))
    assert len(rows) == 178
    assert "accuracy" in printed.err
    assert command(["predict", "run", "wine", "--out", "found.csv", "--quiet"]) == 0
    assert len(Path("found.csv").read_text().splitlines()) == 179
    assert command(["fit", "classify", "wine", "--epochs", "5", "--out", "run", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["task"] == "classify"
    assert tree["results"]["controls"]["others"]["linear"]["accuracy"]["n"] == 36


BAD = {
    "fit classify nothing.csv": "nothing.csv",
    "fit classify unlabelled.npy": "--labels",
    "fit classify one.csv --labels kind": "nothing to tell apart",
    "fit classify wine --network forest": "no network",
    "fit classify wine --network conv4": "wants",
    "fit classify wine --linear tt:x": "--linear",
    "fit classify digits --network convnet --linear tt:4": "no dense layer but the last",
    "fit classify wine --compress zip:3": "--compress",
    "fit classify wine --validation 1": "--validation",
    "fit classify wine --rate -1": "rate",
    "fit classify wine --test iris": "class",
    "fit classify text8": "text8",
    "predict nothing wine": "no finished run",
    "predict run digits": "13",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "run"
    fit_classify("wine", out=folder, **QUICK)  # pyright: ignore[reportArgumentType]
    return folder


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_one_sentence(line: str, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("unlabelled.npy", np.random.default_rng(0).normal(size=(30, 4)))
    Path("one.csv").write_text("x,kind\n" + "\n".join(f"{i}.5,a" for i in range(20)))
    words = line.replace("predict run", f"predict {trained}").split()
    out = [] if words[0] == "predict" else ["--out", "bad"]
    assert command([*words, *out]) == 2
    printed = capsys.readouterr()
    assert BAD[line] in printed.err
    assert "Traceback" not in printed.err
    assert len(printed.err.strip().splitlines()) == 1


def test_damaged_runs_are_refused(trained: Path) -> None:
    (trained / "classes.json").rename("kept.json")
    with pytest.raises(InputError, match="no finished run"):
        predict(trained, "wine")
    Path("kept.json").rename(trained / "classes.json")
    content = (trained / "network.safetensors").read_bytes()
    try:
        (trained / "network.safetensors").write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match="damaged"):
            predict(trained, "wine")
    finally:
        (trained / "network.safetensors").write_bytes(content)


def test_the_face_of_the_package() -> None:
    assert gromov.fit_classify is fit_classify
    assert gromov.predict is predict
