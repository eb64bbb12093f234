"""The comparisons by name, gromov's own and those of plug-ins, listed without importing them."""

import difflib
import typing
from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature

from gromov.core import Comparison, InputError, PluginError, Result, Traits, decode
from gromov.verbs.catalogue import listed_names
from gromov.verbs.contract import Instrument
from gromov.verbs.plugins import COMPARISON_GROUP, Plugin, installed, load

COMPARISONS = (
    "frechet",
    "kid",
    "sliced_wasserstein",
    "gromov_wasserstein",
    "imd",
    "geometry_score",
    "precision_recall",
    "cka",
    "procrustes",
    "neighbor_overlap",
    "topology_divergence",
)
GENERATOR = "generator"
GENERATOR_MEASURES = (
    "precision_recall",
    "frechet",
    "kid",
    "geometry_score",
    "imd",
    "gromov_wasserstein",
    "sliced_wasserstein",
    "memorisation",
)
OF_TASKS = ("memorisation",)  # those that ask of a generator what cannot be asked of any two clouds


def comparison_plugins() -> tuple[Plugin, ...]:
    """The comparisons that other installed packages add, by name."""
    return installed(COMPARISONS, COMPARISON_GROUP)


def comparison(name: str) -> Instrument:
    """Import a comparison: the function `name` of the module `gromov.measures.comparisons.name`, or a plug-in's.

    Raises:
        InputError: there is none of this name.
        PluginError: a plug-in that cannot be used.
    """
    if name not in (*COMPARISONS, *OF_TASKS):
        found = next((plugin for plugin in comparison_plugins() if plugin.name == name), None)
        if found is None:
            raise _nobodys(name)
        return load(found, COMPARISON_GROUP)
    function: Callable[..., Result] = getattr(import_module(f"gromov.measures.comparisons.{name}"), name)
    result: type[Result] = typing.get_type_hints(function)["return"]
    return Instrument(name, function, result, frozenset(signature(function).parameters), lambda tree, arrays: decode(result, tree, arrays))


def traits(name: str) -> Traits:
    """What a comparison is and promises."""
    result = comparison(name).result
    assert issubclass(result, Comparison)
    return result.traits()


def chosen_comparisons(names: Sequence[str] | None, *, paired: bool, task: str | None = None) -> tuple[str, ...]:
    """The comparisons asked for, in the order of the catalogue; for None all, those of paired clouds only where the clouds are `paired`.

    The task `generator` has an order and measures of its own.

    Raises:
        InputError: a name that is no comparison, none at all, or one for paired clouds where the clouds are not said to be so.
    """
    names = listed_names(names)
    listed = (*COMPARISONS, *(plugin.name for plugin in comparison_plugins() if not plugin.flaw))
    if task == GENERATOR:
        listed = tuple(dict.fromkeys((*GENERATOR_MEASURES, *listed)))
    for name in names or ():
        if name in OF_TASKS and name not in listed:
            raise InputError(f"{name} is asked of a generator: say so with --task generator")
        if name not in listed:
            raise _nobodys(name)
    if names is not None and not names:
        raise InputError("no measure was asked for: name some, or leave the option out")
    if names is None and task == GENERATOR:
        return GENERATOR_MEASURES
    if names is None:
        return tuple(name for name in listed if paired or not _of_pairs(name))
    if not paired and (needing := [name for name in listed if name in names and _of_pairs(name)]):
        raise InputError(
            f"{', '.join(needing)} need{'s' if len(needing) == 1 else ''} paired clouds, row i of one belonging to row i of the other: say so with --paired"
        )
    return tuple(name for name in listed if name in names)


def usual_null(names: Sequence[str]) -> int:
    """Draws of each null where none were asked for: 100, or 20 for each measure of a family where that is more.

    Holm's correction multiplies the smallest p, 1/(draws + 1), by the number of measures of the family: with fewer draws none could pass 5 %.
    """
    asked = [name for name in names if name not in OF_TASKS]
    paired = sum(_of_pairs(name) for name in asked)
    return max(100, 20 * paired, 20 * (len(asked) - paired))


def _of_pairs(name: str) -> bool:
    """Whether a comparison is of paired clouds; not where a plug-in cannot be loaded, which the run says when it comes to it."""
    try:
        return traits(name).paired
    except PluginError:
        return False


def comparison_origins(names: Sequence[str]) -> dict[str, str]:
    """Distribution and version of those of the comparisons that are plug-ins: their numbers depend on it."""
    if set(names) <= set(COMPARISONS):
        return {}
    return {plugin.name: plugin.origin for plugin in comparison_plugins() if plugin.name in names}


def _nobodys(name: str) -> InputError:
    usable = [*COMPARISONS, *(plugin.name for plugin in comparison_plugins() if not plugin.flaw)]
    near = difflib.get_close_matches(name, usable, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return InputError(f"there is no comparison {name!r}{hint}: the comparisons are {', '.join(usable)}")
