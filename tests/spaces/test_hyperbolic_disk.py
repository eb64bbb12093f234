"""The hyperbolic plane as complex numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gromov.spaces.disk import DISK, distance, exp, from_vector, log, to_vector, translate

RANDOM = np.random.default_rng(0)
ORIGIN = np.zeros(1, dtype=np.complex128)
Z, W = (from_vector(RANDOM.normal(scale=2, size=60) + 1j * RANDOM.normal(scale=2, size=60)) for _ in range(2))
PLACES = st.tuples(st.floats(0, 12), st.floats(0, 2 * math.pi)).map(lambda polar: np.array([np.tanh(polar[0] / 2) * np.exp(1j * polar[1])]))


def test_the_distance_from_the_origin_is_the_length_of_the_vector() -> None:
    r = np.array([0.0, 1e-9, 0.1, 1.0, 20.0])
    np.testing.assert_allclose(distance(from_vector(r.astype(complex)), np.zeros(5, complex)), r, rtol=1e-7)
    assert distance(np.array([0.5 + 0j]), ORIGIN)[0] == pytest.approx(math.log(3))


def test_an_equilateral_triangle_has_the_angle_the_law_of_cosines_gives() -> None:
    side = 1.7
    cosine = math.cosh(side) / (math.cosh(side) + 1)  # cosh a = cosh² a − sinh² a cos θ
    corner = exp(ORIGIN, np.array([side * np.exp(1j * math.acos(cosine))]))
    assert distance(corner, from_vector(np.array([side + 0j])))[0] == pytest.approx(side)


def test_exp_and_log_are_inverse() -> None:
    np.testing.assert_allclose(exp(Z, log(Z, W)), W, atol=1e-12)
    np.testing.assert_allclose(np.abs(log(Z, W)), distance(Z, W), rtol=1e-9)
    np.testing.assert_allclose(from_vector(to_vector(Z)), Z, rtol=1e-14)


@given(PLACES, PLACES, PLACES)
def test_translations_keep_distances(z: np.ndarray, w: np.ndarray, a: np.ndarray) -> None:
    before, after = distance(z, w), distance(translate(z, a), translate(w, a))
    # a point at depth r is known to e^r roundings
    depth = float((distance(translate(z, a), ORIGIN) + distance(z, ORIGIN) + distance(a, ORIGIN))[0])
    assert abs(after - before)[0] <= 1e-13 * math.exp(min(depth, 30.0)) + 1e-12


def test_it_agrees_with_the_ball() -> None:
    ball = pytest.importorskip("gromov.spaces.ball").PoincareBall()
    x, y = (np.stack([z.real, z.imag], axis=1) for z in (Z, W))
    np.testing.assert_allclose(DISK.pairwise(x, y), ball.pairwise(x, y), rtol=1e-10)
    np.testing.assert_allclose(DISK.distance(x, y), ball.distance(x, y), rtol=1e-10)
    assert (DISK.name, DISK.curvature) == ("hyperbolic", -1.0)
