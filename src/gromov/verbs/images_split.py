"""Which classes of images are trained on, looked at and tested."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Integer

from gromov.core import InputError, generator
from gromov.verbs.images_data import Pictures

_FEWEST = 2
Places = Integer[np.ndarray, " m"]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Places of the images by what they are for; classes of one part are in no other.

    Attributes:
        train: What is trained on.
        validation: What the temperature is chosen by.
        test: What is reported.
        queries: Those of the test images that ask; None: all of them.
    """

    train: Places
    validation: Places
    test: Places
    queries: Places | None


def split_classes(pictures: Pictures, *, test_classes: Sequence[str] | None, test_share: float, validation: float, seed: int) -> Split:
    """Which classes are trained on, looked at, and tested: as the source says, as asked, or drawn; superclasses stay whole.

    Args:
        pictures: The images.
        test_classes: Classes or superclasses to test on; None takes the source's, or draws.
        test_share: Share of the classes to test on, where they are drawn.
        validation: Share of the training classes to choose the temperature by.
        seed: Of the draw.

    Raises:
        InputError: a class that is not there, or too few classes for three parts.
    """
    count, targets = len(pictures.classes), pictures.targets
    told = np.array(pictures.parts) if pictures.parts is not None else None
    by_source = told is not None and pictures.by_class
    queries = None
    if test_classes is not None:
        tested = _asked(pictures, test_classes)
    elif by_source and told is not None:
        tested = np.zeros(count, dtype=bool)
        tested[targets[np.isin(told, ("test", "query", "gallery"))]] = True
        if tested[targets[told == "train"]].any():
            raise InputError(
                "some classes have both training and test images: metric learning is tested on classes that were not seen; choose them with --test-classes"
            )
    else:
        tested = _drawn(count, pictures.groups, test_share, seed)
    rest = np.flatnonzero(~tested)
    looked = np.zeros(count, dtype=bool)
    if by_source and told is not None and test_classes is None and (told == "validation").any():
        looked[targets[told == "validation"]] = True
    else:
        share = max(_FEWEST, round(validation * len(rest)))
        looked[generator(seed, "images", "validation").permutation(rest)[:share]] = True
    looked &= ~tested
    trained = ~tested & ~looked
    for what, chosen in (("train on", trained), ("choose the temperature by", looked), ("test", tested)):
        if chosen.sum() < _FEWEST:
            raise InputError(
                f"{int(chosen.sum())} classes are left to {what}, and two are the least: {count} classes are too few, or --test-classes names too many"
            )
    allowed = np.ones(len(targets), dtype=bool)
    if told is not None and not by_source:  # classes of test images that were trained on are not tested, and the other way round
        allowed = np.where(tested[targets], told == "test", told == "train")
    if by_source and told is not None and (told == "query").any() and test_classes is None:
        queries = np.flatnonzero(told == "query")
    train, validated, test = (np.flatnonzero(chosen[targets] & allowed) for chosen in (trained, looked, tested))
    return Split(train, validated, test, queries)


def _asked(pictures: Pictures, names: Sequence[str]) -> Integer[np.ndarray, " k"]:
    tested = np.zeros(len(pictures.classes), dtype=bool)
    for name in names:
        hit = np.array([name in (one, group) for one, group in zip(pictures.classes, pictures.groups or pictures.classes, strict=True)])
        if not hit.any():
            known = sorted(set(pictures.groups or pictures.classes))
            raise InputError(
                f"--test-classes names {name!r}, which is no class of {pictures.input['name']}; there are {', '.join(known[:12])}"
            )
        tested |= hit
    return tested


def _drawn(count: int, groups: tuple[str, ...] | None, share: float, seed: int) -> Integer[np.ndarray, " k"]:
    """Some of the classes; whole superclasses where there are four or more."""
    rng = generator(seed, "images", "test")
    known = sorted(set(groups)) if groups is not None else []
    if groups is None or len(known) < 4:
        chosen = rng.permutation(count)[: max(_FEWEST, round(share * count))]
        return np.isin(np.arange(count), chosen)
    taken = {known[i] for i in rng.permutation(len(known))[: max(1, round(share * len(known)))].tolist()}
    return np.array([group in taken for group in groups])
