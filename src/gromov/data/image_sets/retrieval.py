"""Sets for retrieval whose lists are texts: CUB-200-2011, Stanford Online Products, In-Shop, and miniImageNet for few-shot learning."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from gromov.core import InputError
from gromov.data.image_sets.image_set import Entry, ImageSet, assemble, counted
from gromov.data.image_sets.lists import Places, numbered, rows, whole_number
from gromov.data.readers.file import File

SOP_LISTS = {"train": "Ebay_train.txt", "test": "Ebay_test.txt"}
MINI_LISTS = {"train": "train.csv", "validation": "val.csv", "test": "test.csv"}
IN_SHOP_PARTS = ("train", "query", "gallery")


def halves(names: Sequence[str], title: str) -> tuple[dict[str, str], str]:
    """Part of each class where the first half is trained on and the other tested, and the note that says so.

    Raises:
        InputError: there are fewer than two classes.
    """
    if len(names) < 2:
        raise InputError(f"{title} has {counted(len(names), 'class', 'classes')}: one to train on and another to test are needed")
    first = len(names) // 2
    parts = {name: "train" if place < first else "test" for place, name in enumerate(names)}
    return parts, f"{title}: the first {first} of {len(names)} classes are trained on, the others tested"


def read_cub(folder: Path) -> ImageSet:
    """CUB-200-2011 as published: `images.txt`, `image_class_labels.txt`, `classes.txt`, `images/`.

    The first half of the classes is trained on (100 of 200), the other tested: the protocol of retrieval of classes never seen.

    Raises:
        InputError: a list is malformed or names what is not there.

    References:
        Wah et al. 2011, The Caltech-UCSD Birds-200-2011 Dataset. Song et al. 2016, arXiv:1511.06452 (the protocol).
    """
    listed, labelled = folder / "images.txt", folder / "image_class_labels.txt"
    names = _classes(folder / "classes.txt")
    images, labels = numbered(listed, "id path"), numbered(labelled, "id class")
    for missing in sorted(images.keys() - labels.keys())[:1]:
        raise InputError(f"{labelled} has no class for image {missing} ({listed}, line {images[missing][0]}): fetch the lists again")
    for missing in sorted(labels.keys() - images.keys())[:1]:
        raise InputError(f"{labelled}, line {labels[missing][0]}: {listed} has no image {missing}: fetch the lists again")
    parts, note = halves([names[key] for key in sorted(names)], "CUB-200-2011")
    places = Places(folder, ("images/",))
    entries: list[Entry] = []
    for key in sorted(images):
        (line, path), (where, label) = images[key], labels[key]
        code = whole_number(labelled, where, label)
        if code not in names:
            raise InputError(f"{labelled}, line {where}: {folder / 'classes.txt'} has no class {code}: fetch the lists again")
        entries.append(Entry(path, names[code], part=parts[names[code]], inside=places.start(listed, line, path)))
    return assemble(folder, "cub", entries, (note,))


def _classes(path: Path) -> Mapping[int, str]:
    found = {key: name for key, (_, name) in numbered(path, "id name").items()}
    if len(set(found.values())) < len(found):
        twice = next(name for name in found.values() if list(found.values()).count(name) > 1)
        raise InputError(f"{path} calls two classes {twice!r}: each needs a name of its own")
    return found


def read_sop(folder: Path) -> ImageSet:
    """Stanford Online Products as published: `Ebay_train.txt`, `Ebay_test.txt`, and a folder of images for each kind of product.

    Raises:
        InputError: a list is absent, malformed or names what is not there.

    References:
        Song et al. 2016, Deep Metric Learning via Lifted Structured Feature Embedding, arXiv:1511.06452.
    """
    places = Places(folder)
    entries: list[Entry] = []
    for part, name in SOP_LISTS.items():
        listed = folder / name
        for line, (image, product, kind, path) in rows(listed, "image_id class_id super_class_id path", header=True):
            for text in (image, product, kind):
                whole_number(listed, line, text)
            start = places.start(listed, line, path)
            group = path.partition("/")[0].removesuffix("_final") if "/" in path else kind
            entries.append(Entry(path, product, group, part, start))
    train, test = ({each.label for each in entries if each.part == part} for part in SOP_LISTS)
    note = f"Stanford Online Products: {len(train):,} classes are trained on, {len(test):,} tested"
    return assemble(folder, "sop", entries, (note,))


def in_shop_list(folder: Path) -> Path | None:
    """The list of In-Shop in a folder, if there is one."""
    name = "list_eval_partition.txt"
    return next((path for path in (folder / "Eval" / name, folder / name) if path.is_file()), None)


def read_in_shop(folder: Path) -> ImageSet:
    """In-Shop Clothes Retrieval (DeepFashion): `Eval/list_eval_partition.txt` and `img/`, which may lie in `Img/`.

    The images of the part `query` are looked for among those of `gallery`.

    Raises:
        InputError: the list is malformed, has another length than it says, or names what is not there.

    References:
        Liu et al. 2016, DeepFashion: Powering Robust Clothes Recognition and Retrieval with Rich Annotations, CVPR.
    """
    listed = in_shop_list(folder)
    if listed is None:
        raise InputError(f"{folder} has no Eval/list_eval_partition.txt: fetch the set again")
    with File(listed).text() as lines:
        said = whole_number(listed, 1, lines.readline().strip())
    places = Places(folder, ("", "Img/"))
    entries: list[Entry] = []
    awaited = ["image_name", "item_id", "evaluation_status"]
    for line, fields in _in_shop_rows(listed):
        if line == 2:
            if fields != awaited:
                raise InputError(f"{listed}, line 2: it must be {' '.join(awaited)!r}: fetch the list again")
            continue
        path, item, part = fields
        if part not in IN_SHOP_PARTS:
            raise InputError(f"{listed}, line {line}: {part!r} is no part: it must be one of {', '.join(IN_SHOP_PARTS)}")
        start, above = places.start(listed, line, path), path.split("/")[1:-1]
        if len(above) < 2:
            raise InputError(
                f"{listed}, line {line}: {path!r} is not in the folder of a category (img/WOMEN/Dresses/…): fetch the list again"
            )
        entries.append(Entry(path, item, above[1], part, start))
    if len(entries) != said:
        raise InputError(f"{listed}, line 1: it says {said} images and the list has {len(entries)}: fetch the list again")
    counts = ", ".join(f"{sum(each.part == part for each in entries):,} {part}" for part in IN_SHOP_PARTS)
    return assemble(folder, "in-shop", entries, (f"In-Shop: {counts}; queries are looked for in the gallery",))


def _in_shop_rows(listed: Path) -> list[tuple[int, list[str]]]:
    """The lines after the first, which is only a number."""
    found: list[tuple[int, list[str]]] = []
    with File(listed).text() as lines:
        for number, line in enumerate(lines, 1):
            fields = line.split()
            if number == 1 or not fields:
                continue
            if len(fields) != 3:
                raise InputError(f"{listed}, line {number}: {line.strip()[:80]!r} is not 'image_name item_id evaluation_status'")
            found.append((number, fields))
    return found


def read_mini_imagenet(folder: Path) -> ImageSet:
    """MiniImageNet with the lists of Ravi and Larochelle: `train.csv`, `val.csv`, `test.csv`, `images/`.

    Raises:
        InputError: a list is absent, malformed or names what is not there; a class stands in two of them.

    References:
        Vinyals et al. 2016, arXiv:1606.04080. Ravi and Larochelle 2017, Optimization as a Model for Few-Shot Learning, ICLR.
    """
    places = Places(folder, ("images/",))
    entries: list[Entry] = []
    part_of: dict[str, str] = {}
    for part, name in MINI_LISTS.items():
        listed = folder / name
        for line, (path, label) in rows(listed, "filename label", header=True, separator=","):
            if part_of.setdefault(label, part) != part:
                raise InputError(
                    f"{listed}, line {line}: class {label!r} stands in {MINI_LISTS[part_of[label]]} already: each is in one part"
                )
            entries.append(Entry(path, label, part=part, inside=places.start(listed, line, path)))
    counts = ", ".join(f"{list(part_of.values()).count(part)} {part}" for part in MINI_LISTS)
    return assemble(folder, "mini-imagenet", entries, (f"miniImageNet: classes by part: {counts}",))
