"""Each published layout, read from a small folder of the same form."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from image_set_folders import CAR_NAMES, CUB_NAMES, cars, cars_devkit, cub, draw, folders, in_shop, mini_imagenet, omniglot, sop

from gromov.core import InputError
from gromov.data.image_sets import ImageSet, decode_images, find_layout, read_image_set

TWICE_HALF = ("train",) * 4 + ("test",) * 4


def values(found: ImageSet) -> list[int]:
    return [int(value) for value in decode_images(found.files, (1, 1), colours=1).ravel()]


def test_cub_trains_on_the_first_half_of_the_classes(tmp_path: Path) -> None:
    found = read_image_set(cub(tmp_path / "CUB_200_2011"))
    assert (found.name, found.layout, found.groups, found.inverted) == ("CUB_200_2011", "cub", None, False)
    assert found.classes == tuple(name for name in CUB_NAMES for _ in range(2))
    assert found.parts == TWICE_HALF
    assert found.notes == ("CUB-200-2011: the first 2 of 4 classes are trained on, the others tested",)
    assert values(found) == list(range(8))


def test_cub_of_two_hundred_classes_trains_on_one_hundred(tmp_path: Path) -> None:
    names = [f"{i:03d}.Bird" for i in range(1, 201)]
    for name in names:
        draw(tmp_path / "images" / name / "a.png")
    (tmp_path / "images.txt").write_text("".join(f"{i} {name}/a.png\n" for i, name in enumerate(names, 1)))
    (tmp_path / "image_class_labels.txt").write_text("".join(f"{i} {i}\n" for i in range(1, 201)))
    (tmp_path / "classes.txt").write_text("".join(f"{i} {name}\n" for i, name in enumerate(names, 1)))
    found = read_image_set(tmp_path)
    assert found.parts == ("train",) * 100 + ("test",) * 100


@pytest.mark.parametrize("lay", [cars, cars_devkit])
def test_cars_trains_on_the_first_half_of_the_classes(tmp_path: Path, lay: Callable[[Path], Path]) -> None:
    found = read_image_set(lay(tmp_path))
    assert (found.layout, found.groups) == ("cars", None)
    assert sorted(found.classes) == sorted(name for name in CAR_NAMES for _ in range(2))
    assert found.parts is not None
    assert {(label, part) for label, part in zip(found.classes, found.parts, strict=True)} == {
        (name, "train" if i < 2 else "test") for i, name in enumerate(CAR_NAMES)
    }
    assert values(found) == (list(range(8)) if lay is cars else [*range(4), *range(4)])


def test_cars_without_names_of_classes_have_numbers(tmp_path: Path) -> None:
    (cars_devkit(tmp_path) / "devkit" / "cars_meta.mat").unlink()
    assert read_image_set(tmp_path).classes == ("1", "2", "3", "4") * 2


def test_stanford_online_products_have_kinds(tmp_path: Path) -> None:
    found = read_image_set(sop(tmp_path))
    assert (found.layout, found.parts) == ("sop", TWICE_HALF)
    assert found.groups == ("bicycle",) * 4 + ("toaster",) * 4
    assert found.classes == ("1", "1", "2", "2", "3", "3", "4", "4")
    assert values(found) == list(range(8))


@pytest.mark.parametrize("images", ["", "Img"])
def test_in_shop_has_queries_and_a_gallery(tmp_path: Path, images: str) -> None:
    found = read_image_set(in_shop(tmp_path, images))
    assert found.layout == "in-shop"
    assert found.parts == ("train", "train", "query", "gallery", "gallery")
    assert found.groups == ("Dresses", "Dresses", "Denim", "Denim", "Denim")
    assert found.classes[-1] == "id_00000002"
    assert values(found) == [10, 11, 20, 21, 22]


def test_mini_imagenet_has_three_parts(tmp_path: Path) -> None:
    found = read_image_set(mini_imagenet(tmp_path))
    assert (found.layout, found.groups) == ("mini-imagenet", None)
    assert found.parts == ("train",) * 2 + ("validation",) * 2 + ("test",) * 2
    assert values(found) == [0, 1, 10, 11, 20, 21]


def test_omniglot_has_alphabets_and_dark_ink(tmp_path: Path) -> None:
    found = read_image_set(omniglot(tmp_path))
    assert (found.layout, found.inverted) == ("omniglot", True)
    assert found.parts == ("train",) * 8 + ("test",) * 4
    assert found.groups == ("Greek",) * 4 + ("Latin",) * 4 + ("Tengwar",) * 4
    assert found.classes[:3] == ("Greek/character01", "Greek/character01", "Greek/character02")
    assert len(set(found.classes)) == 6
    paper = decode_images(found.files, None, colours=1, inverted=found.inverted)
    assert not paper.any()


def test_alphabets_alone_are_omniglot_without_parts(tmp_path: Path) -> None:
    found = read_image_set(omniglot(tmp_path, ("",)))
    assert (found.layout, found.parts, set(found.groups or ())) == ("omniglot", None, {"Greek", "Latin"})
    assert read_image_set(omniglot(tmp_path / "one", ("images_background",))).parts == ("train",) * 8


@pytest.mark.parametrize(
    ("paths", "classes", "groups", "parts"),
    [
        (("a/1.png", "b/1.png"), ("a", "b"), None, None),
        (("x/a/1.png", "y/a/1.png"), ("x/a", "y/a"), ("x", "y"), None),
        (("test/a/1.png", "train/a/1.png", "val/b/1.png"), ("a", "a", "b"), None, ("test", "train", "validation")),
        (("test/x/a/1.png", "train/y/b/1.png"), ("x/a", "y/b"), ("x", "y"), ("test", "train")),
        (("car/1.png", "train/1.png"), ("car", "train"), None, None),  # a class may be called train
    ],
)
def test_folders(
    tmp_path: Path, paths: tuple[str, ...], classes: tuple[str, ...], groups: tuple[str, ...] | None, parts: tuple[str, ...] | None
) -> None:
    (folders(tmp_path, *paths) / "README.txt").write_text("no image")
    draw(tmp_path / ".hidden" / "1.png")
    found = read_image_set(tmp_path)
    assert (found.layout, found.classes, found.groups, found.parts) == ("folders", classes, groups, parts)
    assert values(found) == list(range(len(paths)))


def test_the_digest_follows_names_classes_parts_and_contents(tmp_path: Path) -> None:
    first = read_image_set(folders(tmp_path / "1", "a/1.png", "b/1.png")).sha256
    assert read_image_set(folders(tmp_path / "2", "a/1.png", "b/1.png")).sha256 == first
    others = {
        read_image_set(folders(tmp_path / "3", "a/2.png", "b/1.png")).sha256,
        read_image_set(folders(tmp_path / "4", "b/1.png", "a/1.png")).sha256,
        read_image_set(folders(tmp_path / "5", "train/a/1.png", "train/b/1.png")).sha256,
        read_image_set(folders(tmp_path / "6", "test/a/1.png", "test/b/1.png")).sha256,
    }
    assert len(others | {first}) == 5


def test_what_is_no_set_of_images(tmp_path: Path) -> None:
    assert find_layout(tmp_path / "nowhere") is None
    assert find_layout(tmp_path) is None
    draw(tmp_path / "alone.png")
    assert find_layout(tmp_path) is None
    for path, words in ((tmp_path, "no set of images by class"), (tmp_path / "alone.png", "is a file"), (tmp_path / "no", "no folder")):
        with pytest.raises(InputError, match=words):
            read_image_set(path)


def test_a_set_has_one_class_for_each_image() -> None:
    with pytest.raises(InputError, match="2 images but 1 classes"):
        ImageSet("x", "folders", (Path("a"), Path("b")), ("a",), None, None, "", ())


def test_classes_can_be_counted_by_numpy(tmp_path: Path) -> None:
    found = read_image_set(sop(tmp_path))
    assert np.unique(found.classes, return_counts=True)[1].tolist() == [2, 2, 2, 2]
