"""One suite that every comparison passes."""

import dataclasses
import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gromov.core import Arrays, Comparison, Distances, Executor, Graph, GromovError, Representation, UnsuitableError, decode, field_meanings
from gromov.core.runs import to_json
from gromov.spaces import EUCLIDEAN
from gromov.verbs import COMPARISONS, check_comparison
from gromov.verbs.comparisons import comparison, traits

rng = np.random.default_rng(0)
X = rng.standard_normal((60, 5)) * np.linspace(1, 2, 5)
NOISY = X @ np.linalg.qr(rng.standard_normal((5, 5)))[0] + 0.5 * rng.standard_normal((60, 5))
OTHER = rng.standard_normal((60, 5))
GRAPH = Graph(40, np.array([[i, (i + step) % 40] for i in range(40) for step in (1, 7)]))
KINDS = {"points": X, "distances": Distances(EUCLIDEAN.pairwise(X, X)), "graph": GRAPH}
ROTATION = np.linalg.qr(np.random.default_rng(1).standard_normal((5, 5)))[0]
UNPAIRED = [name for name in COMPARISONS if not traits(name).paired]
TIGHT = 1e-8


def run(name: str, x: object, y: object, **options: object) -> Comparison:
    found = comparison(name).function(x, y, **{"null": 19, **options})
    assert isinstance(found, Comparison)
    return found


@cache
def usual(name: str) -> Comparison:
    return run(name, X, NOISY)


def dump(found: Comparison) -> tuple[str, Arrays]:
    arrays: Arrays = {}
    return to_json(found.to_dict(arrays)), arrays


def moved(points: np.ndarray, change: str) -> np.ndarray:
    match change:
        case "rotation":
            return points @ ROTATION
        case "shift":
            return points + np.array([3.0, -1.0, 7.0, 0.5, 2.0])
        case "scale":
            return 3.5 * points
        case _:
            return points[np.random.default_rng(2).permutation(len(points))]


@pytest.mark.parametrize("name", COMPARISONS)
def test_it_keeps_the_contract_of_its_signature(name: str) -> None:
    found = check_comparison(comparison(name).function, name)
    assert {"seed", "null", "executor"} <= found.accepts
    assert issubclass(found.result, Comparison)
    assert set(field_meanings(found.result)) == {f.name for f in dataclasses.fields(found.result)}
    about = found.result.about()
    assert about.question.endswith("?")
    assert about.references
    assert traits(name).tests.endswith(".")


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_cloud_and_itself(name: str) -> None:
    found, told = run(name, X, X.copy()), traits(name)
    scale = max(1e-12, abs(usual(name).value.value))
    assert found.dissimilarity <= TIGHT * scale
    if told.paired:
        assert found.p_value == 1 / 20
    else:
        assert found.p_value == 1.0
    if name != "kid":  # unbiased: a cloud and its copy share points, and the value is below 0
        assert found.value.value == pytest.approx(told.identity, abs=TIGHT * scale)


@pytest.mark.parametrize("name", COMPARISONS)
def test_symmetry(name: str) -> None:
    if traits(name).symmetric:
        assert run(name, NOISY, X).value.value == pytest.approx(usual(name).value.value, rel=1e-9)


@pytest.mark.parametrize(("name", "change"), [(name, change) for name in COMPARISONS for change in traits(name).together])
def test_changes_of_both_that_it_does_not_see(name: str, change: str) -> None:
    found = run(name, moved(X, change), moved(NOISY, change))
    assert found.value.value == pytest.approx(usual(name).value.value, rel=TIGHT)


@pytest.mark.parametrize(("name", "change"), [(name, change) for name in COMPARISONS for change in traits(name).apart])
def test_changes_of_one_that_it_does_not_see(name: str, change: str) -> None:
    assert run(name, X, moved(NOISY, change)).value.value == pytest.approx(usual(name).value.value, rel=TIGHT)


@pytest.mark.parametrize("name", COMPARISONS)
def test_it_sees_what_it_does_not_claim_to_overlook(name: str) -> None:
    for change in (
        {"rotation", "shift", "scale", "permutation"}
        - set(traits(name).apart)
        - ({"permutation"} if not traits(name).paired else set())  # which they do not see until they draw a sample
    ):
        assert run(name, X, moved(NOISY, change)).value.value != pytest.approx(usual(name).value.value, rel=1e-3), change


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100.0), shift=st.floats(-100.0, 100.0))
@pytest.mark.parametrize("name", COMPARISONS)
def test_claimed_invariances_hold_for_any_motion(name: str, seed: int, scale: float, shift: float) -> None:
    draw = np.random.default_rng(seed)
    x, y = draw.standard_normal((24, 3)), draw.standard_normal((24, 3)) + draw.standard_normal((24, 3))
    turn = np.linalg.qr(draw.standard_normal((3, 3)))[0]
    claimed = traits(name).apart
    z = y @ turn if "rotation" in claimed else y
    z = z * scale if "scale" in claimed else z
    z = z + shift if "shift" in claimed else z
    before, after = run(name, x, y, null=1), run(name, x, z, null=1)
    assert after.value.value == pytest.approx(before.value.value, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", COMPARISONS)
def test_same_seed_same_bytes_with_any_workers(name: str) -> None:
    before, arrays = dump(run(name, X, NOISY, seed=3, null=25))
    for workers in (1, 2):
        after, again = dump(run(name, X, NOISY, seed=3, null=25, executor=Executor(workers)))
        assert before == after
        assert all(np.array_equal(arrays[key], again[key]) for key in arrays)
    assert dump(run(name, X, NOISY, seed=4, null=25))[0] != before


@pytest.mark.parametrize("name", COMPARISONS)
def test_it_comes_back_from_json(name: str) -> None:
    text, arrays = dump(usual(name))
    back = decode(type(usual(name)), json.loads(text), arrays)
    assert dump(back)[0] == text
    assert back.summary() == usual(name).summary()


@pytest.mark.parametrize("name", COMPARISONS)
def test_it_says_how_sure_it_is(name: str) -> None:
    found = usual(name)
    assert found.value.stderr is not None
    assert found.value.stderr > 0
    assert found.value.method
    assert 0 < found.p_value <= 1
    assert found.null.n == len(found.null.draws) == 19
    assert found.null.low <= found.null.median <= found.null.high
    assert not found.null.draws.flags.writeable
    assert found.summary().endswith(".")
    for figure in found.figures():
        assert figure.name.startswith(f"{name}-")
        caption = figure.caption
        assert all(text.endswith(".") for text in (caption.what, caption.how, caption.sure, caption.means))


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in COMPARISONS for kind in KINDS])
def test_it_takes_the_kinds_it_says(name: str, kind: str) -> None:
    if kind in traits(name).kinds:
        assert run(name, KINDS[kind], KINDS[kind]).dissimilarity <= TIGHT
    else:
        with pytest.raises(UnsuitableError, match=name):
            run(name, KINDS[kind], KINDS[kind])


@pytest.mark.parametrize("name", COMPARISONS)
def test_other_dtypes_sizes_and_dimensions(name: str) -> None:
    assert run(name, X.astype(np.float32), NOISY.astype(np.float32)).value.value == pytest.approx(usual(name).value.value, rel=1e-4)
    told = traits(name)
    if told.same_dimension:
        with pytest.raises(UnsuitableError, match="5 and 4"):
            run(name, X, NOISY[:, :4])
    else:
        assert np.isfinite(run(name, X, NOISY[:, :4]).value.value)
    if told.paired:
        with pytest.raises(UnsuitableError, match="60 and 50"):
            run(name, X, NOISY[:50])
    else:
        assert run(name, X, NOISY[:50]).value.n == 50
    assert np.isfinite(run(name, X[:10], NOISY[:10]).value.value)
    wide = np.random.default_rng(4).standard_normal((12, 40))
    assert np.isfinite(run(name, wide, wide[::-1]).value.value)


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("bad", [np.full((10, 5), np.nan), np.ones((10, 5)), X[:3], np.empty((0, 5))])
def test_bad_data_are_refused_and_named(name: str, bad: np.ndarray) -> None:
    with pytest.raises(GromovError, match="second cloud"):
        run(name, X, bad)
    with pytest.raises(GromovError, match="null is 0"):
        run(name, X, NOISY, null=0)


def test_curved_points_are_refused_where_flat_ones_are_meant() -> None:
    from gromov.spaces import PoincareBall

    ball = Representation(0.1 * X / np.abs(X).max(), space=PoincareBall())
    for name in COMPARISONS:
        if name == "gromov_wasserstein":
            assert run(name, ball, ball).value.value == 0.0
        else:
            with pytest.raises(UnsuitableError, match="Euclidean"):
                run(name, ball, ball)


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_statistic_is_the_value(name: str) -> None:
    """Where a comparison has its value alone, it is the same, for other seeds, sizes and dtypes, and for data it refuses."""
    kind = type(usual(name))
    if kind.statistic(X, NOISY, seed=0) is None:
        pytest.skip(f"{name} has no quick way: the bootstrap asks it for its value with one draw")
    others = NOISY if traits(name).paired else NOISY[:50]
    for x, y, seed in ((X, NOISY, 0), (X, others, 7), (X.astype(np.float32), NOISY, 1), (X[:10], NOISY[:10], 2)):
        assert kind.statistic(x, y, seed=seed) == pytest.approx(run(name, x, y, seed=seed, null=1).value.value, rel=1e-9)
    assert kind.unlikeness(usual(name).value.value) == usual(name).dissimilarity
    assert kind.unlikeness(traits(name).identity) == 0.0
    with pytest.raises(GromovError, match="second cloud"):
        kind.statistic(X, np.full((10, 5), np.nan), seed=0)


VARIANTS = (("cka", {"kernel": "rbf"}), ("gromov_wasserstein", {"solver": "entropic"}))


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_other_kernels_and_solvers_keep_the_contract(name: str, options: dict[str, object]) -> None:
    x, y = X[:30], NOISY[:30]
    found = run(name, x, y, null=25, **options)
    told, value = traits(name), found.value.value
    assert run(name, x, x.copy(), null=1, **options).value.value == pytest.approx(told.identity, abs=1e-9)
    assert run(name, y, x, null=1, **options).value.value == pytest.approx(value, rel=1e-9)
    for change in told.together:
        assert run(name, moved(x, change), moved(y, change), null=1, **options).value.value == pytest.approx(value, rel=TIGHT)
    for change in told.apart:
        assert run(name, x, moved(y, change), null=1, **options).value.value == pytest.approx(value, rel=TIGHT)
    before, arrays = dump(found)
    assert before == dump(run(name, x, y, null=25, executor=Executor(2), **options))[0]
    assert dump(decode(type(found), json.loads(before), arrays))[0] == before
    with pytest.raises(GromovError, match="second cloud"):
        run(name, x, np.ones((10, 5)), **options)


def honest(name: str, **options: object) -> float:
    """Kolmogorov–Smirnov p-value of 100 p-values where there is nothing to find."""
    from scipy.stats import kstest

    draws = np.random.default_rng(5)
    p_values = []
    for seed in range(100):
        x, y = draws.standard_normal((2, 24, 3))
        found = run(name, x, y, null=39, seed=seed, **options).p_value
        p_values.append(found - draws.uniform() / 40)  # spread over the step that it stands for
    return float(kstest(p_values, "uniform").pvalue)


LONG = ("imd", "sliced_wasserstein", "geometry_score", "topology_divergence")  # a minute or more for 100 pairs


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in COMPARISONS])
def test_p_values_are_uniform_where_there_is_nothing_to_find(name: str) -> None:
    """100 pairs of one distribution: the distance from uniform stays below its 0.1 % point."""
    assert honest(name) > 1e-3


def test_p_values_of_the_gaussian_kernel_are_uniform() -> None:
    assert honest("cka", kernel="rbf") > 1e-3
