"""What generators remember: the generated points that are nearest to training points, and their pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gromov.core import About, Estimate, Figure, Representation, Result, Table
from gromov.measures.comparisons import Memorisation
from gromov.report import number
from gromov.report.thumbnails import Strip
from gromov.verbs.compare_images import Album


@dataclass(frozen=True, slots=True, eq=False)
class Memories(Result):
    """The test of memorisation of every generator.

    Attributes:
        labels: The inputs, by short name.
        places: Place of each generator among the inputs.
        reference: Place of what they were trained on.
        results: The test of each.
        clouds: The inputs.
        album: How their rows are drawn; None where they are no images.
    """

    labels: tuple[str, ...]
    places: tuple[int, ...]
    reference: int
    results: tuple[Memorisation, ...]
    clouds: Sequence[Representation]
    album: Album | None

    @classmethod
    def about(cls) -> About:
        """What the pairs are, and the test behind them."""
        test = Memorisation.about()
        question = "Which generated points lie nearest to single training points, and do they repeat them?"
        return About("Nearest training points", question, test.method, test.references)

    def rows(self) -> Iterator[tuple[str, Estimate | float | int | bool | str]]:
        """Nothing: the numbers are those of `memorisation`, of several generators below `pairs` of result.json."""
        yield from ()

    def summary(self) -> str:
        """Each generator in a sentence."""
        return " ".join(f"{self._name(at)}: {each.summary()}" for at, each in enumerate(self.results))

    def figures(self) -> tuple[Figure, ...]:
        """The relative distances of each of several generators; of one they stand with its numbers."""
        if len(self.results) == 1:
            return ()
        return tuple(
            replace(figure, name=f"{figure.name}-{self.places[at]}", title=f"{self._name(at)}: {figure.title[0].lower()}{figure.title[1:]}")
            for at, each in enumerate(self.results)
            for figure in each.figures()[:1]
        )

    def tables(self) -> tuple[Table, ...]:
        """The closest pairs of each generator."""
        return tuple(self._closest(at, each) for at, each in enumerate(self.results))

    def strips(self) -> tuple[Strip, ...]:
        """Generated images above the training images nearest to them."""
        if self.album is None:
            return ()
        return tuple(self._strip(self.album, at, each) for at, each in enumerate(self.results))

    def _closest(self, at: int, found: Memorisation) -> Table:
        rows = tuple(
            (self._point(self.places[at], int(made)), self._point(self.reference, int(real)), number(float(far)), number(float(relative)))
            for made, real, far, relative in zip(
                found.pair_generated, found.pair_real, found.pair_distance, found.pair_relative, strict=True
            )
        )
        return Table(
            f"memorisation-closest-{self.places[at]}",
            f"{self._name(at)}: nearest to single training points",
            ("generated", "training point", "distance", "relative distance"),
            rows,
            "Rows are counted from 0 among those that were read. Relative distance 0 is a copy; the nearest 1 % of the training points themselves reach "
            f"{number(float(max(found.real[found.real.argsort()[: max(1, round(found.expected.value * len(found.real)))]])))}.",
        )

    def _strip(self, album: Album, at: int, found: Memorisation) -> Strip:
        columns = tuple(
            (
                f"{self._point(self.places[at], int(made))} | {self._point(self.reference, int(real))}",
                (album.picture(self.places[at], int(made)), album.picture(self.reference, int(real))),
            )
            for made, real in zip(found.pair_generated, found.pair_real, strict=True)
        )
        note = f"Above what was generated, below the training image nearest to it. Shape of the images {album.how}."
        return Strip(f"{self._name(at)}: nearest to single training images", note, columns, ("generated", "training image"))

    def _name(self, at: int) -> str:
        return self.labels[self.places[at]]

    def _point(self, place: int, row: int) -> str:
        names = self.clouds[place].names
        return f"row {row}" if names is None else names[row]
