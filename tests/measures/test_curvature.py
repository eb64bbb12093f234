"""Which space fits: spaces whose geometry is known, exact embeddings, other implementations, and what must not change the answer."""

import warnings
from functools import cache

import numpy as np
import pytest
import torch

import gromov
from gromov.core import Disk, Distances, Executor, Graph, InputError, Representation, UnsuitableError
from gromov.core.runs import to_json
from gromov.data.synthetic import tree
from gromov.measures.curvature import Curvature, curvature
from gromov.spaces import EUCLIDEAN, Hyperbolic, Sphere, uniform_ball


def ball(space: Hyperbolic | Sphere, n: int, radius: float, seed: int = 0) -> np.ndarray:
    points = uniform_ball(space, n, 2, radius, generator=torch.Generator().manual_seed(seed))
    return space.pairwise(points, points).numpy()


def noisy(matrix: np.ndarray, noise: float, seed: int) -> Distances:
    error = np.triu(np.random.default_rng(seed).normal(size=matrix.shape) * noise, 1)
    return Distances(np.abs(matrix + error + error.T))


HYPERBOLIC = ball(Hyperbolic(-1.0, chart="hyperboloid"), 80, 3.0)
CAP = ball(Sphere(1.0), 80, 1.3)
CYCLE = Graph(60, np.array([[i, (i + 1) % 60] for i in range(60)]))


@cache
def measured(name: str) -> Curvature:
    """At its own dimension, with few draws: these answers are far from any doubt."""
    data = {
        "disc of H²": Distances(HYPERBOLIC),
        "cap of S²": Distances(CAP),
        "disc of R²": np.random.default_rng(0).normal(size=(80, 2)),
        "grid of points": np.stack(np.meshgrid(np.arange(9.0), np.arange(9.0)), axis=-1).reshape(-1, 2),
        "cycle": CYCLE,
        "tree": tree(branching=2, depth=5),
    }[name]
    draws = 8 if name == "tree" else 3  # rewired trees differ much from each other
    return curvature(data, dimensions=(2,), null_draws=draws, sample=100)


# ---- closed forms


def test_a_disc_of_the_hyperbolic_plane_is_hyperbolic() -> None:
    found = measured("disc of H²")
    assert found.space == "hyperbolic"
    assert found.beyond_null
    assert found.hyperbolic.excess.value > 2
    assert np.isclose(found.hyperbolic.curvature.value, -1, rtol=2e-3)
    mean = HYPERBOLIC[np.triu_indices(80, 1)].mean()
    assert np.isclose(found.hyperbolic.scaled_curvature.value, -(mean**2), rtol=2e-3)
    fit = next(fit for fit in found.fits if fit.space == "hyperbolic")
    assert fit.distortion < 2e-3
    assert fit.worst_distortion < 1.05
    assert fit.average_precision > 0.999
    assert found.spherical.gain.value < 0.01


def test_a_cap_of_the_sphere_is_spherical() -> None:
    found = measured("cap of S²")
    assert found.space == "spherical"
    assert found.beyond_null
    assert np.isclose(found.spherical.curvature.value, 1, rtol=2e-3)
    assert found.hyperbolic.gain.value < 0.01


@pytest.mark.parametrize("name", ["disc of R²", "grid of points"])
def test_flat_points_are_euclidean(name: str) -> None:
    found = measured(name)
    assert found.space == "euclidean"
    assert not found.beyond_null
    for part in (found.hyperbolic, found.spherical):
        assert abs(part.scaled_curvature.value) < 0.01
        assert part.gain.value < 0.01


def test_a_cycle_is_a_circle_of_its_circumference() -> None:
    found = measured("cycle")
    assert found.space == "spherical"
    assert np.isclose(found.spherical.curvature.value, (2 * np.pi / 60) ** 2, rtol=0.01)
    assert next(fit for fit in found.fits if fit.space == "spherical").average_precision == 1.0


def test_a_tree_is_hyperbolic_beyond_its_degrees() -> None:
    found = measured("tree")
    assert found.space == "hyperbolic"
    assert found.hyperbolic.gain.value > 0.5
    assert np.isnan(found.hyperbolic.worth.value)
    assert "no Euclidean space" in found.hyperbolic.worth.reason
    assert found.model == "random graph with the same degrees"
    assert found.neighbors == "edges"
    assert len(found.edges_from) == 62


def test_high_dimension_alone_gains_nothing_beyond_the_null() -> None:
    found = curvature(np.random.default_rng(0).normal(size=(200, 30)), dimensions=(3,), null_draws=6, sample=80)
    assert found.space == "hyperbolic"  # as for every Gaussian cloud: this is why there is a null
    assert found.hyperbolic.gain.value > 0.5
    assert not found.beyond_null
    assert abs(found.hyperbolic.excess.value) < 0.25 * found.hyperbolic.gain.value
    assert "no more than its spectrum explains" in found.findings()[0].answer


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "truth"), [("hyperbolic", -1.0), ("spherical", 1.0)])
def test_the_interval_of_the_curvature_covers_the_truth(kind: str, truth: float) -> None:
    covered = 0
    for seed in range(12):
        space, radius = (Hyperbolic(-1.0, chart="hyperboloid"), 2.0) if truth < 0 else (Sphere(1.0), 1.3)
        data = noisy(ball(space, 80, radius, seed), 0.1, seed)
        found = getattr(curvature(data, dimensions=(2,), null_draws=2, seed=seed), kind).curvature
        covered += found.ci[0] <= truth <= found.ci[1]
        assert abs(found.value - truth) < 0.2
    assert covered >= 10  # of 12 at 95 %: fewer has probability 0.02


# ---- what must not change the answer


@pytest.mark.parametrize("unit", [1e-6, 1e5])
def test_curvature_is_in_one_over_length_squared(unit: float) -> None:
    data = HYPERBOLIC[:30, :30]
    one, other = (curvature(Distances(scale * data), dimensions=(2,), null_draws=2) for scale in (1.0, unit))
    assert np.isclose(other.mean_distance, unit * one.mean_distance, rtol=1e-12)
    assert np.isclose(other.hyperbolic.curvature.value, one.hyperbolic.curvature.value / unit**2, rtol=1e-2)
    assert np.isclose(other.hyperbolic.scaled_curvature.value, one.hyperbolic.scaled_curvature.value, rtol=1e-2)
    assert np.isclose(other.hyperbolic.gain.value, one.hyperbolic.gain.value, rtol=0.05)


def test_workers_do_not_change_a_byte() -> None:
    data = np.random.default_rng(0).normal(size=(30, 6))
    one, two = (curvature(data, dimensions=(2, 3), null_draws=2, executor=Executor(workers)) for workers in (1, 2))
    arrays: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = ({}, {})
    assert to_json(one.to_dict(arrays[0])) == to_json(two.to_dict(arrays[1]))
    assert all(np.array_equal(arrays[0][key], arrays[1][key]) for key in arrays[0])


def test_points_of_a_curved_space_are_measured_by_its_distances() -> None:
    space = Hyperbolic(-1.0, chart="hyperboloid")
    points = uniform_ball(space, 40, 2, 3.0, generator=torch.Generator().manual_seed(1))
    inside = curvature(Representation(points.numpy(), space=space), dimensions=(2,), null_draws=2)
    matrix = space.pairwise(points, points).numpy()
    by_distances = curvature(Distances((matrix + matrix.T) / 2), dimensions=(2,), null_draws=2)
    assert np.isclose(inside.hyperbolic.curvature.value, by_distances.hyperbolic.curvature.value, rtol=1e-3)


def test_dimensions_stay_below_those_of_the_data() -> None:
    found = curvature(np.random.default_rng(0).normal(size=(60, 4)), null_draws=2)
    assert sorted({fit.dimension for fit in found.fits}) == [2, 3, 4]
    assert found.dimension == 3
    few = curvature(np.random.default_rng(0).normal(size=(12, 9)), null_draws=2)
    assert {fit.dimension for fit in few.fits} == {2}  # (n − 1)/5


# ---- refusals


def test_a_simplex_is_refused() -> None:
    with pytest.raises(UnsuitableError, match="all distances are equal: 20 objects are the corners of a simplex"):
        curvature(np.eye(20))


def test_few_objects_are_refused() -> None:
    with pytest.raises(UnsuitableError, match="there are 10 objects, too few to tell spaces apart: at least 11"):
        curvature(np.random.default_rng(0).normal(size=(10, 4)))


def test_a_line_of_one_coordinate_is_refused() -> None:
    with pytest.raises(UnsuitableError, match="one coordinate"):
        curvature(np.arange(20.0)[:, None])


@pytest.mark.parametrize("argument", [{"sample": 5}, {"repeats": 0}, {"null_draws": 1}, {"dimensions": ()}, {"dimensions": (1,)}])
def test_arguments_out_of_range_are_refused(argument: dict[str, object]) -> None:
    with pytest.raises(InputError, match="at least 11, 1, 2"):
        curvature(np.random.default_rng(0).normal(size=(30, 4)), **argument)  # type: ignore[arg-type]


# ---- what it says and shows


def test_a_graph_in_pieces_is_measured_in_its_largest() -> None:
    edges = np.concatenate([CYCLE.edges, [[60, 61]]])
    with pytest.warns(gromov.core.DataWarning, match="distances are taken in the largest, 60 of 62"):
        found = curvature(Graph(62, edges), dimensions=(2,), null_draws=2)
    assert found.n == 60


def test_it_shows_itself() -> None:
    found = measured("tree")
    figures = {figure.name: figure for figure in found.figures()}
    assert list(figures) == ["curvature-likelihood", "curvature-null", "curvature-disk"]
    disk = figures["curvature-disk"].layers[0]
    assert isinstance(disk, Disk)
    assert (np.hypot(disk.x, disk.y) < 1).all()
    assert disk.edges is not None
    assert len(disk.edges) == 62
    assert len(found.tables()[0].rows) == len(found.fits)
    (finding,) = found.findings()
    assert finding.question == "Which space fits?"
    assert finding.answer.startswith("Hyperbolic, clearly")
    assert measured("disc of R²").findings()[0].answer == "Euclidean: curvature gains nothing"


def test_real_digits_say_hyperbolic_gains_little_beyond_the_spectrum() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = curvature(gromov.load("digits"), dimensions=(5,), null_draws=3, sample=90)
    assert found.space == "hyperbolic"
    assert 0.5 < found.hyperbolic.null_gain.value / found.hyperbolic.gain.value < 1
    assert np.isclose(
        found.mean_distance, EUCLIDEAN.pairwise(x := np.float64(gromov.load("digits").points[found.objects]), x).sum() / (90 * 89)
    )
