"""`compare --task generator`: generators against the real, as a reading of a comparison."""

from dataclasses import dataclass, replace
from typing import cast

from gromov.core import Arrays, InputError, Result, Tree, encode
from gromov.measures.comparisons import Memorisation
from gromov.report import Page
from gromov.verbs.compare_generator_report import GeneratorReading
from gromov.verbs.compare_images import Album
from gromov.verbs.compare_inputs import Inputs, short_labels
from gromov.verbs.compare_memory import Memories
from gromov.verbs.compare_orders import Orders
from gromov.verbs.compare_record import ComparisonRun
from gromov.verbs.comparisons import GENERATOR


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GeneratorRun(ComparisonRun):
    """Generators, each compared with the real.

    Attributes:
        orders: The order of the generators by each measure; None for fewer than two.
        read: The inputs as they were read, before features were made of them.
        album: How their rows are drawn; None where they are no images.
    """

    orders: Orders | None
    read: Inputs
    album: Album | None

    @property
    def labels(self) -> tuple[str, ...]:
        """The inputs, by short name; several generators of one file by what tells them apart."""
        found = list(short_labels([str(each["name"]) for each in self.inputs]))
        places = [pair.second for pair in self.pairs]
        shorter = short_labels([str(self.inputs[place]["name"]) for place in places])
        if len(places) > 1 and found[self.pairs[0].first] not in shorter:
            for place, label in zip(places, shorter, strict=True):
                found[place] = label
        return tuple(found)

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json: that of a comparison, and the orders of the generators."""
        store: Arrays = {} if arrays is None else arrays
        tree = ComparisonRun.to_dict(self, store)
        return tree if self.orders is None else {**tree, "orders": encode(self.orders, "orders", store)}

    def page(self) -> Page:
        """The report: the questions first, then memory, then each measure of a single generator."""
        page = ComparisonRun.page(self)
        draws, labels = cast(int, self.config["null"]), self.labels
        real = self.pairs[0].first
        generators = tuple(pair.second for pair in self.pairs)
        overview = GeneratorReading(labels, self.inputs, self.pairs, generators, draws, self.orders)
        results: dict[str, Result] = {GENERATOR: overview}
        remembered = [(pair.second, pair.results["memorisation"]) for pair in self.pairs if "memorisation" in pair.results]
        if remembered:
            places = tuple(place for place, _ in remembered)
            found = tuple(cast(Memorisation, each) for _, each in remembered)
            results["nearest"] = Memories(labels, places, real, found, self.read.clouds, self.album)
        if len(self.pairs) == 1:
            results |= self.pairs[0].results
        names = ", ".join(labels[each] for each in generators[:6]) + (" …" if len(generators) > 6 else "")
        title = f"{names} against {labels[real]}" if len(generators) == 1 else f"{len(generators)} generators against {labels[real]}"
        return replace(
            page, title=title, source={**page.source, "name": f"{names} with {labels[real]}"}, results=results, lead=overview.lead()
        )


def check_task(task: str | None, *, paired: bool, features: str | None, image_shape: object) -> None:
    """Refuse a task that there is not, and options of a task that was not asked for.

    Raises:
        InputError: one of them.
    """
    if task not in (None, GENERATOR):
        raise InputError(f"--task is {task!r}; it must be {GENERATOR}")
    if task is None and (features is not None or image_shape is not None):
        raise InputError(f"--{'features' if features is not None else 'image-shape'} belongs to --task {GENERATOR}: say so")
    if task == GENERATOR and paired:
        raise InputError(f"--paired does not go with --task {GENERATOR}: what is generated has no row of the real to belong to")


def check_points(inputs: Inputs) -> None:
    """Refuse what a generator cannot be judged by: distances, graphs, clouds of different dimensions.

    Raises:
        InputError: an input has no coordinates, or others have more or fewer.
    """
    for cloud, told in zip(inputs.clouds, inputs.descriptions, strict=True):
        if cloud.kind != "points":
            raise InputError(
                f"--task {GENERATOR} needs points with coordinates, and {told['name']} is a {cloud.kind}".replace(
                    "a distances", "distances"
                )
            )
        if told["d"] != inputs.descriptions[0]["d"]:
            raise InputError(
                f"--task {GENERATOR} needs the same coordinates of all, and {inputs.descriptions[0]['name']} has {inputs.descriptions[0]['d']}, {told['name']} has {told['d']}"
            )
