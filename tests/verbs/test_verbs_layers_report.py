"""What the report of the layers of a network says: changes where the input has no number, what p compares, how maps were pooled."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from gromov.core import Curve, Estimate, Null, Result
from gromov.measures.comparisons.imd import Imd
from gromov.verbs.layers import measure_layers
from gromov.verbs.layers_report import LayerChanges
from gromov.verbs.trend_series import series_over

X = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
SPECTRUM = ["spectrum"]


def imd_over(values: Sequence[float], tested: Sequence[float]) -> LayerChanges:
    """Layers whose IMD by all points and by what is tested are these; chance is about 8 to 20, errors are 1, all in 10⁻⁶."""
    null = np.linspace(5e-6, 21e-6, 119)
    flat = np.zeros(3)
    results: list[dict[str, Result]] = [{}]
    for value, other in zip(values, tested, strict=True):
        estimate = Estimate.normal(1e-6 * value, 1e-6, n=50, seed=0, method="given")
        found = Null.of("halves", null, 1e-6 * other)
        results.append({"imd": Imd(estimate, found.p_value(), found, 1.0, 50, True, "normalised", flat, flat, flat, flat)})
    labels = ("input", *(f"layer{place}" for place in range(1, len(results))))
    inputs = [
        {"kind": "points", "n": 50, "d": 9 - place, "classes": None, "sha256": "0" * 64, "notes": []} for place in range(len(results))
    ]
    return LayerChanges(labels, inputs, (), *series_over(results), "the input")


def test_the_distance_falls_from_the_first_layer_that_has_one() -> None:
    changes = imd_over([94.0, 50.0, 6.7], [100.0, 60.0, 20.5])
    shown = {figure.name: figure for figure in changes.figures()}
    means = shown["trend-imd-1"].caption.means
    assert means == "Beyond its error from layer1 to layer3, the first and the last that have it: IMD falls."
    moved = next(each for each in changes.findings() if each.question == "What moved?")
    assert "value (imd) falls from 9.4 × 10⁻⁵ at layer1 to 6.7 × 10⁻⁶ at layer3" in moved.detail
    assert "None of them moved" not in str([figure.caption for figure in shown.values()])
    assert shown["trend-imd-1"].y.title == "IMD · 10⁶"
    curve = next(iter(shown["trend-imd-1"]))
    assert isinstance(curve, Curve)
    assert np.allclose(curve.y[1:], [94.0, 50.0, 6.7])


def test_the_report_says_what_p_compares() -> None:
    changes = imd_over([94.0, 50.0, 6.7], [100.0, 60.0, 20.5])
    found = next(each for each in changes.findings() if each.question == "Does the shape differ from the input?")
    assert found.answer == "In 2 of 3 layers, 1 unclear"
    assert found.detail.startswith(
        "p compares the IMD between a random half of a layer and a half of the input with that between two halves"
    )
    assert "Unclear: layer3 (tested 20.5·10⁻⁶, all points 6.7·10⁻⁶, chance up to 20.2·10⁻⁶)" in found.detail
    table = changes.by_depth()
    assert table.columns[2:6] == ("IMD to the input · 10⁶", "IMD tested · 10⁶", "its chance · 10⁶", "p")
    assert table.rows[3][2:5] == ("6.7 [4.74, 8.66]", "20.5", "13")
    assert table.note.startswith("p compares the IMD tested with its chance, and not the first IMD")
    names = [figure.name for figure in changes.figures()]
    assert names == ["trend-imd-1", "trend-imd-tested", "trend-imd-2"]
    p = changes.figures()[2]
    assert p.y.log
    assert "Bands" not in p.caption.sure
    assert [layer.name for layer in p] == ["p_value", "5 %"]
    assert imd_over([94.0, 6.7], [100.0, 9.0]).findings()[-1].answer == "In 1 of 2 layers"
    assert imd_over([6.7, 6.7], [100.0, 90.0]).findings()[-1].answer == "Unclear in 2 of 2 layers"
    assert imd_over([6.7, 6.7], [9.0, 9.0]).findings()[-1].answer == "Not beyond chance"


def test_the_headline_is_of_all_layers() -> None:
    model = nn.Sequential(OrderedDict(layer1=nn.Linear(6, 4), layer2=nn.Linear(4, 2)))
    found = measure_layers(model, X, instruments=SPECTRUM, labels=np.repeat([0, 1, 2], 10))
    html = found.to_html()
    assert "<strong>Sequential for array, at the input and 2 layers</strong>: 30 points, labelled with 3 classes." in html
    assert "in 2 dimensions, labelled" not in html
    assert found.changes().last == "the last layer"
    assert "(the last layer)" in html
    assert "(the last input)" not in html


class Maps(nn.Module):
    """Maps of 3 channels, each object another place that is lit, and after them one point for each object."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1, self.layer2, self.layer3 = nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(48, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer3(self.layer2(self.layer1(x.reshape(-1, 1, 6, 6))))


def test_the_report_says_how_maps_were_pooled() -> None:
    x = np.random.default_rng(1).normal(size=(40, 36)).astype(np.float32)
    torch.manual_seed(0)
    changes = measure_layers(Maps(), x, instruments=SPECTRUM).changes()
    narrowest = next(each for each in changes.findings() if each.question == "Where is it narrowest?")
    assert narrowest.answer == "layer1"
    assert (
        "layer1 are the mean over all places of an output of 3 × 4 × 4 for each object: what differs between these alone is averaged away"
        in (narrowest.detail)
    )
    told = "As points were taken: the mean over all places of the maps of layer1."
    assert all(told in figure.caption.how for figure in changes.figures())
    assert told in changes.by_depth().note
    flat = measure_layers(Maps(), x, instruments=SPECTRUM, pool="flatten")
    assert "As points were taken: every number of every place of the maps of layer1" in flat.to_html()
    assert "averaged away" not in flat.to_html()
