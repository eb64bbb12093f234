"""Small folders laid out as the published sets are."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def draw(path: Path, value: int = 0, *, size: tuple[int, int] = (6, 8), mode: str = "RGB") -> Path:
    """An image of one grey, `size` being height and width."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size[::-1], (value, value, value)).convert(mode).save(path)
    return path


CUB_NAMES = ("001.Albatross", "002.Auklet", "003.Blackbird", "004.Bunting")


def cub(folder: Path) -> Path:
    paths = [f"{name}/{name}_{i}.jpg" for name in CUB_NAMES for i in range(2)]
    for i, path in enumerate(paths):
        draw(folder / "images" / path, i)
    write(folder / "images.txt", "".join(f"{i} {path}\n" for i, path in enumerate(paths, 1)))
    write(folder / "image_class_labels.txt", "".join(f"{i} {(i + 1) // 2}\n" for i in range(1, 9)))
    write(folder / "classes.txt", "".join(f"{i} {name}\n" for i, name in enumerate(CUB_NAMES, 1)))
    return folder


CAR_NAMES = ("AM General Hummer SUV 2000", "Acura RL Sedan 2012", "Audi 100 Wagon 1994", "BMW X3 SUV 2012")


def mat(path: Path, tables: Mapping[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, dict(tables), do_compression=True)
    return path


def annotations(field: str, paths: list[object], classes: list[object]) -> np.ndarray:
    rows = np.zeros((1, len(paths)), dtype=[(field, object), ("bbox_x1", object), ("class", object), ("test", object)])
    for i, (path, code) in enumerate(zip(paths, classes, strict=True)):
        rows[0, i] = (path, 3, code, 0)
    return rows


def names_of_cars(names: tuple[object, ...] = CAR_NAMES) -> np.ndarray:
    return np.array([[*names]], dtype=object)


def cars(folder: Path) -> Path:
    paths: list[object] = [f"car_ims/{i:06d}.jpg" for i in range(1, 9)]
    for i, path in enumerate(paths):
        draw(folder / str(path), i)
    table = annotations("relative_im_path", paths, [np.uint8(1 + i // 2) for i in range(8)])
    mat(folder / "cars_annos.mat", {"annotations": table, "class_names": names_of_cars()})
    return folder


def cars_devkit(folder: Path) -> Path:
    for part, file in (("cars_train", "cars_train_annos.mat"), ("cars_test", "cars_test_annos_withlabels.mat")):
        paths: list[object] = [f"{i:05d}.jpg" for i in range(1, 5)]
        for i, path in enumerate(paths):
            draw(folder / part / str(path), i)
        mat(folder / "devkit" / file, {"annotations": annotations("fname", paths, [1, 2, 3, 4])})
    mat(folder / "devkit" / "cars_meta.mat", {"class_names": names_of_cars()})
    return folder


SOP_HEADER = "image_id class_id super_class_id path\n"


def sop(folder: Path) -> Path:
    lines = {"train": "", "test": ""}
    for i in range(8):
        kind, part = ("bicycle", "train") if i < 4 else ("toaster", "test")
        path = f"{kind}_final/{i}_0.JPG"
        draw(folder / path, i)
        lines[part] += f"{i + 1} {1 + i // 2} {1 + (kind == 'toaster')} {path}\n"
    write(folder / "Ebay_train.txt", SOP_HEADER + lines["train"])
    write(folder / "Ebay_test.txt", SOP_HEADER + lines["test"])
    return folder


def in_shop(folder: Path, images: str = "") -> Path:
    rows: list[str] = []
    for item, (kind, parts) in enumerate((("WOMEN/Dresses", ("train", "train")), ("MEN/Denim", ("query", "gallery", "gallery"))), 1):
        for i, part in enumerate(parts):
            path = f"img/{kind}/id_{item:08d}/0{i}_front.jpg"
            draw(folder / images / path, 10 * item + i)
            rows.append(f"{path}     id_{item:08d}   {part}")
    write(folder / "Eval" / "list_eval_partition.txt", "\n".join((str(len(rows)), "image_name item_id evaluation_status", *rows)) + "\n")
    return folder


def mini_imagenet(folder: Path) -> Path:
    for place, (name, label) in enumerate((("train", "n01532829"), ("val", "n01855672"), ("test", "n01930112"))):
        files = [f"{label}0000000{i}.jpg" for i in range(2)]
        for i, file in enumerate(files):
            draw(folder / "images" / file, 10 * place + i)
        write(folder / f"{name}.csv", "filename,label\n" + "".join(f"{file},{label}\n" for file in files))
    return folder


def omniglot(folder: Path, parts: tuple[str, ...] = ("images_background", "images_evaluation")) -> Path:
    for place, part in enumerate(parts):
        for alphabet in ("Greek", "Latin") if place == 0 else ("Tengwar",):
            for character in (1, 2):
                for drawer in (1, 2):
                    draw(folder / part / alphabet / f"character{character:02d}" / f"{place}{character}_{drawer:02d}.png", 255, mode="1")
    return folder


def folders(folder: Path, *paths: str) -> Path:
    for i, path in enumerate(paths):
        draw(folder / path, i)
    return folder
