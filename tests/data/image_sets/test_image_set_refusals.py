"""Lists and folders that are not what they should be: each ends in a sentence that names the file and the line."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from image_set_folders import (
    CAR_NAMES,
    SOP_HEADER,
    annotations,
    cars,
    cars_devkit,
    cub,
    draw,
    folders,
    in_shop,
    mat,
    mini_imagenet,
    names_of_cars,
    omniglot,
    sop,
)
from scipy.io import savemat

from gromov.core import InputError
from gromov.data.image_sets import read_image_set
from gromov.data.image_sets.mat import MOST_BYTES, read_mat

Lay = Callable[[Path], Path]


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_image_set(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("lay", "file", "old", "new", "said"),
    [
        (cub, "images.txt", "1 001.Albatross/001.Albatross_0.jpg", "1", "images.txt, line 1: '1' is not 'id path'"),
        (cub, "images.txt", "1 001", "one 001", "images.txt, line 1: 'one' is not a whole number"),
        (cub, "images.txt", "2 001", "1 001", "images.txt, line 2: 1 stands in line 1 already"),
        (cub, "images.txt", "Albatross_1", "Albatross_0", "images.txt, line 2: '001.Albatross/001.Albatross_0.jpg' is named by"),
        (cub, "images.txt", "Albatross_1", "Albatross_9", "images.txt, line 2: there is no image"),
        (cub, "images.txt", "1 001.Albatross/", "1 ../", "line 1: '../001.Albatross_0.jpg' leads out of the folder"),
        (cub, "images.txt", "1 001.Albatross/", "1 /etc/", "line 1: '/etc/001.Albatross_0.jpg' leads out of the folder"),
        (cub, "images.txt", "1 001.Albatross/", "1 a\\..\\", "leads out of the folder"),
        (cub, "images.txt", "1 001.Albatross/", "1 C:", "leads out of the folder"),
        (cub, "images.txt", "1 001.Albatross/", f"1 {'x' * 300}", "there is no image"),
        (cub, "images.txt", "1 001.Albatross/", "1 \0", "there is no image"),
        (cub, "images.txt", None, "\n\n", "images.txt names nothing"),
        (cub, "image_class_labels.txt", "8 4\n", "", "image_class_labels.txt has no class for image 8"),
        (cub, "image_class_labels.txt", "8 4\n", "8 4\n9 4\n", "image_class_labels.txt, line 9: "),
        (cub, "image_class_labels.txt", "8 4\n", "8 5\n", "image_class_labels.txt, line 8: "),
        (cub, "classes.txt", "002.Auklet", "001.Albatross", "calls two classes '001.Albatross'"),
        (cub, "classes.txt", None, "1 001.Albatross\n", "has 1 class"),
        (sop, "Ebay_train.txt", SOP_HEADER, "", "Ebay_train.txt, line 1: it must begin with the line"),
        (sop, "Ebay_train.txt", "2 1 1", "2 1", "Ebay_train.txt, line 3: '2 1 bicycle_final/1_0.JPG' is not"),
        (sop, "Ebay_train.txt", "2 1 1", "2 one 1", "Ebay_train.txt, line 3: 'one' is not a whole number"),
        (sop, "Ebay_test.txt", "toaster_final/5", "bicycle_final/1", "Ebay_test.txt, line 3: 'bicycle_final/1_0.JPG' is named by"),
        (sop, "Ebay_test.txt", None, SOP_HEADER, "Ebay_test.txt names nothing"),
        (in_shop, "Eval/list_eval_partition.txt", "5\n", "6\n", "line 1: it says 6 images and the list has 5"),
        (in_shop, "Eval/list_eval_partition.txt", "5\n", "five\n", "line 1: 'five' is not a whole number"),
        (in_shop, "Eval/list_eval_partition.txt", "item_id ", "", "line 2: 'image_name evaluation_status' is not"),
        (in_shop, "Eval/list_eval_partition.txt", "image_name item_id", "item_id image_name", "line 2: it must be"),
        (in_shop, "Eval/list_eval_partition.txt", "query", "probe", "line 5: 'probe' is no part"),
        (in_shop, "Eval/list_eval_partition.txt", None, "0\nimage_name item_id evaluation_status\n", "no images"),
        (mini_imagenet, "val.csv", "filename,label", "name,class", "val.csv, line 1"),
        (mini_imagenet, "val.csv", "0.jpg,n01855672", "0.jpg", "val.csv, line 2: 'n0185567200000000.jpg' is not 'filename,label'"),
        (
            mini_imagenet,
            "test.csv",
            "0.jpg,n01930112",
            "0.jpg,n01532829",
            "test.csv, line 2: class 'n01532829' stands in train.csv already",
        ),
    ],
)
def test_damaged_lists(tmp_path: Path, lay: Lay, file: str, old: str | None, new: str, said: str) -> None:
    path = lay(tmp_path) / file
    text = path.read_text(encoding="utf-8")
    assert old is None or old in text
    path.write_text(new if old is None else text.replace(old, new, 1), encoding="utf-8")
    assert said in refused(tmp_path)


@pytest.mark.parametrize(
    ("lay", "file"),
    [(cub, "classes.txt"), (sop, "Ebay_test.txt"), (mini_imagenet, "val.csv"), (cub, "images/001.Albatross/001.Albatross_0.jpg")],
)
def test_absent_files(tmp_path: Path, lay: Lay, file: str) -> None:
    (lay(tmp_path) / file).unlink()
    said = refused(tmp_path)
    assert file in said
    assert "there is no" in said


def test_lists_that_are_no_text(tmp_path: Path) -> None:
    (cub(tmp_path) / "classes.txt").write_bytes(b"1 \xff\xfe\n")
    assert "not UTF-8" in refused(tmp_path)


# ---- MAT files


def test_annotations_of_another_form(tmp_path: Path) -> None:
    folder = cars(tmp_path)
    listed = folder / "cars_annos.mat"
    path: list[object] = ["car_ims/000001.jpg"]
    for tables, said in (
        ({"class_names": names_of_cars()}, "no variable 'annotations'"),
        ({"annotations": np.eye(3), "class_names": names_of_cars()}, "no fields 'relative_im_path'"),
        ({"annotations": annotations("relative_im_path", [3.0], [1]), "class_names": names_of_cars()}, "entry 1"),
        ({"annotations": annotations("relative_im_path", path, [1.5]), "class_names": names_of_cars()}, "entry 1"),
        ({"annotations": annotations("relative_im_path", path, [float("nan")]), "class_names": names_of_cars()}, "entry 1"),
        ({"annotations": annotations("relative_im_path", path, [5]), "class_names": names_of_cars()}, "class 5 is none of the 4"),
        ({"annotations": annotations("relative_im_path", path, [0]), "class_names": names_of_cars()}, "class 0 is none of the 4"),
        ({"annotations": annotations("relative_im_path", path, [1]), "class_names": np.eye(2)}, "'class_names' must be names"),
        ({"annotations": annotations("relative_im_path", path, [1]), "class_names": names_of_cars(CAR_NAMES[:1] * 2)}, "each its own"),
        ({"annotations": annotations("relative_im_path", ["../x.jpg"], [1]), "class_names": names_of_cars()}, "leads out"),
        ({"annotations": annotations("relative_im_path", ["car_ims/9.jpg"], [1]), "class_names": names_of_cars()}, "no image"),
        ({"annotations": annotations("relative_im_path", path * 2, [1, 2]), "class_names": names_of_cars()}, "is named by"),
    ):
        mat(listed, tables)
        text = refused(folder)
        assert said in text
        assert "cars_annos.mat" in text


def test_mat_files_of_other_versions_are_refused(tmp_path: Path) -> None:
    listed = cars(tmp_path) / "cars_annos.mat"
    listed.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\0" * 384 + b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    assert "version 7.3: save it with save('-v7')" in refused(tmp_path)
    savemat(listed, {"annotations": np.eye(2)}, format="4")
    assert "no MAT file of version 5" in refused(tmp_path)
    listed.write_bytes(b"")
    assert "no MAT file of version 5" in refused(tmp_path)


def test_a_mat_file_that_decompresses_to_much_is_refused(tmp_path: Path) -> None:
    listed = cars(tmp_path) / "cars_annos.mat"
    header = listed.read_bytes()[:128]
    body = zlib.compress(bytes(MOST_BYTES + 2**20), 9)
    listed.write_bytes(header + struct.pack("<II", 15, len(body)) + body)
    assert "more than the 32 MiB" in refused(tmp_path)


def test_a_mat_file_that_claims_many_entries_is_refused(tmp_path: Path) -> None:
    listed = cars(tmp_path) / "cars_annos.mat"
    stored = io.BytesIO()
    savemat(stored, {"annotations": annotations("relative_im_path", ["a"], [1])})
    content = stored.getvalue()
    place = content.index(struct.pack("<iiii", 5, 8, 1, 1))
    listed.write_bytes(content[:place] + struct.pack("<iiii", 5, 8, 2**15, 2**15) + content[place + 16 :])
    assert "1073741824 entries in" in refused(tmp_path)


def test_damaged_mat_files_end_in_a_sentence(tmp_path: Path) -> None:
    listed = cars_devkit(tmp_path) / "devkit" / "cars_train_annos.mat"
    content = listed.read_bytes()
    random = np.random.default_rng(0)
    for size in (1, 127, 128, 130, 140, 200, len(content) - 1):
        listed.write_bytes(content[:size])
        assert "cars_train_annos.mat" in refused(tmp_path)
    for _ in range(60):
        damaged = bytearray(content)
        damaged[int(random.integers(128, len(content)))] ^= int(random.integers(1, 256))
        listed.write_bytes(bytes(damaged))
        assert str(tmp_path) in refused(tmp_path)


# ---- folders


def test_one_list_of_cars_alone_is_no_set_of_cars(tmp_path: Path) -> None:
    (cars_devkit(tmp_path) / "devkit" / "cars_test_annos_withlabels.mat").unlink()
    (tmp_path / "devkit" / "cars_train_annos.mat").unlink()
    assert read_image_set(tmp_path).layout == "folders"


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (("a/1.png", "b/c/1.png"), "b/c/1.png does not lie as deep as a/1.png"),
        (("1.png", "b/1.png"), "1.png is in no folder of a class"),
        (("a/b/c/1.png",), "is in no folder of a class"),
        (("test/1.png", "train/1.png"), "test/1.png is in no folder of a class"),
        (("other/a/1.png", "train/a/1.png"), "holds 'other' beside the part 'train'"),
    ],
)
def test_folders_of_another_form(tmp_path: Path, paths: tuple[str, ...], said: str) -> None:
    assert said in refused(folders(tmp_path, *paths))


def test_omniglot_of_another_form(tmp_path: Path) -> None:
    draw(omniglot(tmp_path) / "images_background" / "Greek" / "stray.png")
    assert "stray.png is not in a folder Alphabet/characterNN" in refused(tmp_path)
    (tmp_path / "empty" / "images_background").mkdir(parents=True)
    assert "holds no images" in refused(tmp_path / "empty")


def test_mat_files_hold_what_was_written(tmp_path: Path) -> None:
    cell = np.empty((1, 3), dtype=object)
    cell[0] = ["Ärger", np.array([[1.5, 2.5]]), np.zeros((0, 0))]
    tables = {"a": cell, "b": np.arange(6, dtype=np.int16).reshape(2, 3), "c": "text", "d": {"x": "y", "z": 3.0}, "unread": 1j}
    for compressed in (False, True):
        savemat(tmp_path / "a.mat", tables, do_compression=compressed)
        found = read_mat(tmp_path / "a.mat", ("a", "b", "c", "d"))
        assert found["c"] == "text"
        a, b, d = found["a"], found["b"], found["d"]
        assert isinstance(a, list)
        assert (a[0], a[1].tolist(), a[2].tolist()) == ("Ärger", [1.5, 2.5], [])
        assert isinstance(b, np.ndarray)
        assert b.tolist() == [0, 3, 1, 4, 2, 5]  # in order of columns, as MATLAB has it
        assert isinstance(d, list)
        assert (d[0]["x"], d[0]["z"].tolist()) == ("y", [3])
