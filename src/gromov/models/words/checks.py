"""What an embedding of words knows: co-occurrence it has not seen, kinds of things, which of two words is the more general, what people find similar."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer

from gromov.core import InputError, generator
from gromov.models.correlation import spearman
from gromov.models.embedding import Embedding
from gromov.models.words.biases import weights_of
from gromov.models.words.counting import HeldOut
from gromov.models.words.glove import FittedWords
from gromov.spaces import PoincareBall, frechet_mean, normal_coordinates

_BLOCK = 2**16


@dataclass(frozen=True, slots=True, eq=False)
class WordChecks:
    """What the embeddings of one corpus are held against; the same for all of them.

    Attributes:
        held_out: Cells of the co-occurrence matrix that training did not see.
        biases: What frequency alone explains of them.
        most: x_max of the weights.
        counts: How often each word occurs.
        hypernyms: Pairs (word, more general word), h × 2; none where there are none.
        judged: Pairs people have judged, s × 2; none where there are none.
        judgements: How similar they found them.
    """

    held_out: HeldOut
    biases: Float[np.ndarray, " v"]
    most: float
    counts: Integer[np.ndarray, " v"]
    hypernyms: Integer[np.ndarray, "h 2"]
    judged: Integer[np.ndarray, "s 2"]
    judgements: Float[np.ndarray, " s"]


@dataclass(frozen=True, slots=True)
class WordScore:
    """The numbers of one embedding; NaN where there was nothing to hold it against.

    Attributes:
        explained: Share of the weighted variance of log X at the cells held out that distances explain beyond the biases.
        relatedness: Probability that a word is nearer to its hypernym than to a hypernym of another word; ½ is chance.
        direction: Share of pairs whose hypernym is nearer to the middle.
        direction_balanced: The same, averaged over the pairs whose hypernym is the more frequent word and those whose hypernym is the rarer: frequency alone gives ½.
        similarity: Spearman's correlation of people's judgements with −distance.
        similarity_angle: The same with the cosine of the angle at the middle.
        radius_frequency: Spearman's correlation of the distance from the middle with frequency.
    """

    explained: float
    relatedness: float
    direction: float
    direction_balanced: float
    similarity: float
    similarity_angle: float
    radius_frequency: float


def centred(fitted: FittedWords, names: tuple[str, ...]) -> Embedding:
    """The words, moved so that their Fréchet mean is the origin: distances do not say where the middle is, and where training began means nothing.

    Raises:
        InputError: the space has no one middle.
    """
    x = torch.from_numpy(fitted.words)
    middle = frechet_mean(fitted.space, x)
    if isinstance(fitted.space, PoincareBall):
        moved = fitted.space.project(fitted.space.mobius_add(-middle.expand_as(x), x))
    elif fitted.space.curvature == 0:
        moved = x - middle
    else:
        raise InputError("words are embedded in hyperbolic or Euclidean space")
    return Embedding(moved.numpy(), fitted.space, names)


def score_words(fitted: FittedWords, embedding: Embedding, checks: WordChecks, seed: int) -> WordScore:
    """Hold an embedding against what is known of its words.

    Cost: a distance for each cell held out and each pair.
    """
    nan = float("nan")
    radii = embedding.radii()
    x = torch.from_numpy(embedding.points)
    relatedness = direction = balanced = similarity = angle = nan
    if len(checks.hypernyms):
        special, general = checks.hypernyms.T
        direction, balanced = directions(radii, checks.counts, checks.hypernyms)
        other = general[generator(seed, "words", "relatedness").permutation(len(general))]
        fair = (other != general) & (other != special)
        near, far = (embedding.space.distance(x[special], x[end]).numpy()[fair] for end in (general, other))
        relatedness = float((near < far).mean() + (near == far).mean() / 2)
    if len(checks.judged):
        first, second = checks.judged.T
        similarity = spearman(checks.judgements, -embedding.space.distance(x[first], x[second]).numpy())
        z = torch.nn.functional.normalize(normal_coordinates(x, embedding.space), dim=1)
        angle = spearman(checks.judgements, (z[first] * z[second]).sum(1).numpy())
    return WordScore(
        explained(fitted, checks),
        relatedness,
        direction,
        balanced,
        similarity,
        angle,
        spearman(radii, checks.counts),
    )


def explained(fitted: FittedWords, checks: WordChecks) -> float:
    """1 − Σ f·e²/Σ f·e₀² over the cells held out: e is the residual of the model, e₀ that of the biases alone."""
    held, words, contexts = checks.held_out, torch.from_numpy(fitted.words), torch.from_numpy(fitted.contexts)
    left = before = 0.0
    for start in range(0, len(held.rows), _BLOCK):
        i, j, values = (part[start : start + _BLOCK] for part in (held.rows, held.columns, held.values))
        weights, logs = weights_of(values, checks.most).astype(np.float64), np.log(values.astype(np.float64))
        half = fitted.space.distance(words[i], contexts[j]).numpy() ** 2 / 2
        left += float((weights * (fitted.word_biases[i] + fitted.context_biases[j] - half - logs) ** 2).sum())
        before += float((weights * (checks.biases[i] + checks.biases[j] - logs) ** 2).sum())
    return 1 - left / before if before > 0 else float("nan")


def directions(radii: Float[np.ndarray, " v"], counts: Integer[np.ndarray, " v"], pairs: Integer[np.ndarray, "h 2"]) -> tuple[float, float]:
    """Share of pairs (word, hypernym) whose hypernym has the smaller radius, and that share averaged over frequent and rare hypernyms; a tie counts half."""
    special, general = pairs.T
    right = (radii[general] < radii[special]) + (radii[general] == radii[special]) / 2
    frequent = counts[general] > counts[special]
    rare = counts[general] < counts[special]
    balanced = (right[frequent].mean() + right[rare].mean()) / 2 if frequent.any() and rare.any() else float("nan")
    return float(right.mean()), float(balanced)
