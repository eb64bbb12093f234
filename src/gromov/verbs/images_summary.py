"""Fits of image embeddings as one set of numbers, their differences, and one of them as pictures."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import Estimate, generator
from gromov.models import Embedding
from gromov.models.images import Geometry, Levels
from gromov.verbs.fit_summary import in_the_disk, over_seeds
from gromov.verbs.images_controls import COMPARED, ImageControls, ImageLevels, OneShotResult, SpaceLevels
from gromov.verbs.images_data import Pictures
from gromov.verbs.images_jobs import Embedded, Setting
from gromov.verbs.images_results import ImageEmbedding, ImageScores
from gromov.verbs.images_scores import NUMBERS, ImageScore, Scored
from gromov.verbs.images_split import Split

_DRAWN, _PICTURES, _ASKED, _FOUND = 2000, 150, 12, 4
_WHY = {
    "few_5_1": "fewer than 5 test classes have 2 images",
    "few_5_5": "fewer than 5 test classes have 6 images",
    "few_20_1": "fewer than 20 test classes have 2 images",
    "foreign": "no other source was given: --foreign",
    "same_group": "the test classes have no superclasses",
}


def scores_of(space: str, dim: int, temperature: float, scores: Sequence[ImageScore], seed: int) -> ImageScores:
    """The numbers of one space over its fits."""
    numbers = {name: over_seeds([getattr(each, name) for each in scores], seed, _WHY.get(name, "")) for name in NUMBERS}
    return ImageScores(space=space, dim=dim, temperature=temperature, **numbers)


def paired(
    ours: Sequence[float] | Float[np.ndarray, " n"], others: Sequence[float] | Float[np.ndarray, " n"], seed: int, method: str
) -> Estimate:
    """Mean of the differences of two series that belong together, with Student's t interval."""
    differences = np.array(ours) - np.array(others)
    n = len(differences)
    if np.isnan(differences).any():
        return Estimate.missing("not a number", n=n, seed=seed)
    if n < 2:
        return Estimate(float(differences.mean()), None, None, n, seed, "difference of one fit each")
    from scipy.stats import t

    mean, stderr = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    half = float(t.ppf(0.975, n - 1)) * stderr
    return Estimate(mean, stderr, (mean - half, mean + half), n, seed, method)


def controls_of(
    scores: Mapping[str, ImageScores], fits: Mapping[str, Sequence[Scored]], pictures: Pictures, split: Split, seed: int
) -> ImageControls:
    """The reported space (the first) beside the others."""
    reported = next(iter(scores))
    gains: dict[str, dict[str, Estimate]] = {}
    for name in list(scores)[1:]:
        ours, others = fits[reported], fits[name]
        n = min(len(ours), len(others))
        gains[name] = {
            key: paired(
                [getattr(each.score, key) for each in ours[:n]],
                [getattr(each.score, key) for each in others[:n]],
                seed,
                "paired difference over fits from the same start, Student's t",
            )
            for key in COMPARED
        }
        if n == 1:  # then test classes are the units
            gains[name]["recall_1"] = paired(ours[0].by_class, others[0].by_class, seed, "paired difference over test classes, Student's t")
    counts = np.unique(pictures.targets[split.test], return_counts=True)[1]
    chance = float((counts * (counts - 1)).sum() / (counts.sum() * (counts.sum() - 1)))
    return ImageControls(scores[reported], {name: each for name, each in scores.items() if name != reported}, gains, chance)


def embedding_of(
    scores: ImageScores,
    done: Embedded,
    scored: Scored,
    temperatures: Float[np.ndarray, " t"],
    recalls: Float[np.ndarray, " t"],
    pictures: Pictures,
    split: Split,
    delta: tuple[float, float, float],
    seed: int,
) -> ImageEmbedding:
    """The result of the reported space, with what its figures need of the first fit."""
    rng = generator(seed, "images", "drawn")
    known, places = np.unique(pictures.targets[split.test], return_inverse=True)
    drawn = np.sort(rng.permutation(len(places))[:_DRAWN])
    space = Geometry(scores.space, done.curvature).manifold()
    disk = in_the_disk(Embedding(scored.points[drawn], space, tuple(map(str, drawn))))
    shown = np.sort(rng.permutation(len(drawn))[:_PICTURES])
    rows = rng.permutation(len(scored.asked))[:_ASKED]
    nearest = scored.nearest[rows, :_FOUND]
    sheet = np.column_stack([scored.asked[rows], nearest])
    steps = np.linspace(0, 1, 41)
    numbers = {name: getattr(scores, name) for name in ImageScores.__dataclass_fields__}
    return ImageEmbedding(
        **numbers,
        train_images=len(split.train),
        train_classes=len(set(pictures.targets[split.train].tolist())),
        validation_classes=len(set(pictures.targets[split.validation].tolist())),
        test_images=len(split.test),
        classes=tuple(pictures.classes[c] for c in known),
        delta_before=delta[0],
        curvature_khrulkov2020=delta[2],
        curvature_four_point=delta[1],
        stopped=done.stopped,
        losses=done.losses,
        temperatures=temperatures,
        validation_recall=recalls,
        disk=disk,
        disk_class=places[drawn],
        shown=shown,
        shown_images=pictures.pixels(split.test[drawn[shown]]),
        sheet=np.stack([pictures.pixels(split.test[row]) for row in sheet]),
        sheet_right=(places[nearest] == places[sheet[:, :1]]).astype(np.int64),
        radius_test=np.quantile(scored.radii["test"], steps),
        radius_blurred=np.quantile(scored.radii["blurred"], steps),
        radius_foreign=np.quantile(scored.radii["foreign"], steps) if "foreign" in scored.radii else np.empty(0),
    )


def levels_of_spaces(levels: Mapping[str, Levels], pictures: Pictures, split: Split) -> ImageLevels:
    """Distance from the origin by level, space by space."""
    assert pictures.groups is not None
    classes = pictures.targets[split.test]
    group = np.unique(np.array(pictures.groups)[classes], return_inverse=True)[1]
    per_class, per_group = np.bincount(classes)[classes], np.bincount(group)[group]
    chance = float(((per_group - per_class) / (len(classes) - per_class)).mean())
    rows = [SpaceLevels(name, each.images, each.classes, each.groups, each.groups_by_chance, each.p_value) for name, each in levels.items()]
    return ImageLevels(tuple(rows), chance)


def one_shot_of(
    fits: Mapping[str, Sequence[tuple[Setting, Embedded]]], answers: Integer[np.ndarray, "runs 20"], seed: int
) -> OneShotResult:
    """Errors in Lake's runs, by space."""
    return OneShotResult(
        runs=len(answers),
        errors={name: over_seeds([_errors(setting, done, answers) for setting, done in each], seed) for name, each in fits.items()},
    )


def _errors(setting: Setting, done: Embedded, answers: Integer[np.ndarray, "runs 20"]) -> float:
    geometry = setting.geometry(done.curvature).double()
    ways = answers.shape[1]
    with torch.no_grad():
        points = geometry(torch.from_numpy(done.vectors["one_shot"]).double()).reshape(len(answers), 2, ways, -1)
        found = np.stack([geometry.distances(asked, shown).argmin(1).numpy() for shown, asked in points])
    return float((found != answers).mean())
