"""Topology divergence of paired clouds: closed forms, the homology of an inclusion; and gradients of births, deaths and divergences."""

from itertools import combinations

import numpy as np
import pytest
import torch
from homology_references import distances, polygon, rank_of
from hypothesis import given
from hypothesis import strategies as st

from gromov.core import InputError
from gromov.measures.homology import (
    betti_curve,
    cross_barcode,
    distances_of,
    persistence_pairs,
    rips,
    rtd,
    rtd_lite,
    rtd_lite_loss,
    rtd_loss,
)
from gromov.measures.homology.divergence import normalised


def test_divergence_of_two_pairs_of_points() -> None:
    """Four points, two by two: far in one and near in the other. What the union joins at ½ the first joins at 4."""
    first = distances(np.array([[0.0], [1], [5], [6]]))
    second = distances(np.array([[0.0], [1], [1.5], [2.5]]))
    np.testing.assert_allclose(cross_barcode(first, second).pairs, [[0.5, 4.0]])
    assert len(cross_barcode(second, first)) == 0  # the second is nowhere longer
    assert rtd(first, second) == rtd_lite(first, second) == 1.75


def test_divergence_sees_a_loop_that_pieces_do_not() -> None:
    """A path closed to a ring: the same spanning tree, one loop more."""
    ring = distances(polygon(12))
    path = distances(np.arange(12.0)[:, None] * ring[0, 1])
    assert rtd_lite(path, ring) == pytest.approx(0, abs=1e-12)
    (pair,) = cross_barcode(path, ring).pairs
    np.testing.assert_allclose(pair, rips(ring)[1].pairs[0])


@pytest.mark.parametrize("seed", range(4))
def test_the_cross_barcode_is_the_homology_of_the_inclusion(seed: int) -> None:
    """At every scale: pieces of the first that the union joins, and loops of the union that are none of the first.

    Counted by ranks: the relative homology of (VR(min), VR(first)) has dimension β₁(min) − rank(H₁) + β₀(first) − β₀(min).
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(9, 2))
    first, second = distances(x), distances(x + 0.7 * rng.normal(size=x.shape))
    lesser = np.minimum(first, second)
    bars = cross_barcode(first, second)
    for t in np.quantile(first, [0.15, 0.3, 0.45, 0.6, 0.8]):
        own, union = (
            [s for size in (1, 2, 3) for s in combinations(range(9), size) if all(m[i, j] <= t for i, j in combinations(s, 2))]
            for m in (first, lesser)
        )
        relative = [s for s in union if s not in set(own)]
        edges, faces = ([s for s in relative if len(s) == size] for size in (2, 3))
        # no vertex is relative, so every relative edge is a cycle
        boundary = np.array([[e in combinations(f, 2) for f in faces] for e in edges], dtype=int).reshape(len(edges), len(faces))
        assert betti_curve(bars, np.array([t]))[0] == len(edges) - rank_of(boundary)


@given(seed=st.integers(0, 10_000))
def test_divergences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, 3))
    first, second = (normalised(distances(each)) for each in (x, x + rng.normal(size=x.shape)))
    whole = rtd(first, second)
    assert rtd(first, first) == 0 == rtd_lite(first, first)
    assert whole == pytest.approx(rtd(second, first), rel=1e-9)
    assert 0 <= rtd_lite(first, second) <= whole * (1 + 1e-9)
    order = rng.permutation(20)
    assert rtd(first[np.ix_(order, order)], second[np.ix_(order, order)]) == pytest.approx(whole, rel=1e-9)


# gradients


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_gradients_of_births_and_deaths(degree: int) -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([np.eye(3), -np.eye(3)]) + 0.1 * rng.normal(size=(6, 3)) if degree == 2 else rng.normal(size=(14, 2))
    points = torch.tensor(x, requires_grad=True)
    pairs = persistence_pairs(distances_of(points), degree=degree)
    assert len(pairs) > 0
    np.testing.assert_allclose(pairs.detach().numpy(), rips(distances(x), degree=degree)[degree].pairs, rtol=1e-9, atol=1e-12)
    assert torch.autograd.gradcheck(lambda p: persistence_pairs(distances_of(p), degree=degree), (points,))


@pytest.mark.parametrize("loss", [rtd_loss, rtd_lite_loss])
def test_gradients_of_divergences(loss) -> None:
    rng = np.random.default_rng(4)
    x, y = torch.tensor(rng.normal(size=(12, 2)), requires_grad=True), torch.tensor(rng.normal(size=(12, 3)), requires_grad=True)
    plain = rtd if loss is rtd_loss else rtd_lite
    expected = plain(*(normalised(distances(each.detach().numpy())) for each in (x, y)))
    assert loss(x, y).item() == pytest.approx(expected, rel=1e-9)
    assert torch.autograd.gradcheck(loss, (x, y))
    single = loss(x.detach().float(), y.detach().float())
    assert single.dtype == torch.float32
    assert single.item() == pytest.approx(expected, rel=1e-4)


def test_a_circle_can_be_grown() -> None:
    """Gradient ascent on the longest life opens a noisy ring."""
    rng = np.random.default_rng(0)
    points = torch.tensor(polygon(24) * rng.uniform(0.6, 1.0, (24, 1)), requires_grad=True)
    before = persistence_pairs(distances_of(points))[0]
    optimizer = torch.optim.Adam([points], lr=0.01)
    for _ in range(30):
        optimizer.zero_grad()
        birth, death = persistence_pairs(distances_of(points))[0]
        (birth - death).backward()
        optimizer.step()
    after = persistence_pairs(distances_of(points))[0]
    assert after[1] - after[0] > 1.2 * (before[1] - before[0])


def test_gradients_of_coinciding_points_are_finite() -> None:
    points = torch.tensor(np.repeat(polygon(5), 2, axis=0), requires_grad=True)
    persistence_pairs(distances_of(points), degree=0).sum().backward()
    assert torch.isfinite(points.grad).all()


def test_refusals() -> None:
    with pytest.raises(InputError, match="there is no unit of length"):
        normalised(np.zeros((5, 5)))
    with pytest.raises(InputError, match="paired clouds"):
        rtd_loss(torch.zeros(5, 2), torch.zeros(4, 2))
    with pytest.raises(InputError, match="must be n × n"):
        persistence_pairs(torch.zeros(5, 4))
