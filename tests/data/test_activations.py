"""Activations: what hooks record is what the layers give, in memory and on disk, and the network is afterwards what it was."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from gromov.core import GromovError, InputError, MemoryEstimateError, RunFolderError
from gromov.data.activations import activations
from gromov.data.recording import keeping
from gromov.data.recording.choosing import chosen_layers
from gromov.data.recording.keeping import Sampled, npy_header, sampled_rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 8)).astype(np.float32)
TOKENS = RNG.normal(size=(7, 5, 4)).astype(np.float32)
MASK = np.arange(5) < np.array([[5], [1], [3], [2], [4], [5], [1]])


def perceptron() -> nn.Sequential:
    torch.manual_seed(1)
    parts = [("layer1", nn.Linear(8, 6)), ("layer2", nn.ReLU(inplace=True)), ("drop", nn.Dropout(0.5)), ("layer3", nn.Linear(6, 3))]
    return nn.Sequential(OrderedDict(parts))


class Passing(nn.Module):
    """Gives back what it is given, in another form."""

    def __init__(self, form: str = "plain") -> None:
        super().__init__()
        self.form = form
        self.layer = _Form(form)

    def forward(self, x: Tensor) -> object:
        return self.layer(x)


@dataclass
class Output:
    nothing: None
    state: Tensor


class _Form(nn.Module):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form

    def forward(self, x: Tensor) -> object:
        forms = {
            "plain": x,
            "tuple": (None, (x, x + 1)),
            "dict": OrderedDict(logits=x, other=x + 1),
            "dataclass": Output(None, x),
            "none": None,
        }
        return forms[self.form]


def test_identity_gives_the_input() -> None:
    found = activations(nn.Sequential(nn.Identity(), nn.Identity()), X, layers="*")
    assert list(found) == ["0", "1"]
    assert all(np.array_equal(points, X) for points in found.values())
    assert found.n == 50
    assert found.layer("0").objects is None


@pytest.mark.parametrize("batch", [1, 7, 50, 64])
def test_what_is_recorded_is_what_each_layer_gives(batch: int) -> None:
    model = perceptron()
    found = activations(model, X, batch=batch)
    w1, w3 = model.get_submodule("layer1"), model.get_submodule("layer3")
    with torch.no_grad():
        first = w1(torch.from_numpy(X))
        last = w3(first.clamp_min(0))
    assert list(found) == ["layer1", "layer2", "layer3"]  # the pattern layer* leaves the dropout out
    # the ReLU works in place on what layer1 gave: what was kept of layer1 does not follow
    assert np.allclose(found["layer1"], first, atol=1e-6)
    assert np.allclose(found["layer2"], first.clamp_min(0), atol=1e-6)
    assert np.allclose(found["layer3"], last, atol=1e-6)
    assert all(points.dtype == np.float32 for points in found.values())


def test_the_network_is_afterwards_what_it_was() -> None:
    model = perceptron()
    model.get_submodule("drop").eval()
    modes = [module.training for module in model.modules()]
    state = torch.random.get_rng_state()
    for inputs in (X, X[:, :3]):  # the second is refused in the middle of a pass
        if inputs.shape[1] == 8:
            activations(model, inputs)
        else:
            with pytest.raises(InputError, match=r"does not take its inputs \(input 1 50 × 3 float32\)"):
                activations(model, inputs)
        assert [module.training for module in model.modules()] == modes
        assert not any(module._forward_hooks for module in model.modules())
        assert all(each.grad is None for each in model.parameters())
        assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("form", ["plain", "tuple", "dict", "dataclass"])
def test_the_first_tensor_of_an_output_is_taken(form: str) -> None:
    assert np.array_equal(activations(Passing(form), X, layers="layer")["layer"], X)


def test_a_layer_without_output_is_left_out_in_words() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer1, self.layer2, self.layer3 = nn.Identity(), _Form("none"), nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            self.layer2(x)
            return self.layer1(x)

    found = activations(Odd(), X)
    assert list(found) == ["layer1"]
    assert found.left_out == {"layer2": "it gives no tensor", "layer3": "it is not called"}
    with pytest.raises(InputError, match="none of the layers gives anything: layer2: it gives no tensor"):
        activations(Odd(), X, layers="layer2")


def test_a_module_called_twice_is_two_layers() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.twice = _Double()

        def forward(self, x: Tensor) -> Tensor:
            return self.twice(self.twice(x))

    found = activations(Twice(), X, layers="twice", batch=20)
    assert list(found) == ["twice", "twice#2"]
    assert np.array_equal(found["twice"], 2 * X)
    assert np.array_equal(found["twice#2"], 4 * X)


class _Double(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 2 * x


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_type_is_kept_as_float32(dtype: torch.dtype) -> None:
    found = activations(perceptron().to(dtype), X)
    exact = activations(perceptron(), X)
    assert all(points.dtype == np.float32 for points in found.values())
    assert np.allclose(found["layer3"], exact["layer3"], atol={torch.float64: 1e-6}.get(dtype, 0.05))


def test_pools_of_sequences() -> None:
    model, x = Passing(), TOKENS
    means = np.stack([row[kept].mean(axis=0) for row, kept in zip(x, MASK, strict=True)])
    ends = np.stack([row[kept.sum() - 1] for row, kept in zip(x, MASK, strict=True)])
    recorded = {
        pool: activations(model, x, layers="layer", pool=pool, mask=MASK, batch=3)
        for pool in ("mean", "last", "first", "tokens", "flatten")
    }  # type: ignore[arg-type]
    assert np.allclose(recorded["mean"]["layer"], means, atol=1e-6)
    assert np.array_equal(recorded["last"]["layer"], ends)
    assert np.array_equal(recorded["first"]["layer"], x[:, 0])
    assert np.array_equal(recorded["tokens"]["layer"], x[MASK])
    assert recorded["tokens"].layer("layer").objects is not None
    assert np.array_equal(recorded["tokens"].layer("layer").objects, np.nonzero(MASK)[0])  # type: ignore[arg-type]
    assert np.array_equal(recorded["flatten"]["layer"], x.reshape(7, 20))
    assert np.allclose(activations(model, x, layers="layer")["layer"], x.mean(axis=1), atol=1e-6)


def test_padding_may_be_on_the_left_and_hold_nan() -> None:
    x, mask = TOKENS[:, ::-1].copy(), MASK[:, ::-1].copy()
    x[~mask] = np.nan
    for pool in ("mean", "last", "first", "tokens"):
        found = activations(Passing(), x, layers="layer", pool=pool, mask=mask)["layer"]  # type: ignore[arg-type]
        assert np.isfinite(found).all()
    last = activations(Passing(), x, layers="layer", pool="last", mask=mask)["layer"]
    assert np.array_equal(last, TOKENS[:, 0])


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5).filter(any), min_size=7, max_size=7))
def test_means_are_over_the_mask(rows: list[list[bool]]) -> None:
    mask = np.array(rows)
    found = activations(Passing(), TOKENS, layers="layer", mask=mask)["layer"]
    assert np.allclose(found, (TOKENS * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True), atol=1e-5)


def test_pools_of_images() -> None:
    x = RNG.normal(size=(6, 3, 4, 5)).astype(np.float32)
    assert np.allclose(activations(Passing(), x, layers="layer")["layer"], x.mean(axis=(2, 3)), atol=1e-6)
    assert np.array_equal(activations(Passing(), x, layers="layer", pool="flatten")["layer"], x.reshape(6, 60))
    places = activations(Passing(), x, layers="layer", pool="tokens")["layer"]
    assert np.array_equal(places, x.transpose(0, 2, 3, 1).reshape(120, 3))
    with pytest.raises(InputError, match="layer layer gives 3 × 4 × 5 for each object, which has no last token: pool by mean"):
        activations(Passing(), x, layers="layer", pool="last")


def test_arrays_by_name_and_their_mask() -> None:
    class Words(nn.Module):
        def __init__(self, takes: bool) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.layer, self.takes = nn.Embedding(11, 4), takes

        def forward(self, input_ids: Tensor) -> Tensor:
            return self.layer(input_ids)

    ids = RNG.integers(0, 11, size=(7, 5))
    model = Words(takes=False)
    table = model.layer.weight.detach().numpy()
    found = activations(model, {"input_ids": ids, "attention_mask": MASK.astype(np.int64)})  # it takes no mask: that is for pooling alone
    assert np.allclose(found["layer"], np.stack([table[row[kept]].mean(axis=0) for row, kept in zip(ids, MASK, strict=True)]), atol=1e-6)
    with pytest.raises(InputError, match="one row for each object, and their numbers of rows are input_ids 7, attention_mask 3"):
        activations(model, {"input_ids": ids, "attention_mask": MASK[:3]})
    with pytest.raises(InputError, match="the mask leaves no token of object 2"):
        activations(model, {"input_ids": ids, "attention_mask": MASK * (np.arange(7) != 2)[:, None]})


def test_batches_of_any_kind() -> None:
    def pairs() -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, 50, 20):
            yield torch.from_numpy(X[start : start + 20]), torch.zeros(len(X[start : start + 20]))

    whole = activations(perceptron(), X)
    for inputs in (pairs(), [X[:20], X[20:]], [{"input": X[:9]}, {"input": X[9:]}]):
        found = activations(perceptron(), inputs)
        assert all(np.allclose(found[name], whole[name], atol=1e-6) for name in whole)
    halved = activations(perceptron(), 2 * X, preprocess=lambda rows: torch.from_numpy(rows / 2))
    assert np.allclose(halved["layer3"], whole["layer3"], atol=1e-6)
    with pytest.raises(InputError, match="inputs are empty"):
        activations(perceptron(), [])
    with pytest.raises(InputError, match="preprocess did not return: ZeroDivisionError"):
        activations(perceptron(), X, preprocess=lambda rows: len(rows) / 0)


@pytest.mark.parametrize("pool", ["mean", "tokens"])
@pytest.mark.parametrize("sample", [None, 6])
def test_files_hold_what_memory_holds(tmp_path: Path, pool: str, sample: int | None) -> None:
    options = {"layers": "layer", "pool": pool, "mask": MASK, "batch": 3, "sample": sample}
    held = activations(Passing(), TOKENS, **options)  # type: ignore[arg-type]
    for _ in range(2):  # written, then found
        kept = activations(Passing(), TOKENS, out=tmp_path / "acts", **options)  # type: ignore[arg-type]
        assert isinstance(kept["layer"], np.memmap)
        assert np.array_equal(kept["layer"], held["layer"])
        owners = (kept.layer("layer").objects, held.layer("layer").objects)
        assert (owners[0] is None and owners[1] is None) or np.array_equal(*owners)  # type: ignore[arg-type]
        assert (kept.n, kept.left_out, kept.layer("layer").shape) == (held.n, held.left_out, (5, 4))
    assert np.array_equal(np.load(tmp_path / "acts" / "000-layer.npy"), held["layer"])


def test_what_is_found_is_not_computed_again(tmp_path: Path) -> None:
    model = perceptron()
    activations(model, X, out=tmp_path)
    before = (tmp_path / "000-layer1.npy").stat().st_mtime_ns
    model.forward = None  # type: ignore[assignment,method-assign]
    assert list(activations(model, X, out=tmp_path)) == ["layer1", "layer2", "layer3"]
    assert (tmp_path / "000-layer1.npy").stat().st_mtime_ns == before


def test_another_network_or_input_needs_another_folder(tmp_path: Path) -> None:
    activations(perceptron(), X, out=tmp_path)
    other = perceptron()
    with torch.no_grad():
        other.get_submodule("layer3").weight[0, 0] += 1e-3  # pyright: ignore[reportIndexIssue]
    for model, x, layers in ((other, X, "layer*"), (perceptron(), X + 1, "layer*"), (perceptron(), X, "layer1")):
        with pytest.raises(RunFolderError, match="another network, input or choice of layers"):
            activations(model, x, layers=layers, out=tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="is not empty and holds no activations"):
        activations(perceptron(), X, out=tmp_path / "full")
    (tmp_path / "000-layer1.npy").write_bytes(b"damaged")
    with pytest.raises(RunFolderError, match="are damaged"):
        activations(perceptron(), X, out=tmp_path)


def test_a_pass_that_ends_early_leaves_no_half_file(tmp_path: Path) -> None:
    x = X.copy()
    x[45] = np.nan
    with pytest.raises(InputError, match="layer layer1 gives NaN or infinite values for object 45"):
        activations(perceptron(), x, batch=10, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["activations.json"]
    with pytest.raises(InputError, match="object 45"):  # the folder is still that of this call
        activations(perceptron(), x, batch=10, out=tmp_path)


def test_a_sample_is_the_same_in_any_batches() -> None:
    rows = sampled_rows(50, 12, 3)
    assert np.array_equal(activations(perceptron(), X, sample=12, seed=3)["layer1"], activations(perceptron(), X[rows])["layer1"])
    mean = activations(Passing(), list(TOKENS[:, None]), layers="layer", sample=4)["layer"]
    assert np.allclose(mean, activations(Passing(), TOKENS, layers="layer", sample=4)["layer"], atol=1e-6)
    tokens = [activations(Passing(), TOKENS, layers="layer", pool="tokens", sample=9, batch=batch)["layer"] for batch in (1, 3, 7)]
    assert tokens[0].shape == (9, 4)
    assert np.array_equal(tokens[0], tokens[1])
    assert np.array_equal(tokens[0], tokens[2])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any), st.integers(1, 8))
def test_a_stream_keeps_the_rows_it_would_draw(sizes: list[int], size: int) -> None:
    points = np.arange(sum(sizes), dtype=np.float32)[:, None]
    keeper, start = Sampled(size, 5), 0
    for count in sizes:
        keeper.add(points[start : start + count], None)
        start += count
    assert np.array_equal(keeper.done()[0][:, 0], sampled_rows(len(points), size, 5))


def test_layers_by_pattern() -> None:
    inner = nn.Sequential(OrderedDict(attention=nn.Identity(), norm=nn.Identity()))
    model = nn.Sequential(OrderedDict(layer1=nn.Identity(), layer2=inner, head=nn.Identity()))
    wanted = {
        "layer*": ["layer1", "layer2"],
        "layer2.*": ["layer2.attention", "layer2.norm"],
        "**.norm": ["layer2.norm"],
        "head, layer[12]": ["layer1", "layer2", "head"],
        "**": ["layer1", "layer2", "layer2.attention", "layer2.norm", "head"],
        "layer2.**": ["layer2", "layer2.attention", "layer2.norm"],
    }
    assert {pattern: list(chosen_layers(model, pattern)) for pattern in wanted} == wanted
    for pattern, said in (("layr1", "did you mean layer1"), ("zzz", "its parts are layer1, layer2, head"), (" ,", "layers is empty")):
        with pytest.raises(InputError, match=said):
            chosen_layers(model, pattern)
    with pytest.raises(InputError, match="it has no parts"):
        chosen_layers(nn.Identity(), "layer*")


@pytest.mark.parametrize(
    ("inputs", "options", "said"),
    [
        (X, {"pool": "median"}, "pool is 'median'; it must be one of mean, flatten"),
        (X, {"batch": 0}, "batch is 0; it must be a positive"),
        (X, {"sample": 0}, "sample is 0"),
        (X, {"mask": MASK}, "mask has 7 rows and inputs 50"),
        ([TOKENS[:, :3], TOKENS], {"pool": "flatten"}, "gives 20 numbers for this batch and 12 for the first"),
        ([1.0, 2.0], {}, "a single number"),
        (X.astype(np.complex64), {}, "gives complex numbers"),
    ],
)
def test_bad_input_is_refused(inputs: object, options: dict[str, object], said: str) -> None:
    with pytest.raises(GromovError, match=said):
        activations(Passing(), inputs, layers="layer", **options)  # type: ignore[arg-type]


def test_an_output_without_rows_of_objects_is_refused() -> None:
    class Turned(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.transpose(0, 1)

    with pytest.raises(InputError, match="layer 0 gives 5 × 7 × 4 for 7 objects: its first axis must be that of the objects"):
        activations(nn.Sequential(Turned()), TOKENS, layers="*")


def test_a_layer_for_some_batches_only_is_refused() -> None:
    class Sometimes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer1, self.layer2, self.calls = nn.Identity(), nn.Identity(), 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            return self.layer2(x) if self.calls > 1 else self.layer1(x)

    with pytest.raises(InputError, match="is called for some batches and not for others"):
        activations(Sometimes(), X, batch=25)


def test_what_does_not_fit_is_said_before_it_is_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = np.broadcast_to(X[:1], (10**12, 8))
    with pytest.raises(MemoryEstimateError, match=r"the activations of 1 layers for 1,000,000,000,000 objects needs 48\.0 TB"):
        activations(perceptron(), endless, layers="layer1")
    monkeypatch.setattr(keeping.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 100})())
    with pytest.raises(MemoryEstimateError, match=r"needs 1\.2 kB, but 100 bytes are free in"):
        activations(perceptron(), X, layers="layer1", out=tmp_path)


@pytest.mark.parametrize("shape", [(0, 1), (3, 2), (10**9, 4096)])
def test_the_header_is_numpys(shape: tuple[int, int]) -> None:
    import io

    written = io.BytesIO(npy_header(*shape))
    assert np.lib.format.read_magic(written) == (1, 0)
    assert np.lib.format.read_array_header_1_0(written) == (shape, False, np.dtype("<f4"))
    assert written.tell() == 128
