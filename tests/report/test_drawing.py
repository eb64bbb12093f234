import json
import math
import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_pages import CAPTION, HOSTILE, layout

from gromov.core import Axis, Bars, Curve, Figure, Layer, Matrix, Points, Rule, Tree
from gromov.report import PALETTE, Drawing, draw
from gromov.report.palette import REFERENCE, rgb
from gromov.report.thinning import MAX_VERTICES, keep, plain


def drawn(*layers: Layer, x: Axis | None = None, y: Axis | None = None, equal: bool = False) -> Drawing:
    drawing = draw(Figure("figure", "Title", CAPTION, x or Axis("x"), y or Axis("y"), layers, equal))
    json.dumps({"data": drawing.data, "layout": drawing.layout}, allow_nan=False)
    return drawing


def trace_of(*layers: Layer, **axes: Axis) -> Tree:
    (trace,) = drawn(*layers, **axes).data
    return trace


def test_a_curve_is_a_line_with_gaps_where_it_is_not_a_number() -> None:
    trace = trace_of(Curve("c", np.array([1, 2, 3]), np.array([0.5, np.nan, np.inf])))
    assert trace["x"] == [1, 2, 3]
    assert trace["y"] == [0.5, None, None]
    assert trace["connectgaps"] is False
    assert trace["line"] == {"color": PALETTE[0], "width": 2.25}


def test_a_band_lies_below_its_curve_and_is_not_in_the_legend() -> None:
    x, y = np.arange(3), np.array([1.0, 2.0, 3.0])
    low, high, line = drawn(Curve("c", x, y, low=y - 1, high=y + 1)).data
    assert low["y"] == [0, 1, 2]
    assert high["y"] == [2, 3, 4]
    assert high["fill"] == "tonexty"
    assert low["showlegend"] is high["showlegend"] is False
    assert line["name"] == "c"


def test_a_band_that_reaches_zero_is_cut_on_a_logarithmic_axis() -> None:
    low, *_ = drawn(
        Curve("c", np.arange(2), np.array([1.0, 2.0]), low=np.array([0.0, 0.5]), high=np.array([2.0, 3.0])), y=Axis("y", log=True)
    ).data
    assert low["y"] == [0.5, 0.5]


def test_references_are_grey_and_differ_in_their_dashes() -> None:
    x = np.arange(3)
    first, second = (t["line"] for t in drawn(Curve("a", x, x, reference=True), Curve("b", x, x, reference=True)).data)
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["color"] == second["color"] == REFERENCE
    assert first["dash"] != second["dash"]


def test_layers_take_the_colours_in_order_and_references_take_none() -> None:
    x = np.arange(40)
    lines = [t["line"] for t in drawn(Curve("a", x, x), Curve("null", x, x, reference=True), Curve("b", x, x)).data]
    assert [line["color"] for line in lines if isinstance(line, dict)] == [PALETTE[0], REFERENCE, PALETTE[1]]


def test_a_long_curve_is_thinned_and_keeps_its_extremes() -> None:
    y = np.sin(np.linspace(0, 50, 100_000))
    y[34_567], y[76_543] = 9.0, -9.0
    drawing = drawn(Curve("c", np.arange(100_000), y))
    (trace,) = drawing.data
    heights = trace["y"]
    assert isinstance(heights, list)
    assert len(heights) <= MAX_VERTICES
    assert {9, -9} <= set(heights)
    assert "extremes are kept" in drawing.notes[0]


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=11, max_size=300))
def test_thinning_keeps_ends_and_extremes(values: list[float]) -> None:
    y = np.array(values)
    kept = keep(y, 10)
    assert len(kept) <= 10
    assert kept[0] == 0
    assert kept[-1] == len(y) - 1
    if not np.isnan(y).all():
        assert np.nanmax(y[kept]) == np.nanmax(y)
        assert np.nanmin(y[kept]) == np.nanmin(y)


def test_numbers_have_five_digits_of_their_spread() -> None:
    assert plain(np.array([0.123456789, -2.0, np.nan, 1e-9])) == [0.12346, -2, None, 1e-9]
    assert plain(np.array([1_000_001.25, 1_000_002.5])) == [1_000_001.25, 1_000_002.5]
    assert plain(np.array([np.nan])) == [None]
    assert plain(np.array([])) == []


def test_bars_have_width_and_errors() -> None:
    trace = trace_of(Bars("b", np.array([0.5, 1.5]), np.array([0.25, 0.75]), error=np.array([0.1, 0.2]), width=1.0))
    assert (trace["type"], trace["x"], trace["y"], trace["width"]) == ("bar", [0.5, 1.5], [0.25, 0.75], 1)
    assert isinstance(trace["error_y"], dict)
    assert trace["error_y"]["array"] == [0.1, 0.2]


def test_bars_stand_side_by_side_on_categories_and_over_each_other_on_numbers() -> None:
    bars = [Bars(name, np.array([0, 1]), np.array([1.0, 2.0]), width=0.5) for name in "ab"]
    worded = drawn(*bars, x=Axis("x", categories=("first", "second")))
    assert worded.layout["barmode"] == "group"
    assert isinstance(worded.layout["xaxis"], dict)
    assert worded.layout["xaxis"]["ticktext"] == ["first", "second"]
    assert drawn(*bars).layout["barmode"] == "overlay"


def test_a_matrix_has_its_first_row_on_top_and_its_numbers_in_the_cells() -> None:
    drawing = drawn(Matrix("m", np.array([[1.0, np.nan], [0.5, 0.25]]), ("a", "b"), ("c", "d")))
    (trace,) = drawing.data
    assert trace["z"] == [[1, None], [0.5, 0.25]]
    assert trace["colorscale"] == "Cividis"
    assert "texttemplate" in trace
    assert isinstance(drawing.layout["yaxis"], dict)
    assert drawing.layout["yaxis"]["autorange"] == "reversed"
    assert drawing.layout["yaxis"]["ticktext"] == ["a", "b"]


def test_a_matrix_of_both_signs_is_coloured_around_zero() -> None:
    trace = trace_of(Matrix("m", np.array([[1.0, -4.0]]), ("a",), ("b", "c")))
    assert (trace["zmin"], trace["zmid"], trace["zmax"]) == (-4, 0, 4)


def test_a_large_matrix_is_averaged_over_blocks() -> None:
    n = 400
    values = np.repeat(np.arange(n // 2), 2)[:, None] + np.zeros(n)
    names = tuple(map(str, range(n)))
    drawing = drawn(Matrix("m", values, names, names))
    (trace,) = drawing.data
    assert np.array_equal(np.array(trace["z"])[:, 0], np.arange(n // 2))
    assert "2 × 2" in drawing.notes[0]


def test_a_rule_crosses_the_figure_at_its_value() -> None:
    shape = _shapes(drawn(Rule("chance", 0.5)))[0]
    assert (shape["y0"], shape["y1"], shape["xref"], shape["x1"]) == (0.5, 0.5, "x domain", 1)
    assert shape["name"] == "chance (0.5)"
    upright = _shapes(drawn(Rule("mean", 2, vertical=True)))[0]
    assert (upright["x0"], upright["x1"], upright["yref"]) == (2, 2, "y domain")


def test_a_rule_that_a_logarithmic_axis_cannot_show_is_told() -> None:
    drawing = drawn(Rule("zero", 0.0), y=Axis("y", log=True))
    assert "shapes" not in drawing.layout
    assert "cannot show" in drawing.notes[0]


def _shapes(drawing: Drawing) -> list[Tree]:
    shapes = drawing.layout["shapes"]
    assert isinstance(shapes, list)
    return shapes


def test_each_group_of_points_has_its_colour_and_name() -> None:
    points = Points("p", np.arange(4), np.arange(4), np.array([2, 0, 2, -1]), ("a", "b", "c"))
    none, a, c = drawn(points).data
    assert (a["name"], a["x"], c["name"], c["x"], none["name"], none["x"]) == ("a", [1], "c", [0, 2], "no group", [3])
    assert [t["marker"]["color"] for t in (a, c, none) if isinstance(t["marker"], dict)] == [PALETTE[0], PALETTE[2], REFERENCE]


def test_of_many_groups_the_nine_largest_have_a_colour() -> None:
    codes = np.repeat(np.arange(30), np.where(np.arange(30) >= 21, 20, 2))
    drawing = drawn(Points("p", np.arange(len(codes)), np.arange(len(codes)), codes))
    assert [trace["name"] for trace in drawing.data] == ["21 other groups", *map(str, range(21, 30))]
    colours = [trace["marker"]["color"] for trace in drawing.data if isinstance(trace["marker"], dict)]
    assert colours == [REFERENCE, *PALETTE[:9]]
    assert "30 groups" in drawing.notes[0]


def test_points_without_a_place_on_the_axes_are_told() -> None:
    drawing = drawn(Points("p", np.array([0.0, 1.0, 10.0]), np.ones(3)), x=Axis("x", log=True))
    assert drawing.data[0]["x"] == [1, 10]
    assert "1 of 3 points" in drawing.notes[0]


def test_a_map_has_the_same_unit_on_both_axes() -> None:
    (map_figure,) = layout(100).figures()
    yaxis = draw(map_figure).layout["yaxis"]
    assert isinstance(yaxis, dict)
    assert yaxis["scaleanchor"] == "x"


def test_empty_layers_draw_nothing_and_do_not_fail() -> None:
    none = np.array([])
    drawn(Curve("c", none, none), Points("p", none, none), Bars("b", none, none), Matrix("m", np.zeros((0, 0)), (), ()))


def test_names_are_escaped_for_plotly() -> None:
    two = np.arange(2)
    layers = (
        Curve(HOSTILE, two, two),
        Points(HOSTILE, two, two, two, (HOSTILE,) * 2, (HOSTILE,) * 2),
        Rule(HOSTILE, 1),
        Matrix(HOSTILE, np.eye(2), (HOSTILE,) * 2, (HOSTILE,) * 2),
    )
    drawing = drawn(*layers, x=Axis(HOSTILE, categories=(HOSTILE,)), y=Axis(HOSTILE))
    assert "<" not in json.dumps([drawing.data, drawing.layout])


def luminance(code: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in rgb(code))]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("code", [*PALETTE, REFERENCE])
def test_every_colour_is_seen_on_both_papers(code: str) -> None:
    style = files("gromov.report").joinpath("templates", "report.css.j2").read_text(encoding="utf-8")
    light, dark = re.findall(r"--paper: (#\w{6}); --card", style)
    assert (luminance(light) + 0.05) / (luminance(code) + 0.05) >= 2.99
    assert (luminance(code) + 0.05) / (luminance(dark) + 0.05) >= 2.99


def test_the_first_colours_stay_apart_for_eyes_without_green_cones() -> None:
    # Machado, Oliveira and Fernandes 2009: complete deuteranopia, on linear light
    deuteranopia = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
    seen = (np.array([rgb(code) for code in PALETTE[:7]]) / 255) ** 2.2 @ deuteranopia.T
    perceived = np.clip(seen, 0, 1) ** (1 / 2.2)
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(perceived, 2)) > 0.1
