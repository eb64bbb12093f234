"""`fit words` from a text to a run folder: what is read, what is refused, twins, resumption, the way back into `measure`."""

import gzip
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from stopping import StopAfter, StoppedError

import gromov
from gromov.cli.main import run as command
from gromov.core import InputError
from gromov.models import load_embedding
from gromov.verbs.fit_words_data import read_hypernyms, read_judgements, read_text
from gromov.verbs.fit_words_results import WordControls, WordGeometry

KINDS = {"animal": ["dog", "cat", "horse", "cow", "sheep"], "tool": ["saw", "drill", "file", "plane", "chisel"]}
REST = ["the", "a", "is", "was", "near", "by", "old", "new", "one", "my"]
QUICK = {"dim": 2, "seeds": 2, "epochs": 4}


def text(sentences: int = 800) -> str:
    """Sentences that speak of one kind at a time."""
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(sentences):
        kind = str(rng.choice(list(KINDS)))
        lines.append(" ".join([*rng.choice(REST, 3), *rng.choice(KINDS[kind], 2), kind]))
    return "\n".join(lines)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(text())
    Path("kinds.csv").write_text("\n".join(f"{word},{kind}" for kind, words in KINDS.items() for word in words))
    lines = [f"dog\t{word}\t{9 if word in KINDS['animal'] else 1}" for words in KINDS.values() for word in words if word != "dog"]
    Path("judged.tsv").write_text("# remark\nfirst\tsecond\tscore\n" + "\n".join([*lines, "dog\tanimal\t8", "dog\tunicorn\t3"]))
    return tmp_path


@pytest.mark.parametrize("form", ["plain", "gzip", "zip", "list"])
def test_every_form_of_a_text_is_the_same_corpus(form: str) -> None:
    match form:
        case "gzip":
            Path("text.gz").write_bytes(gzip.compress(text().encode()))
            data: object = "text.gz"
        case "zip":
            with zipfile.ZipFile("text.zip", "w") as archive:
                archive.writestr("a/text", text())
            data = "text.zip"
        case "list":
            data = text().split("\n")
        case _:
            data = Path("text.txt")
    found = read_text(data, vocabulary=100, least=5).corpus  # pyright: ignore[reportArgumentType]
    wanted = read_text("text.txt", vocabulary=100, least=5).corpus
    assert found.words == wanted.words
    assert np.array_equal(found.tokens, wanted.tokens)


def test_words_are_not_cut_where_blocks_are(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_text("text.txt", vocabulary=100, least=5).corpus
    monkeypatch.setattr("gromov.verbs.fit_words_data._BLOCK", 7)
    assert np.array_equal(read_text("text.txt", vocabulary=100, least=5).corpus.tokens, whole.tokens)


def test_a_text_of_two_kinds_is_told_apart() -> None:
    run = gromov.fit_words("text.txt", dim=2, seeds=2, epochs=60, hypernyms="kinds.csv", similarity="judged.tsv", show=["dog"])
    test, controls = run["test"], run["controls"]
    assert isinstance(test, WordGeometry)
    assert isinstance(controls, WordControls)
    assert test.explained.value > 0.5
    assert test.relatedness.value > 0.9
    assert test.similarity.value > 0.5
    assert controls.euclidean is not None
    assert controls.euclidean.explained.value > 0.5
    assert controls.gain.ci is not None
    animals = {*KINDS["animal"], "animal"}
    assert {name for name, _ in run.embedding.neighbors("dog", 3)} <= animals
    assert test.asked[0][0] == "dog"
    assert "kinds.csv" in test.hypernyms
    assert "10 of the 11" in test.judgements


def test_pairs_have_nothing_between_them() -> None:
    corpus = read_text("text.txt", vocabulary=100, least=5).corpus
    Path("chain.csv").write_text("dog,animal\nanimal,one\ndog,one\ncat,nowhere\n")
    pairs, said = read_hypernyms("chain.csv", corpus)
    assert {(corpus.words[a], corpus.words[b]) for a, b in pairs.tolist()} == {("dog", "animal"), ("animal", "one")}
    assert "2 pairs" in said


def test_judgements_are_read_and_what_is_left_out_is_counted() -> None:
    corpus = read_text("text.txt", vocabulary=100, least=5).corpus
    pairs, values, said = read_judgements("judged.tsv", corpus)
    assert len(pairs) == 10
    assert values.max() == 9
    assert said == "10 of the 11 pairs of judged.tsv"
    Path("bad.tsv").write_text("dog\tcat\tmuch\ndog\thorse\tmore\n")
    with pytest.raises(InputError, match="a pair is two words and a number"):
        read_judgements("bad.tsv", corpus)


def test_a_run_that_was_stopped_ends_with_the_same_bytes() -> None:
    options = {**QUICK, "hypernyms": "kinds.csv"}
    gromov.fit_words("text.txt", out="whole", **options)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StoppedError):
        gromov.fit_words("text.txt", out="parts", progress=StopAfter(13), **options)  # pyright: ignore[reportArgumentType]
    assert not Path("parts/result.json").exists()
    again = gromov.fit_words("text.txt", out="parts", **options)  # pyright: ignore[reportArgumentType]
    for name in ("result.json", "model.safetensors", "arrays.npz"):
        assert Path("whole", name).read_bytes() == Path("parts", name).read_bytes()
    shown = gromov.fit_words("text.txt", out="parts", show=["cat"], **options)  # pyright: ignore[reportArgumentType]
    test = shown["test"]
    assert isinstance(test, WordGeometry)
    assert test.asked[0][0] == "cat"
    assert again["test"].to_dict({}) != shown["test"].to_dict({})


def test_a_run_is_measured_in_its_own_space() -> None:
    run = gromov.fit_words("text.txt", out="run", hypernyms="none", controls=False, export=["word2vec"], **QUICK)  # pyright: ignore[reportArgumentType]
    assert load_embedding("run").names == run.embedding.names
    found = gromov.measure("run", instruments=["hyperbolicity"])
    assert found.input["n"] == len(run.embedding.names)
    assert Path("run/vectors.txt").read_text().startswith(f"{len(run.embedding.names)} 2\n")


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--dim", "2", "--seeds", "1", "--epochs", "3", "--out", "run"]
    assert command(["fit", "words", "text.txt", *options, "--hypernyms", "kinds.csv", "--show", "dog"]) == 0
    printed = capsys.readouterr().out
    assert "What is near dog?" in printed
    assert "frequency alone" in printed
    assert command(["fit", "words", "text.txt", *options, "--hypernyms", "kinds.csv", "--json", "--fail-if", "test.explained<2"]) == 3
    tree = json.loads(capsys.readouterr().out)
    assert tree["task"] == "words"
    assert tree["results"]["controls"]["euclidean_4x"]["dim"] == 8


BAD = {
    "nothing.txt": "no data set of that name",
    "digits": "is no text",
    "text.txt --vocabulary 5": "vocabulary",
    "text.txt --show unicorn": "unicorn",
    "text.txt --similarity nothing.tsv": "no file",
    "text.txt --hypernyms strange.csv": "both words",
    "text.txt --min-count 100000": "at least 20",
    "text.txt --export mat": "--export",
    "points.npy": "zero bytes",
    "latin.txt": "UTF-8",
    "broken.zip": "damaged",
}


@pytest.mark.parametrize("line", BAD)
def test_bad_input_is_one_sentence(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("points.npy", np.zeros((20, 4)))
    Path("latin.txt").write_bytes("café ".encode("latin-1") * 100)
    Path("strange.csv").write_text("u,v\nv,w\nw,x\nx,y\n")
    with zipfile.ZipFile("broken.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("text", text())
    content = bytearray(Path("broken.zip").read_bytes())
    content[60:400] = bytes(340)
    Path("broken.zip").write_bytes(bytes(content))
    assert command(["fit", "words", *line.split(), "--out", "run"]) == 2
    printed = capsys.readouterr()
    assert BAD[line] in printed.err
    assert "Traceback" not in printed.err
    assert not Path("run", "result.json").exists()
