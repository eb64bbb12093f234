"""What a generator is judged by: its points as they are, or features that a function makes of them."""

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np

from gromov.core import GromovError, InputError, PointsLike, Progress, Representation, Tree, as_representation
from gromov.data.contents import digest
from gromov.data.factory import current_folder, is_factory, said_of
from gromov.verbs.compare_efficientnet import NAME, efficientnet_features
from gromov.verbs.compare_images import Album
from gromov.verbs.compare_inputs import Inputs
from gromov.verbs.source import describe

PIXELS = "pixels"
Maker = Callable[[np.ndarray], object]


def featured(inputs: Inputs, features: str, report: Progress, images: Album | None) -> Inputs:
    """The inputs with their points replaced by features; as they are for `pixels`.

    The hash of an input stays that of what was read; that of the features stands in its notes.

    Args:
        inputs: The inputs.
        features: `pixels`; `efficientnet-lite0`; or `module:function`, which takes an n × d array and returns n × k numbers.
        report: Told how far the work is.
        images: How the rows are images; None where they are not.

    Raises:
        InputError: there is no such function, it raises, or it returns something else; the points are no images, and must be.
        MissingDependencyError: the weights are not installed.
    """
    if features == PIXELS:
        return inputs
    if features == NAME and images is None:
        raise InputError(f"--features {NAME} looks at images, and these points are none as far as can be told: say --image-shape 28x28")
    function = None if features == NAME else _function(features)
    clouds: list[Representation] = []
    descriptions: list[Tree] = []
    for place, (cloud, told) in enumerate(zip(inputs.clouds, inputs.descriptions, strict=True), start=1):
        report.step(f"features {place} of {len(inputs.clouds)}", 0.0)
        if function is None:
            assert images is not None
            points = efficientnet_features(images, place - 1, report)
        else:
            points = _made(function, cloud, features)
        note = f"features by {features}, {points.shape[1]} of each (SHA-256 {digest(points)[:12]}…)"
        source = replace(cloud.source, notes=(*cloud.source.notes, note))
        try:
            clouds.append(replace(as_representation(points), labels=cloud.labels, names=cloud.names, source=source))
        except InputError as error:
            raise InputError(f"{features}: its features of {told['name']} cannot be used: {error}") from error
        descriptions.append({**describe(clouds[-1], read=True), "name": told["name"], "sha256": told["sha256"]})
    return replace(inputs, clouds=clouds, descriptions=descriptions)


def _function(name: str) -> Maker:
    if not is_factory(name):
        raise InputError(f"--features is {name!r}; it must be {PIXELS}, {NAME} or module:function")
    module, _, attribute = name.partition(":")
    with current_folder():
        try:
            found = getattr(importlib.import_module(module), attribute, None)
        except (Exception, SystemExit) as error:  # a user's module may raise anything
            raise InputError(f"--features {name}: {module} cannot be imported: {said_of(error)}") from error
    if not callable(found):
        raise InputError(f"--features {name}: {module} has no function {attribute}")
    return cast(Maker, found)


def _made(function: Maker, cloud: Representation, name: str) -> np.ndarray:
    given = np.array(cloud.points)
    try:
        with current_folder():
            made = function(given)
        array = np.asarray(as_representation(cast(PointsLike, made)).points)
    except GromovError as error:
        raise InputError(f"--features {name}: {error}") from error
    except (Exception, SystemExit) as error:  # a user's function may raise anything
        raise InputError(f"--features {name} did not return: {said_of(error)}") from error
    if len(array) != len(given):
        raise InputError(f"--features {name} returned {len(array):,} rows for {len(given):,} points: one for each is needed")
    return array
