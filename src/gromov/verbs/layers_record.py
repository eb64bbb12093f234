"""What `measure_layers` returns: a trend over the layers of a network."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gromov.core import Arrays, Tree
from gromov.report import Page
from gromov.verbs.layers_pooling import pooling
from gromov.verbs.layers_report import LayerChanges
from gromov.verbs.trend_record import Trend


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LayerTrend(Trend):
    """The geometry of the layers of a network, in order.

    Attributes:
        about: What was measured: the network, its hash, the pattern of layers, the pool, the inputs, what the layers are compared with, and what was left out.
    """

    about: Tree

    def to_dict(self, arrays: Arrays | None = None) -> Tree:
        """The contents of result.json (schema 1): that of a trend, and `layers`."""
        return {**Trend.to_dict(self, arrays), "layers": self.about}

    def changes(self) -> LayerChanges:
        """What the layers say: findings, figures, tables."""
        reference = str(self.about["reference"])
        return LayerChanges(
            self.labels, self.inputs, self.steps, self.series, self.test, "the input" if reference == "input" else reference
        )

    def page(self) -> Page:
        """The report, as data: all layers first, then the sections of the last."""
        page, labels, about = Trend.page(self), self.labels, self.about
        fed, left = about["input"], about["left_out"]
        assert isinstance(fed, Mapping)
        assert isinstance(left, Mapping)
        kinds = "the input and " if about["reference"] == "input" else ""
        layers = len(labels) - bool(kinds)
        name = f"{about['network']} for {fed['name']}, at {kinds}{layers} layer{'' if layers == 1 else 's'}"
        sizes = [int(str(each["n"])) for each in self.inputs]
        pooled = pooling(self.inputs, labels)
        notes = [
            f"{len(labels)} layers in the order of their calls: {', '.join(labels[:12])}{' …' if len(labels) > 12 else ''}",
            *([pooled.removesuffix(".")] if pooled else []),
            *([f"from {min(sizes):,} to {max(sizes):,} points by layer"] if min(sizes) < max(sizes) else []),
            f"compared with {about['reference']}",
            f"all but the section Layers is about the last, {self.labels[-1]}",
        ]
        skipped = {**{f"layer {layer}": str(why) for layer, why in left.items()}, **page.skipped}
        size = {"n": sizes[0] if min(sizes) == max(sizes) else None, "d": None}  # of all layers: each has a width of its own
        return replace(
            page,
            title=f"The layers of {about['network']} for {fed['name']}",
            source={**page.source, "name": name, **size, "notes": notes},
            skipped=skipped,
        )
