"""Distances and loss with their derivatives against automatic differentiation; training; resumption; Sarkar's trees; cones."""

import io
import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import Graph, InputError
from gromov.core.runs import to_npz
from gromov.graphs import path_lengths
from gromov.models import Embedding, factors_of
from gromov.models.gram import PairDistances, scaled_points, scaled_space, unit_space
from gromov.models.hierarchy import (
    Relation,
    Schedule,
    Start,
    Trainer,
    Yardstick,
    among,
    best_sarkar,
    general_nodes,
    rank_relatives,
    sarkar,
    score,
    spread,
    transitive_closure,
)
from gromov.models.hierarchy.cones import angle, energy, half_angle
from gromov.models.hierarchy.loss import Pairs, softmax_loss
from gromov.models.hierarchy.sampling import block, epoch
from gromov.spaces import Euclidean, PoincareBall, Polar

SPACES = ("hyperbolic", "euclidean", "sphere", "product")


def cloud(name: str, n: int, seed: int = 0, spread: float = 0.7) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of a space, and scales of its factors."""
    torch.manual_seed(seed)
    factors = factors_of(name, 4)
    space = unit_space(factors)
    x = space.exp(space.origin(4, dtype=torch.float64), space.from_frame(spread * torch.randn(n, 4, dtype=torch.float64)))
    return x, torch.linspace(1.5, 3.0, len(factors), dtype=torch.float64)


@pytest.mark.parametrize("name", SPACES)
def test_gram_distances_are_those_of_the_space(name: str) -> None:
    factors = factors_of(name, 4)
    x, scales = cloud(name, 9)
    found = PairDistances.of(factors, x[:4], x[4:], scales).total
    wanted = scaled_space(factors, scales).pairwise(scaled_points(factors, x, scales)[:4], scaled_points(factors, x, scales)[4:])
    assert torch.allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("name", SPACES)
def test_derivatives_are_those_of_automatic_differentiation(name: str) -> None:
    factors = factors_of(name, 4)
    x, scales = cloud(name, 9, seed=1)
    weights = torch.randn(4, 5, dtype=torch.float64)
    found = PairDistances.of(factors, x[:4], x[4:], scales)
    in_rows, in_columns, in_scales = found.pull(weights.clone(), found.total)
    rows, columns, logs = x[:4].clone().requires_grad_(), x[4:].clone().requires_grad_(), scales.log().requires_grad_()
    widths, space = [f.width for f in factors], unit_space(factors)
    parts = zip(factors, rows.split(widths, 1), columns.split(widths, 1), logs, strict=True)
    squares = [(torch.exp(log) * f.chart().distance(a[:, None], b[None])).square() for f, a, b, log in parts]
    (weights * torch.stack(squares).sum(0).sqrt()).sum().backward()
    assert rows.grad is not None
    assert columns.grad is not None
    # on the sphere only the part along the space has a meaning
    for points, ours, theirs in ((x[:4], in_rows, rows.grad), (x[4:], in_columns, columns.grad)):
        assert torch.allclose(space.gradient(points, ours), space.gradient(points, theirs), rtol=1e-6, atol=1e-9)
    assert torch.allclose(in_scales, logs.grad, rtol=1e-7)


def plain_loss(distances: torch.Tensor, pairs: Pairs) -> torch.Tensor:
    related = set(zip(pairs.rows.tolist(), pairs.columns.tolist(), strict=True))
    total = torch.zeros((), dtype=torch.float64)
    for u, v in sorted(related):
        others = [w for w in range(distances.shape[1]) if (u, w) not in related and w != pairs.own[u]]
        mass = [torch.exp(-distances[u, w]) * (1.0 if pairs.weights is None else pairs.weights[w]) for w in others]
        total = total - torch.log(torch.exp(-distances[u, v]) / (torch.exp(-distances[u, v]) + torch.stack(mass).sum()))
    return total


@pytest.mark.parametrize("drawn", [None, np.array([0, 3, 5, 6, 9])])
def test_the_loss_and_its_derivative(drawn: np.ndarray | None) -> None:
    relation = Relation.of(12, np.random.default_rng(0).integers(0, 12, size=(20, 2)), directed=True)
    rows = relation.active[:5]
    shown = block(relation, rows, drawn)
    distances = torch.rand(len(rows), 12 if shown.columns is None else len(shown.columns), dtype=torch.float64, requires_grad=True)
    wanted = plain_loss(distances, shown.pairs)
    wanted.backward()
    loss, slope = softmax_loss(distances.detach(), shown.pairs)
    assert torch.isclose(loss, wanted.detach(), rtol=1e-12)
    assert torch.allclose(slope, distances.grad, rtol=1e-9, atol=1e-12)


def test_the_loss_survives_distances_no_exponential_does() -> None:
    relation = Relation.of(4, np.array([[0, 1]]), directed=True)
    distances = torch.tensor([[0.0, 2000.0, 2003.0, 2010.0]], dtype=torch.float64)
    loss, slope = softmax_loss(distances, block(relation, np.array([0])).pairs)
    assert torch.isclose(loss, torch.log(1 + torch.exp(torch.tensor(-3.0)) + torch.exp(torch.tensor(-10.0))).double(), rtol=1e-6)
    assert torch.isfinite(slope).all()


def test_a_sample_of_everyone_is_everyone() -> None:
    relation = Relation.of(15, np.random.default_rng(1).integers(0, 15, size=(25, 2)), directed=True)
    distances = torch.rand(len(relation.active), 15, dtype=torch.float64)
    full, _ = softmax_loss(distances, block(relation, relation.active).pairs)
    drawn, _ = softmax_loss(distances, block(relation, relation.active, np.arange(15)).pairs)
    assert torch.isclose(full, drawn, rtol=1e-12)


def test_an_epoch_visits_every_node_once() -> None:
    relation = Relation.of(50, np.random.default_rng(2).integers(0, 50, size=(60, 2)), directed=True)
    visited = torch.cat([each.rows for each in epoch(relation, 7, None, 0, 3)])
    assert sorted(visited.tolist()) == relation.active.tolist()
    again = torch.cat([each.rows for each in epoch(relation, 7, None, 0, 3)])
    assert torch.equal(visited, again)


def binary_tree(depth: int) -> Relation:
    n = 2 ** (depth + 1) - 1
    return Relation.of(n, transitive_closure(n, np.array([[i, (i - 1) // 2] for i in range(1, n)])), directed=True)


@pytest.mark.parametrize("name", SPACES)
def test_every_space_learns_a_small_order(name: str) -> None:
    relation = binary_tree(3)
    trainer = Trainer(relation, factors_of(name, 4), Schedule(120, 64, None, 5.0), 0)
    fitted = trainer.run(lambda: None)
    found = rank_relatives(lambda nodes: fitted.space.pairwise(fitted.points[nodes], fitted.points), relation)
    assert fitted.losses[-1] < 0.2 * fitted.losses[0]
    assert found.mean_average_precision > 0.95


@pytest.mark.parametrize("candidates", [None, 10])
def test_a_run_goes_on_from_its_state_with_the_same_bytes(candidates: int | None) -> None:
    relation, schedule = binary_tree(3), Schedule(12, 5, candidates, 5.0)
    whole = Trainer(relation, factors_of("hyperbolic", 2), schedule, 7).run(lambda: None)
    first = Trainer(relation, factors_of("hyperbolic", 2), schedule, 7)
    for _ in range(5):
        first.one_epoch()
    second = Trainer(relation, factors_of("hyperbolic", 2), schedule, 7)
    with np.load(io.BytesIO(to_npz(first.state()))) as stored:
        second.restore({name: stored[name] for name in stored.files})
    rest = second.run(lambda: None)
    assert rest.points.tobytes() == whole.points.tobytes()
    assert rest.losses.tobytes() == whole.losses.tobytes()


def test_training_ends_for_a_stated_reason() -> None:
    relation = binary_tree(2)
    solved = Trainer(relation, factors_of("euclidean", 8), Schedule(1000, 64, None, 20.0), 0).run(lambda: None)
    assert "below 0.001 nats" in solved.stopped
    assert len(solved.losses) < 1000
    short = Trainer(relation, factors_of("euclidean", 8), Schedule(3, 64, None, 20.0), 0).run(lambda: None)
    assert short.stopped == "all 3 epochs were done"
    stuck = Trainer(relation, factors_of("euclidean", 8), Schedule(40, 64, None, 20.0), 0)
    stuck.losses = [1.0] + [2.0] * 12
    assert "epochs old" in stuck._reason()


@pytest.mark.parametrize(("space", "dim"), [("flat", 2), ("hyperbolic", 0), ("product", 1)])
def test_impossible_spaces_are_refused(space: str, dim: int) -> None:
    with pytest.raises(InputError, match="--"):
        factors_of(space, dim)


# ---- Sarkar's construction


def distances_of(graph: Graph, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    tree = sarkar(graph, epsilon=epsilon)
    every = np.arange(graph.nodes)
    wanted = path_lengths(graph, every, every)
    off = wanted > 0
    return Polar().pairwise(tree.points, tree.points)[off], tree.scale * wanted[off]


def test_a_path_is_a_geodesic() -> None:
    path = Graph(6, np.column_stack([np.arange(5), np.arange(1, 6)]))
    found, wanted = distances_of(path, 1.0)
    assert np.allclose(found, wanted, rtol=1e-9)


@given(st.integers(0, 10**6), st.sampled_from([0.5, 1.0, 3.0]), st.booleans())
def test_distortion_keeps_its_bound(seed: int, epsilon: float, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    n = 12
    edges = np.array([[i, rng.integers(max(0, i - 4), i)] for i in range(1, n)])
    graph = Graph(n, edges, 1 + rng.random(n - 1) if weighted else None)
    try:
        found, wanted = distances_of(graph, epsilon)
    except InputError as error:
        assert "bits" in str(error)  # noqa: PT017 - a deep tree says what it would need
        return
    ratio = found / wanted
    assert ratio.max() <= 1 + 1e-9
    assert ratio.min() >= 1 / (1 + epsilon) - 1e-9


def test_sarkar_ranks_the_edges_of_a_tree_first() -> None:
    graph = Graph(40, np.array([[i, (i - 1) // 3] for i in range(1, 40)]))
    tree, relation = best_sarkar(graph), Relation.of(40, graph.edges, directed=False)
    found = rank_relatives(lambda nodes: Polar().pairwise(tree.points[nodes], tree.points), relation)
    assert (found.mean_average_precision, found.mean_rank) == (1.0, 1.0)
    assert tree.bits == math.ceil(tree.depth / math.log(2))


def test_what_is_no_tree_or_too_deep_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="a tree has"):
        sarkar(Graph(4, np.array([[0, 1], [1, 2], [2, 3], [3, 0]])))
    with pytest.raises(InputError, match="not connected"):
        sarkar(Graph(5, np.array([[0, 1], [1, 2], [2, 0], [3, 4]])))
    with pytest.raises(InputError, match=r"need \d+ bits"):
        sarkar(Graph(400, np.array([[i, i - 1] for i in range(1, 399)] + [[399, 200]])))
    with pytest.raises(InputError, match="epsilon"):
        sarkar(Graph(4, np.array([[0, 1], [1, 2], [2, 3]])), epsilon=0.0)


# ---- entailment cones


def points_outside(seed: int, n: int, d: int = 3) -> torch.Tensor:
    torch.manual_seed(seed)
    direction = torch.nn.functional.normalize(torch.randn(n, d, dtype=torch.float64), dim=1)
    return direction * (0.15 + 0.8 * torch.rand(n, 1, dtype=torch.float64))


def test_the_angle_is_known_on_a_ray() -> None:
    x = torch.tensor([0.4, 0.0], dtype=torch.float64)
    assert angle(x, torch.tensor([0.7, 0.0], dtype=torch.float64)).item() < 1e-4
    assert abs(angle(x, torch.tensor([0.2, 0.0], dtype=torch.float64)).item() - math.pi) < 1e-4


def test_the_angle_is_that_of_the_geodesic() -> None:
    from gromov.spaces import PoincareBall

    x, y = points_outside(0, 50), points_outside(1, 50)
    along = PoincareBall().log(x, y)
    cosine = torch.nn.functional.cosine_similarity(along, x, dim=1)
    assert torch.allclose(angle(x, y), torch.acos(cosine.clamp(-1, 1)), atol=1e-6)


def test_cones_close_towards_the_rim() -> None:
    radii = torch.linspace(0.1, 0.999, 30, dtype=torch.float64)[:, None] * torch.tensor([1.0, 0.0], dtype=torch.float64)
    angles = half_angle(radii)
    assert math.isclose(angles[0].item(), math.pi / 2, rel_tol=1e-5)
    assert (angles.diff() < 0).all()


@given(st.integers(0, 10**4))
def test_cones_are_nested(seed: int) -> None:
    """What lies in a cone has its own cone inside it: entailment is transitive."""
    x = points_outside(seed, 40, d=2)
    entails = energy(x[:, None], x[None]) < 1e-9
    inside = entails & ~torch.eye(40, dtype=torch.bool)
    for a, b in itertools.product(range(40), repeat=2):
        if inside[a, b]:
            assert (energy(x[a].expand(40, 2), x)[inside[b]] < 1e-6).all()


def test_a_large_order_begins_at_its_general_nodes() -> None:
    relation = binary_tree(5)
    general = general_nodes(relation, 7)
    assert general.tolist() == list(range(7))
    part = among(relation, general)
    assert len(part) == 2 + 4 * 2
    coarse = Start(torch.linspace(-0.5, 0.5, 14, dtype=torch.float64).reshape(7, 2), torch.tensor([0.3], dtype=torch.float64))
    found = spread(relation, general, coarse, factors_of("hyperbolic", 2), 0)
    assert torch.equal(found.points[:7], coarse.points)
    for node in (7, 14, 31, 62):
        above = node
        while above > 6:
            above = (above - 1) // 2
        moved = PoincareBall().distance(found.points[node], coarse.points[above])
        assert 0 < float(moved) < 0.01
    trainer = Trainer(relation, factors_of("hyperbolic", 2), Schedule(2, 64, 16, 5.0), 0, found)
    assert torch.equal(trainer.begin().points, found.points)
    assert math.isclose(float(trainer.begin().log_scales[0]), 0.3)


def test_cones_tell_the_direction_of_a_tree_that_grows_outwards() -> None:
    relation = binary_tree(4)
    # every node twice as far out as its parent, within the angle of its subtree
    points = np.zeros((31, 2))
    for node in range(31):
        depth = (node + 1).bit_length() - 1
        middle = 2 * math.pi * (node + 1 - 2**depth + 0.5) / 2**depth
        points[node] = np.tanh(0.6 * (depth + 0.3)) * np.array([math.cos(middle), math.sin(middle)])
    tree = Graph(31, np.array([[i, (i - 1) // 2] for i in range(1, 31)]))
    names = tuple(map(str, range(31)))
    outwards = score(Embedding(points, PoincareBall(), names), Yardstick.of(relation, tree))
    assert outwards.entailment > 0.95
    turned = Relation.of(31, relation.pairs[:, ::-1].copy(), directed=True)
    assert math.isclose(score(Embedding(points, PoincareBall(), names), Yardstick.of(turned, tree)).entailment, 1 - outwards.entailment)
    assert math.isnan(score(Embedding(points, Euclidean(), names), Yardstick.of(relation, tree)).entailment)
