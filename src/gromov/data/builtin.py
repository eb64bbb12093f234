"""The built-in sets: scikit-learn's small ones, and shapes whose geometry is known."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np

from gromov.core import Graph
from gromov.data import synthetic
from gromov.data.contents import Contents, Request, Values, constant, digest
from gromov.data.readers import File, read_file
from gromov.data.registry import Dataset, Number, Parameter

UCI = "https://archive.ics.uci.edu"
OURS = "https://en.wikipedia.org/wiki/"
SHIPPED = Path(__file__).parent / "shipped"
SEED = Parameter(0, 0)
COUNT = Parameter(1000, 4)
Numbers = Mapping[str, Number]


def _scikit(name: str, places: Mapping[str, Path], values: Numbers) -> Contents:
    del places, values
    from sklearn import datasets as scikit

    load = {"digits": scikit.load_digits, "iris": scikit.load_iris, "wine": scikit.load_wine, "breast-cancer": scikit.load_breast_cancer}
    bunch = cast("Mapping[str, Values]", load[name]())
    points, target = bunch["data"], bunch["target"].astype(np.int64)
    labels = target if name == "digits" else bunch["target_names"].astype(np.str_)[target]
    return Contents(points, columns={"label": constant(labels)}, labels="label", sha256=digest(points))


def _points(points: Values, name: str, values: Numbers) -> Contents:
    return Contents(points, sha256=digest(points), notes=(_drawn(name, values),))


def _drawn(name: str, values: Numbers) -> str:
    return f"{name} with " + ", ".join(f"{key}={value:g}" for key, value in values.items())


def _sphere(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    return _points(synthetic.sphere(n=int(v["n"]), d=int(v["d"]), seed=int(v["seed"])), "sphere", v)


def _torus(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    return _points(synthetic.torus(n=int(v["n"]), major=v["major"], minor=v["minor"], seed=int(v["seed"])), "torus", v)


def _swiss_roll(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    return _points(synthetic.swiss_roll(n=int(v["n"]), height=v["height"], seed=int(v["seed"])), "swiss-roll", v)


def _hypercube(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    return _points(synthetic.hypercube(n=int(v["n"]), d=int(v["d"]), seed=int(v["seed"])), "hypercube", v)


def _gaussian(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    return _points(synthetic.gaussian(n=int(v["n"]), d=int(v["d"]), seed=int(v["seed"])), "gaussian", v)


def _tree(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places
    graph: Graph = synthetic.tree(branching=int(v["branching"]), depth=int(v["depth"]))
    return Contents(graph, sha256=digest(graph), notes=(_drawn("tree", v),))


def _mammals(places: Mapping[str, Path], v: Numbers) -> Contents:
    del places, v
    return read_file(File(SHIPPED / "mammals.csv.gz", called="mammals"), Request(kind="edges"))


def _shipped(name: str, title: str, address: str, aliases: tuple[str, ...] = ()) -> Dataset:
    return Dataset(
        name, title, "CC BY 4.0 (UCI), shipped with scikit-learn", address, "points", "builtin", partial(_scikit, name), aliases=aliases
    )


BUILTIN = (
    Dataset(
        "mammals",
        "WordNet 3.0: every pair (mammal, ancestor), 6,542 pairs of 1,182 nouns; nothing is left out",
        "WordNet 3.0 licence (redistribution with notice), shipped with its text",
        "https://wordnetcode.princeton.edu/3.0/WNdb-3.0.tar.gz",
        "graph",
        "builtin",
        _mammals,
    ),
    _shipped("digits", "1,797 images of handwritten digits, 8 × 8", f"{UCI}/dataset/80"),
    _shipped("iris", "150 iris flowers, 4 measures, 3 species", f"{UCI}/dataset/53"),
    _shipped("wine", "178 wines, 13 measures, 3 growers", f"{UCI}/dataset/109"),
    _shipped("breast-cancer", "569 tumours, 30 measures, 2 diagnoses", f"{UCI}/dataset/17"),
    Dataset(
        "sphere",
        "Uniform points on the unit sphere S^d in R^(d+1)",
        "none needed (drawn here)",
        f"{OURS}N-sphere",
        "points",
        "builtin",
        _sphere,
        known="intrinsic dimension d (2)",
        parameters={"n": COUNT, "d": Parameter(2, 1), "seed": SEED},
    ),
    Dataset(
        "torus",
        "Points uniform by area on a torus in R³",
        "none needed (drawn here)",
        f"{OURS}Torus",
        "points",
        "builtin",
        _torus,
        known="intrinsic dimension 2; Betti numbers 1, 2, 1",
        parameters={"n": COUNT, "major": Parameter(2.0, 0), "minor": Parameter(1.0, 0), "seed": SEED},
    ),
    Dataset(
        "swiss-roll",
        "Points uniform by area on a rolled strip in R³",
        "none needed (drawn here)",
        "https://doi.org/10.1126/science.290.5500.2319",
        "points",
        "builtin",
        _swiss_roll,
        known="intrinsic dimension 2; flat",
        parameters={"n": COUNT, "height": Parameter(21.0, 0), "seed": SEED},
    ),
    Dataset(
        "hypercube",
        "Uniform points in [0, 1]^d",
        "none needed (drawn here)",
        f"{OURS}Hypercube",
        "points",
        "builtin",
        _hypercube,
        known="intrinsic dimension d (3)",
        parameters={"n": COUNT, "d": Parameter(3, 1), "seed": SEED},
    ),
    Dataset(
        "gaussian",
        "Standard normal points in R^d",
        "none needed (drawn here)",
        f"{OURS}Multivariate_normal_distribution",
        "points",
        "builtin",
        _gaussian,
        known="intrinsic dimension d (16); participation ratio of the covariance d as n grows",
        parameters={"n": COUNT, "d": Parameter(16, 1), "seed": SEED},
    ),
    Dataset(
        "tree",
        "Balanced tree",
        "none needed (drawn here)",
        f"{OURS}Tree_(graph_theory)",
        "graph",
        "builtin",
        _tree,
        known="hyperbolicity δ = 0",
        parameters={"branching": Parameter(2, 1, 1000), "depth": Parameter(7, 1, 64)},
    ),
)
