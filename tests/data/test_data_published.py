"""The published sets, where their files are: counts as published, and the refusals where they are not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gromov.core import Graph, InputError
from gromov.data import datasets, find, load, verify

FILES = [each for each in datasets() if each.origin == "file" and each.kind != "files"]
RAW = [each for each in datasets() if each.kind == "files"]
HERE = pytest.mark.skipif(not os.environ.get("GROMOV_DATA"), reason="GROMOV_DATA is not set: the published files are not here")

NODES_AND_EDGES = {
    "karate": (34, 78),
    "phd-advisors": (1025, 1043),
    "grqc": (4158, 13422),
    "phylo-tree": (344, 343),
    "diseasome": (516, 1188),
    "yeast": (1458, 1948),
    "facebook": (4039, 88234),
    "football": (115, 613),
    "dolphins": (62, 159),
    "lesmis": (77, 254),
    "polbooks": (105, 441),
    "polblogs": (1222, 16714),
    "power-grid": (4941, 6594),
    "wordnet-mammals": (1180, 6540),
    "disease": (2665, 2664),
    "disease-nc": (1044, 1043),
    "cora": (2708, 5278),
    "citeseer": (3312, 4536),
    "small-tree": (40, 39),
    "wordnet-nouns": (82115, 743086),
}

POINTS = {
    "glove-en": (20000, 100),
    "fasttext-fr": (20000, 300),
    "word2vec-zh": (20000, 100),
    "navec-ru": (20000, 300),
    "mnist-test": (10000, 784),
    "mnist-train": (60000, 784),
    "gan-mnist": (2048, 784),
    "gan-fashion": (1536, 784),
    "omniglot-small": (4840, 11025),
}


@HERE
@pytest.mark.parametrize("name", NODES_AND_EDGES)
def test_graphs_have_their_published_size(name: str) -> None:
    data = load(name)
    assert isinstance(data.data, Graph)
    # nnz counts each edge twice, without loops and duplicates
    assert (data.n, data.data.adjacency().nnz // 2) == NODES_AND_EDGES[name]
    assert data.names is not None


@HERE
@pytest.mark.parametrize("name", POINTS)
def test_points_have_their_published_size(name: str) -> None:
    data = load(name)
    assert data.points.shape == POINTS[name]
    assert (data.labels is None) != (data.names is None)


@HERE
def test_every_set_here_loads() -> None:
    for each in FILES:
        assert each.available(), each.name
        assert load(each.name).kind == each.kind


@pytest.mark.parametrize("name", [each.name for each in RAW])
def test_sets_that_are_no_points_say_what_they_are(name: str) -> None:
    dataset = find(name)
    assert dataset is not None
    assert dataset.files
    with pytest.raises(InputError, match="is no cloud of points and no graph"):
        load(name)


@HERE
def test_every_file_here_is_the_published_one() -> None:
    states = {relative: state for _, relative, state in verify()}
    assert "altered" not in states.values()
    assert {relative for relative, state in states.items() if state == "absent"} == {"cifar10/cifar-10-python.tar.gz", "gsm8k/test.jsonl"}


@HERE
def test_words_stand_by_their_vectors() -> None:
    glove = load("glove-en", normalize="l2")
    assert glove.names is not None
    place = {word: row for row, word in enumerate(glove.names)}
    vectors = np.asarray(glove.points)
    similar = vectors @ vectors[place["france"]]
    nearest = {glove.names[row] for row in np.argsort(-similar)[:15]}
    assert nearest & {"paris", "french", "spain", "germany", "belgium"}


@HERE
def test_quantised_words_stand_by_their_vectors() -> None:
    navec = load("navec-ru", normalize="l2")
    assert navec.names is not None
    place = {word: row for row, word in enumerate(navec.names)}
    vectors = np.asarray(navec.points)
    similar = vectors @ vectors[place["россии"]]
    assert similar[place["рф"]] > 0.5 or similar[place["страны"]] > 0.3
    assert similar[place["россии"]] == pytest.approx(1, abs=1e-6)


@HERE
def test_digits_can_be_selected_by_label_and_models_by_name() -> None:
    sevens = load("mnist-test", where="label==7")
    assert sevens.n == 1028
    gans = load("gan-mnist", where="model==GAN and epoch>=1", flatten=False)
    assert gans.labels is not None
    assert set(gans.labels.tolist()) == {"GAN"}


@HERE
def test_altered_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(os.environ["GROMOV_DATA"].split(os.pathsep)[0])
    (tmp_path / "wordnet").mkdir()
    copy = tmp_path / "wordnet" / "mammal_closure.csv"
    shutil.copyfile(folder / "wordnet" / "mammal_closure.csv", copy)
    monkeypatch.setenv("GROMOV_DATA", f"{tmp_path}/nowhere{os.pathsep}{tmp_path}")
    assert load("wordnet_mammals").n == 1180
    copy.write_text(copy.read_text() + "a,b,1\n")
    with pytest.raises(InputError, match="is not the published file of wordnet-mammals"):
        load("wordnet-mammals")


@pytest.mark.parametrize("name", [each.name for each in FILES])
def test_absent_sets_say_where_to_get_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROMOV_DATA", raising=False)
    dataset = find(name)
    assert dataset is not None
    assert not dataset.available()
    with pytest.raises(InputError) as caught:
        load(name)
    assert all(word in str(caught.value) for word in (name, dataset.address, "GROMOV_DATA"))


def test_the_floor_is_light() -> None:
    code = "import sys, gromov.data; print(*[m for m in ('torch', 'sklearn', 'scipy', 'pandas', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
