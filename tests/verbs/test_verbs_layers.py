"""The layers of a network as a trend: what each is compared with, what is left out, how a run resumes, and what is refused."""

import json
import types
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
from torch import Tensor, nn

import gromov
from gromov.cli.main import run as command
from gromov.core import InputError, RunFolderError, Source
from gromov.measures.comparisons import imd
from gromov.nn import causal_transformer, lenet, mlp, save_network, vit
from gromov.verbs.layers import measure_layers
from gromov.verbs.layers_figures import DISTANCE, P_VALUE
from gromov.verbs.layers_record import LayerTrend

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 6)).astype(np.float32)
Y = np.repeat(["a", "b", "c"], 10)
SPECTRUM = ["spectrum"]


@pytest.fixture(autouse=True)
def same_weights_and_few_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    monkeypatch.setattr("gromov.verbs.layers_distances.LEAST_DRAWS", 9)
    monkeypatch.setattr("gromov.verbs.layers_distances.DRAWS_EACH", 5)


def chain(*parts: nn.Module) -> nn.Sequential:
    return nn.Sequential(OrderedDict((f"layer{place}", part) for place, part in enumerate(parts, start=1)))


def of_rank(rank: int) -> nn.Linear:
    """A linear map of 6 numbers to 6 of exactly this rank."""
    q, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))
    part = nn.Linear(6, 6, bias=False)
    part.weight.data = torch.tensor(q[:, :rank] @ q[:, :rank].T, dtype=torch.float32)
    return part


class Constant(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 0 * x + 1


def test_an_identity_is_at_distance_zero_from_the_input() -> None:
    found = measure_layers(chain(nn.Identity(), nn.Identity()), X, instruments=["spectrum", "imd"])
    assert found.labels == ("input", "layer1", "layer2")
    assert np.array_equal(np.nan_to_num(found[DISTANCE].values, nan=-1), [-1, 0, 0])  # the input has none of its own
    assert np.array_equal(found[P_VALUE].values[1:], [1, 1])
    assert found["spectrum.effective_rank"].values.tolist() == [found["spectrum.effective_rank"].first] * 3
    assert "imd" in found.results
    assert found.skipped[0]["imd"] == "it is what the others are compared with"
    assert not found.test.comparisons or not any(each.moved for each in found.series.values())


@pytest.mark.parametrize("rank", [1, 3])
def test_a_linear_map_of_some_rank_leaves_that_many_directions(rank: int) -> None:
    found = measure_layers(chain(of_rank(rank)), X, instruments=SPECTRUM)
    assert np.linalg.matrix_rank(X @ of_rank(rank).weight.detach().numpy().T, tol=1e-4) == rank
    values = found["spectrum.participation_ratio"].values
    assert values[0] > rank
    assert 1 - 1e-6 <= values[1] <= rank + 1e-6


def test_the_distance_is_that_of_the_comparison() -> None:
    model = chain(of_rank(2), nn.ReLU())
    found = measure_layers(model, X, instruments=["spectrum", "imd"], labels=Y)
    with torch.no_grad():
        layer = model(torch.from_numpy(X)).numpy()
    alone = imd(X, layer, null=10)  # 5 for each of two distances, as the fixture has it
    assert found[DISTANCE].last == alone.value.value
    assert found.results["imd"].to_dict() == alone.to_dict()
    assert found[P_VALUE].last == alone.p_value
    assert all(each["classes"] == 3 for each in found.inputs)


def test_a_trend_of_the_same_arrays_says_the_same() -> None:
    model = chain(of_rank(3), nn.Tanh())
    found = measure_layers(model, X, instruments=["spectrum", "dimension"])
    with torch.no_grad():
        first = model.get_submodule("layer1")(torch.from_numpy(X)).numpy()
    plain = gromov.trend([X, first, np.tanh(first)], instruments=["spectrum", "dimension"], order="given")
    assert found.series.keys() == plain.series.keys()
    for path, each in plain.series.items():
        assert np.allclose(found[path].values, each.values, rtol=1e-4, equal_nan=True), path


def test_a_constant_layer_is_left_out_in_words() -> None:
    found = measure_layers(chain(nn.Identity(), Constant(), nn.Identity()), X, instruments=SPECTRUM)
    assert found.labels == ("input", "layer1")
    assert found.about["left_out"] == dict.fromkeys(("layer2", "layer3"), "all points are equal: there is no geometry to measure")
    assert "layer layer2 is left out: all points are equal: there is no geometry to measure" in found.warnings
    assert "layer layer2" in found.page().skipped
    with pytest.raises(InputError, match=r"there is one thing to measure, input, and a trend needs two \(layer1: all points are equal"):
        measure_layers(chain(Constant()), X, instruments=SPECTRUM)


def test_words_have_no_distance_of_their_own() -> None:
    network = causal_transformer(vocabulary=20, width=8, depth=1, heads=2)
    model = network.build((5,))
    words = RNG.integers(0, 20, size=(30, 5))
    found = [measure_layers(model, each, instruments=SPECTRUM, layers="layer1*,layer2*") for each in (words, words * 1.0, {"input": words})]
    assert {each.labels[0] for each in found} == {each.about["reference"] for each in found} == {"layer1_token_embedding"}
    assert found[0].series.keys() == found[1].series.keys() == found[2].series.keys()
    every = measure_layers(model, words, instruments=SPECTRUM, pool="tokens", sample=100, layers="layer1*,layer2*", labels=Y)
    assert [each["n"] for each in every.inputs] == [100, 100]
    assert all(each["classes"] == 3 for each in every.inputs)  # a token has the label of its object


@pytest.mark.parametrize(
    ("network", "shape"), [(mlp(width=5, depth=1, classes=3), (1, 8, 8)), (lenet(), (1, 28, 28)), (vit(4, 8, 1, 2), (1, 8, 8))]
)
@pytest.mark.parametrize("folder", [False, True])
def test_saved_networks_take_points_in_their_shape(tmp_path: Path, network: object, shape: tuple[int, ...], folder: bool) -> None:
    module = network.build(shape)  # type: ignore[attr-defined]
    file = tmp_path / "network.safetensors"
    save_network(file, network, shape, module)  # type: ignore[arg-type]
    x = RNG.normal(size=(24, int(np.prod(shape)))).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=np.arange(24) % 3)
    found = measure_layers(tmp_path if folder else file, tmp_path / "data.npz", array="x", labels="y", instruments=SPECTRUM, sample=20)
    with torch.no_grad():
        logits = module.eval()(torch.from_numpy(x).reshape(-1, *shape)).numpy()
    assert found.inputs[0]["n"] == 20
    assert found.inputs[-1]["d"] == logits.shape[1]
    assert found.inputs[-1]["classes"] == 3
    assert found.labels[1].startswith("layer1_")
    with pytest.raises(InputError, match="has 5 numbers for each object, and the network takes"):
        measure_layers(file, x[:, :5], instruments=SPECTRUM)


def wide(place: Path) -> list[str]:
    """A saved network and data beside it, as on the command line."""
    network = mlp(width=6, depth=1, classes=3)
    save_network(place / "net.safetensors", network, (6,), network.build((6,)))
    np.savez(place / "data.npz", x=X, y=Y)
    return ["measure", str(place / "net.safetensors"), "--inputs", str(place / "data.npz"), "--array", "x", "--labels", "y"]


def test_a_run_is_written_resumed_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = wide(tmp_path)
    options = {"array": "x", "labels": "y", "layers": "layer1*,layer4*", "instruments": ["spectrum", "imd"]}
    whole = measure_layers(words[1], words[3], out=tmp_path / "whole", **options)  # type: ignore[arg-type]
    with monkeypatch.context() as late:  # the instruments are in time, the distances are not
        late.setattr("gromov.verbs.layers_distances.time", types.SimpleNamespace(monotonic=lambda: 1e12))
        part = measure_layers(words[1], words[3], out=tmp_path / "part", budget=1e6, **options)  # type: ignore[arg-type]
    assert "imd" not in part.results
    assert "budget" in part.skipped[-1]["imd"]
    assert (tmp_path / "part" / "parts" / "activations" / "activations.json").exists()
    resumed = measure_layers(words[1], words[3], out=tmp_path / "part", **options)  # type: ignore[arg-type]
    assert resumed.to_json() == whole.to_json()
    assert not (tmp_path / "part" / "parts").exists()
    for name in ("result.json", "arrays.npz"):
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("gromov.verbs.layers.activations", refuse)
    again = measure_layers(words[1], words[3], out=tmp_path / "whole", **options)  # type: ignore[arg-type]
    assert again.to_json() == whole.to_json()
    assert again.to_html() == whole.to_html()
    with pytest.raises(RunFolderError, match="another configuration"):
        measure_layers(words[1], words[3], out=tmp_path / "whole", pool="flatten", **options)  # type: ignore[arg-type]


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, options = chain(nn.Linear(6, 4), nn.ReLU()), {"instruments": ["spectrum", "imd"]}
    whole = measure_layers(model, X, **options)  # type: ignore[arg-type]
    calls: list[int] = []

    def dying(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return imd(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("gromov.verbs.layers_distances.imd", dying)
    with pytest.raises(KeyboardInterrupt):
        measure_layers(model, X, out=tmp_path / "run", **options)  # type: ignore[arg-type]
    found = measure_layers(model, X, out=tmp_path / "run", **options)  # type: ignore[arg-type]
    assert found.to_json() == whole.to_json()
    assert len(calls) == 3  # the first distance was kept


def test_workers_change_nothing() -> None:
    model, options = chain(nn.Linear(6, 4)), {"instruments": ["spectrum", "imd"]}
    assert measure_layers(model, X, workers=2, **options).to_json() == measure_layers(model, X, **options).to_json()  # type: ignore[arg-type]


def test_the_report_shows_the_distance_against_depth() -> None:
    found = measure_layers(chain(of_rank(2), nn.Linear(6, 3)), X, instruments=["spectrum", "neighborhood", "imd"], labels=Y)
    page, changes = found.page(), found.changes()
    assert next(figure.name for figure in changes.figures()).startswith("trend-imd")
    table = page.lead
    assert table is not None
    assert table.columns[:3] == ("layer", "d", "IMD to the input · 10⁶")
    assert [row[0] for row in table.rows] == ["input", "layer1", "layer2"]
    assert table.rows[0][2] == "–"
    questions = [each.question for each in changes.findings()]
    assert questions == [
        "What moved?",
        "Where is it narrowest?",
        "Does the shape differ from the input?",
        "Where are the classes clearest?",
    ]
    assert changes.findings()[1].answer in ("layer1", "layer2")  # both have rank 2
    html = found.to_html()
    assert "Distance to the input against depth" in html
    assert "The layers of Sequential" in html
    assert "gromov measure Sequential" in found.command
    tables = [each.name for each in changes.tables()]
    assert len(set(tables)) == len(tables)
    assert tables[:2] == ["layers-depth", "trend-changes"]


FACTORIES = """
import numpy as np, torch
from torch import nn

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer1, self.layer2 = nn.Embedding(9, 4), nn.Linear(4, 4)
    def forward(self, input_ids, attention_mask=None):
        return self.layer2(self.layer1(input_ids))

def words(): return Words()
def pair():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 3), nn.ReLU()), lambda rows: torch.from_numpy(rows[:, :3])
def raising(): raise RuntimeError("no weights here")
def wrong(): return 3
def diverged():
    model = nn.Sequential(nn.Linear(6, 3))
    with torch.no_grad(): model[0].bias.fill_(float("nan"))
    return model
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "layer_factories.py").write_text(FACTORIES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_arrays_are_fed_by_name(place: Path) -> None:
    ids, mask = RNG.integers(0, 9, size=(30, 5)), np.arange(5) < RNG.integers(1, 6, size=(30, 1))
    np.savez(place / "words.npz", input_ids=ids, attention_mask=mask, topic=np.arange(30) % 2)
    found = measure_layers("layer_factories:words", "words.npz", instruments=SPECTRUM, labels="topic", sample=25)
    assert found.labels == ("layer1", "layer2")
    assert [(each["n"], each["classes"]) for each in found.inputs] == [(25, 2)] * 2
    every = measure_layers("layer_factories:words", "words.npz", instruments=SPECTRUM, labels="topic", pool="tokens")
    assert every.inputs[0]["n"] == int(mask.sum())
    with pytest.raises(
        InputError, match="holds 'topic', and the network takes attention_mask, input_ids: leave it out, or name it with labels"
    ):
        measure_layers("layer_factories:words", "words.npz", instruments=SPECTRUM)
    with pytest.raises(InputError, match="--normalize does not go with arrays"):
        measure_layers("layer_factories:words", "words.npz", instruments=SPECTRUM, labels="topic", normalize="l2")


def test_a_factory_may_say_how_to_prepare(place: Path) -> None:
    found = measure_layers("layer_factories:pair", X, layers="*", instruments=SPECTRUM)
    assert [each["d"] for each in found.inputs] == [6, 3, 3]


def said(capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> str:
    assert command(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("gromov: ")
    assert captured.err.count("\n") == 1
    assert "Traceback" not in captured.err
    return captured.err


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({4: "--layers", 5: "layr*", 6: None, 7: None}, "no module of the network is called 'layr*'"),
        ({1: "gone.safetensors"}, "there is no network gone.safetensors"),
        ({1: "cut.safetensors"}, "damaged or truncated"),
        ({1: "."}, "the folder . holds no network.safetensors"),
        ({1: "layer_factories:raising"}, "layer_factories:raising did not return: RuntimeError: no weights here"),
        ({1: "layer_factories:wrong"}, "is a int; it must be a torch module"),
        ({1: "layer_factories:gone"}, "has no function gone"),
        ({1: "no_such_module:network"}, "there is no module no_such_module"),
        ({3: "digits", 4: None, 5: None, 6: None, 7: None}, "digits has 64 numbers for each object, and the network takes 6"),
        ({3: "gone.npz"}, "gone.npz"),
        ({1: "layer_factories:diverged", 8: "--layers", 9: "*"}, "layer 0 gives NaN or infinite values for object 0"),
        ({8: "--instruments", 9: "imd"}, "instruments names none beside imd"),
    ],
)
def test_bad_input_is_one_sentence(place: Path, capsys: pytest.CaptureFixture[str], changed: dict[int, str | None], what: str) -> None:
    words = dict(enumerate(wide(place)))
    (place / "cut.safetensors").write_bytes((place / "net.safetensors").read_bytes()[:300])
    merged = {**words, **changed}
    assert what in said(capsys, [merged[key] for key in sorted(merged) if merged[key] is not None])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["digits", "--layers", "layer*"], "--layers belongs to the layers of a network"),
        (["digits", "--pool", "mean"], "--pool belongs to the layers of a network"),
        (["a", "b", "--inputs", "digits"], "--inputs goes with one network, and there are 2"),
        (["--inputs", "digits"], "--inputs goes with one network, and there are 0"),
    ],
)
def test_options_that_do_not_go_together(capsys: pytest.CaptureFixture[str], words: list[str], what: str) -> None:
    assert what in said(capsys, ["measure", *words])


def test_the_command_prints_json_and_holds_gates(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*wide(place), "--instruments", "spectrum,imd", "--layers", "layer4*", "--out", "run", "--json"]
    assert command([*words, "--fail-if", "trend.spectrum.effective_rank.last<0.5"]) == 0
    tree = json.loads(capsys.readouterr().out)
    schema = json.loads((Path(gromov.__file__).parent / "verbs" / "result.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(tree)
    assert (tree["verb"], tree["input"]["name"]) == ("measure", tree["inputs"][-1]["name"])
    assert tree["layers"]["pattern"] == "layer4*"
    assert tree["layers"]["reference"] == "input"
    assert tree["trend"]["imd"]["value"]["values"][0] is None
    assert json.loads((place / "run" / "result.json").read_text()) == tree
    assert command([*words, "--fail-if", "trend.spectrum.effective_rank.last>0.5"]) == 3


def test_several_forms_of_one_network_agree() -> None:
    network = mlp(width=6, depth=1, classes=3)
    module = network.build((6,))
    first = measure_layers(module, X, instruments=SPECTRUM)
    second = measure_layers((module, torch.from_numpy), gromov.core.Representation(X, source=Source("mine")), instruments=SPECTRUM)
    assert isinstance(first, LayerTrend)
    assert first["spectrum.effective_rank"].values.tolist() == second["spectrum.effective_rank"].values.tolist()
    for changed in ({"workers": 0}, {"seed": -1}, {"pool": "median"}):
        with pytest.raises(InputError):
            measure_layers(module, X, instruments=SPECTRUM, **changed)  # type: ignore[arg-type]
