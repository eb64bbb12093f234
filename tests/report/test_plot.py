"""gromov.plot: what is drawn how, what the caption says, and what is written."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch

import gromov
from gromov.core import Distances, Graph, InputError, Representation, RunFolderError, UnsuitableError
from gromov.data.synthetic import tree
from gromov.spaces import EUCLIDEAN, Euclidean, Hyperboloid, PoincareBall, Polar, Sphere, convert

RANDOM = np.random.default_rng(0)
BALL = PoincareBall()


def ball_points(n: int, d: int) -> np.ndarray:
    v = RANDOM.normal(size=(n, d))
    r = np.linalg.norm(v, axis=1, keepdims=True)
    return v / r * np.tanh(r / 2)


def places(picture: gromov.Picture) -> np.ndarray:
    disk = picture.figures[0].disk
    assert disk is not None
    return np.stack([disk.x, disk.y], axis=1)


def test_points_of_the_plane_are_drawn_as_they_are() -> None:
    x = ball_points(60, 2)
    picture = gromov.plot(Representation(x, space=BALL))
    np.testing.assert_allclose(places(picture), x, atol=1e-12)
    assert (picture.trustworthiness, picture.distortion) == (None, None)
    assert picture.figures[0].caption.sure.startswith("Exact")
    for space in (Hyperboloid(), Polar()):
        other = convert(torch.from_numpy(x), BALL, space).numpy()
        np.testing.assert_allclose(places(gromov.plot(Representation(other, space=space))), x, atol=1e-9)


def test_another_curvature_is_drawn_in_the_unit_disk_and_its_unit_said() -> None:
    x = ball_points(30, 2)
    picture = gromov.plot(Representation(x / 2, space=PoincareBall(-4.0)))
    np.testing.assert_allclose(places(picture), x, atol=1e-6)
    assert "a length of 0.5" in picture.figures[0].caption.how


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (Representation(ball_points(60, 4), space=BALL), "HoroPCA"),
        (RANDOM.normal(size=(60, 4)), "t-SNE"),
        (Representation(RANDOM.normal(size=(60, 4)), space=Euclidean()), "t-SNE"),
        (Representation(RANDOM.normal(size=(60, 3)) / 9 + np.array([1.0, 0, 0]), space=Sphere()), "t-SNE"),
        (Distances(EUCLIDEAN.pairwise(points := RANDOM.normal(size=(60, 4)), points)), "t-SNE"),
        (tree(branching=2, depth=4), "Sarkar"),
        (Graph(40, np.array([[i, (i + 1) % 40] for i in range(40)])), "t-SNE"),
    ],
    ids=["hyperbolic", "array", "euclidean", "sphere", "distances", "tree", "cycle"],
)
def test_every_kind_of_data_has_its_projection_and_the_caption_its_worth(data: object, method: str) -> None:
    if isinstance(data, Representation) and data.space is not None and data.space.name == "sphere":
        data = Representation(data.points / np.linalg.norm(data.points, axis=1, keepdims=True), space=data.space)
    picture = gromov.plot(data)  # pyright: ignore[reportArgumentType]
    caption = picture.figures[0].caption
    assert method in caption.how
    assert picture.trustworthiness is not None
    assert picture.distortion is not None
    assert str(picture.trustworthiness) in caption.sure
    assert str(picture.distortion.average) in caption.sure
    assert (np.hypot(*places(picture).T) < 1).all()
    assert all(
        sentence == "" or sentence.endswith(".") for sentence in (caption.what, caption.how, caption.sure, caption.means, caption.todo)
    )


def test_labels_names_and_edges_are_drawn() -> None:
    x = Representation(ball_points(6, 2), space=BALL, labels=np.array(list("aabbcc")), names=tuple("uvwxyz"))
    own = gromov.plot(x, edges=np.array([[0, 1], [2, 3]])).figures[0].disk
    assert own is not None
    assert own.group_names == ("a", "b", "c")
    assert own.texts == tuple("uvwxyz")
    assert own.edges is not None
    assert len(own.edges) == 2
    given = gromov.plot(x, labels=[1, 1, 1, 2, 2, 2], names=list("123456")).figures[0].disk
    assert given is not None
    assert given.group_names == ("1", "2")
    assert given.texts == tuple("123456")
    graph = gromov.plot(tree(branching=2, depth=3)).figures[0].disk
    assert graph is not None
    assert graph.edges is not None
    assert len(graph.edges) == 14


def test_results_and_figures_are_shown_as_they_are() -> None:
    found = gromov.layout(RANDOM.normal(size=(50, 3)))
    assert gromov.plot(found).title == "Map"
    text = gromov.plot(found).html()
    assert "plotly.js" in text
    (figure,) = found.figures()
    assert gromov.plot(figure).figures == (figure,)
    with pytest.raises(InputError, match="single disk"):
        gromov.plot(found).svg()
    with pytest.raises(InputError, match="are for data"):
        gromov.plot(found, projection="tsne")


def test_it_is_saved_whole_or_not_at_all(tmp_path: Path) -> None:
    picture = gromov.plot(Representation(ball_points(20, 2), space=BALL), title="A <b>title</b> & more")
    page = picture.save(tmp_path / "picture.html").read_text(encoding="utf-8")
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; more" in page
    assert "plotly.js" not in page  # a disk needs no plotly, so the page is small
    assert len(page) < 60_000
    assert not re.search(r"(src|href)=[\"']?https?:", page)
    assert page.count("sha256-") == len(re.findall(r"<script>", page)) == 6
    root = ET.parse(picture.save(str(tmp_path / "picture.svg"))).getroot()
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "A <b>title</b> & more"
    assert {path.name for path in tmp_path.iterdir()} == {"picture.html", "picture.svg"}
    with pytest.raises(InputError, match=r"saved as \.html or \.svg"):
        picture.save(tmp_path / "picture.png")
    with pytest.raises(RunFolderError, match="cannot be written"):
        picture.save(tmp_path / "absent" / "picture.svg")


def test_a_notebook_gets_the_page_in_a_frame() -> None:
    picture = gromov.plot(Representation(ball_points(20, 2), space=BALL))
    frame = picture._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert "allow-same-origin" not in frame
    assert frame.count('"') == 8  # the page inside is escaped


def test_the_same_seed_draws_the_same_picture() -> None:
    x = RANDOM.normal(size=(50, 5))
    assert gromov.plot(x, seed=4).html() == gromov.plot(x, seed=4).html()


def test_a_name_is_loaded() -> None:
    picture = gromov.plot("iris", title="Flowers")
    disk = picture.figures[0].disk
    assert disk is not None
    assert disk.group_names == ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize("d", [2, 3])
def test_points_outside_the_ball_are_refused(d: int) -> None:
    x = ball_points(20, d)
    x[7] *= 3 / np.linalg.norm(x[7])
    with pytest.raises(InputError, match="1 of 20 points, the first of them 7, do not lie in PoincareBall"):
        gromov.plot(Representation(x, space=BALL))


def test_it_refuses_what_does_not_fit() -> None:
    x = RANDOM.normal(size=(20, 3))
    for options, message in (
        ({"labels": [1, 2]}, "20 objects but 2 labels"),
        ({"names": ["a"]}, "20 objects but 1 names"),
        ({"edges": np.array([[0, 20]])}, "an edge names point 20"),
        ({"projection": "umap"}, "must be auto, horopca, tsne, tree or none"),
    ):
        with pytest.raises(InputError, match=message):
            gromov.plot(x, **options)
    for projection, message in (("horopca", "hyperbolic space"), ("tree", "needs a graph"), ("none", "hyperbolic plane")):
        with pytest.raises(UnsuitableError, match=message):
            gromov.plot(x, projection=projection)


def test_the_report_and_a_picture_of_flat_points_need_no_torch() -> None:
    code = (
        "import sys, numpy as np, gromov, gromov.report; assert 'torch' not in sys.modules and 'numba' not in sys.modules;"
        "gromov.plot(np.random.default_rng(0).normal(size=(30, 3))).html(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
