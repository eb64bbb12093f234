"""Built-in shapes against their formulas."""

import re

import numpy as np
import pytest

from gromov.core import Graph, InputError
from gromov.data import datasets, find, load
from gromov.data.synthetic import gaussian, hypercube, sphere, swiss_roll, torus, tree


@pytest.mark.parametrize("d", [1, 2, 9])
def test_sphere_has_norm_one(d: int) -> None:
    points = sphere(n=2000, d=d)
    assert points.shape == (2000, d + 1)
    assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-14)
    # the mean of a uniform sphere is 0 and E x_i² = 1 / (d + 1)
    assert np.abs(points.mean(axis=0)).max() < 5 / np.sqrt(2000 * (d + 1))
    assert np.allclose((points**2).mean(axis=0), 1 / (d + 1), rtol=0.15)


def test_torus_keeps_its_equation_and_its_area() -> None:
    x, y, z = torus(n=20_000, major=3.0, minor=1.0).T
    assert np.allclose((np.hypot(x, y) - 3) ** 2 + z**2, 1, atol=1e-13)
    # by Pappus, the outer half of the tube has the share 1/2 + r / (π R) of the area
    outer = np.mean(np.hypot(x, y) > 3)
    assert abs(outer - (0.5 + 1 / (3 * np.pi))) < 0.015


def test_swiss_roll_keeps_its_equation_and_is_even_along_the_roll() -> None:
    x, y, z = swiss_roll(n=20_000, height=5.0).T
    t = np.hypot(x, z)
    assert np.allclose([x, z], [t * np.cos(t), t * np.sin(t)], atol=1e-9)
    assert y.min() >= 0
    assert y.max() <= 5
    length = (t * np.sqrt(1 + t * t) + np.arcsinh(t)) / 2
    share = (length - length.min()) / np.ptp(length)
    assert np.abs(np.sort(share) - np.linspace(0, 1, len(share))).max() < 0.015


def test_hypercube_and_gaussian_have_their_moments() -> None:
    cube, normal = hypercube(n=20_000, d=4), gaussian(n=20_000, d=4)
    assert cube.min() >= 0
    assert cube.max() <= 1
    assert np.allclose(cube.var(axis=0), 1 / 12, rtol=0.05)
    assert np.allclose(np.cov(normal.T), np.eye(4), atol=0.05)


@pytest.mark.parametrize(("branching", "depth", "nodes"), [(2, 7, 255), (3, 3, 40), (1, 5, 6), (10, 2, 111)])
def test_tree_has_its_nodes_and_one_edge_less(branching: int, depth: int, nodes: int) -> None:
    graph = tree(branching=branching, depth=depth)
    assert graph.nodes == nodes
    assert len(graph.edges) == nodes - 1
    degrees = np.bincount(graph.edges.ravel())
    assert degrees.max() <= branching + 1
    assert (graph.edges[:, 0] < graph.edges[:, 1]).all()


@pytest.mark.parametrize("name", ["sphere", "torus", "swiss-roll", "hypercube", "gaussian"])
def test_shapes_are_the_same_again_and_others_with_another_seed(name: str) -> None:
    first, again, other = load(f"{name}:n=50"), load(f"{name}:n=50"), load(f"{name}:n=50,seed=1")
    assert first.source.sha256 == again.source.sha256
    assert np.array_equal(first.points, again.points)
    assert first.source.sha256 != other.source.sha256
    assert first.n == 50


def test_parameters_reach_the_shape() -> None:
    assert load("sphere:d=5,n=20").points.shape == (20, 6)
    assert load("hypercube:d=8,n=30").points.shape == (30, 8)
    small = load("tree:branching=3,depth=2").data
    assert isinstance(small, Graph)
    assert small.nodes == 13
    assert load("sphere:d=5,n=20").source.notes == ("sphere with n=20, d=5, seed=0",)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("sphere:radius=2", ["radius", "n=1000", "d=2"]),
        ("sphere:d", ["'d'"]),
        ("sphere:d=two", ["d=two", "integer"]),
        ("sphere:d=2.5", ["d=2.5", "integer"]),
        ("sphere:n=3", ["n=3", "between 4"]),
        ("sphere:d=0", ["d=0", "between 1"]),
        ("torus:minor=2,major=1", ["minor=2", "major=1"]),
        ("swiss-roll:height=0", ["height=0"]),
        ("torus:major=nan", ["major=nan", "number"]),
        ("iris:n=5", ["iris", "none"]),
    ],
)
def test_parameters_are_checked(source: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        load(source)
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("name", ["sphere:n=999999999,d=1000000", "tree:branching=1000,depth=64", "hypercube:n=999999999,d=999999999"])
def test_shapes_too_large_say_so(name: str) -> None:
    with pytest.raises(MemoryError, match="needs"):
        load(name)


@pytest.mark.parametrize(("name", "shape"), [("digits", (1797, 64)), ("iris", (150, 4)), ("wine", (178, 13)), ("breast_cancer", (569, 30))])
def test_small_sets_have_labels(name: str, shape: tuple[int, int]) -> None:
    data = load(name)
    assert data.points.shape == shape
    assert data.labels is not None
    assert len(data.labels) == shape[0]
    assert load(name).source.sha256 == data.source.sha256


def test_listing_is_sorted_complete_and_unambiguous() -> None:
    listed = datasets()
    names = [each.name for each in listed]
    assert len(set(names)) == len(names)
    assert [each.origin for each in listed] == sorted(each.origin for each in listed)
    for each in listed:
        assert each.title
        assert each.licence
        assert each.address.startswith(("https://", "http://", "the npm package ", "the Python "))
        assert find(each.name) is each
        assert find(each.name.replace("-", "_")) is each
        assert all(re.fullmatch(r"[0-9a-f]{64}|md5:[0-9a-f]{32}", checksum) for checksum in each.files.values())
        assert each.available() or each.origin == "file"
    assert find("tree").known == "hyperbolicity δ = 0"  # type: ignore[union-attr]
    assert find("nothing") is None
