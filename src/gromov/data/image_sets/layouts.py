"""Which of the published layouts a folder has."""

from collections.abc import Callable
from pathlib import Path

from gromov.core import InputError
from gromov.data.image_sets.cars import is_cars, read_cars
from gromov.data.image_sets.folders import is_folders, is_omniglot, read_folders, read_omniglot
from gromov.data.image_sets.image_set import OMNIGLOT, ImageSet
from gromov.data.image_sets.retrieval import MINI_LISTS, SOP_LISTS, in_shop_list, read_cub, read_in_shop, read_mini_imagenet, read_sop
from gromov.data.readers.file import sentences


def _is_cub(folder: Path) -> bool:
    return (folder / "images.txt").is_file() and (folder / "image_class_labels.txt").is_file()


def _is_sop(folder: Path) -> bool:
    return any((folder / name).is_file() for name in SOP_LISTS.values())


def _is_in_shop(folder: Path) -> bool:
    return in_shop_list(folder) is not None


def _is_mini_imagenet(folder: Path) -> bool:
    return (folder / "images").is_dir() and any((folder / name).is_file() for name in MINI_LISTS.values())


LAYOUTS: dict[str, tuple[Callable[[Path], bool], Callable[[Path], ImageSet]]] = {
    "cub": (_is_cub, read_cub),
    "cars": (is_cars, read_cars),
    "sop": (_is_sop, read_sop),
    "in-shop": (_is_in_shop, read_in_shop),
    "mini-imagenet": (_is_mini_imagenet, read_mini_imagenet),
    OMNIGLOT: (is_omniglot, read_omniglot),
    "folders": (is_folders, read_folders),
}


def find_layout(folder: Path) -> str | None:
    """The layout of a folder by the names in it: `cub`, `cars`, `sop`, `in-shop`, `mini-imagenet`, `omniglot`, `folders`; None for no such folder.

    Cost: a few names are looked up; without lists, the folder is walked until an image is found.

    Raises:
        InputError: the folder may not be read.
    """
    if not folder.is_dir():
        return None
    with sentences(str(folder)):
        return next((layout for layout, (fits, _) in LAYOUTS.items() if fits(folder)), None)


def read_image_set(folder: Path) -> ImageSet:
    """The images of a folder by class, group and part, in whichever published layout; none is decoded.

    Cost: every listed image is read once from disk for the digest.

    Raises:
        InputError: there is no such folder; it has none of the layouts; a list is empty, malformed, of another length than it says, or names an image
            that is absent, named twice or out of the folder.
    """
    if not folder.exists():
        raise InputError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file: name the folder of an unpacked set of images")
    layout = find_layout(folder)
    if layout is None:
        raise InputError(
            f"{folder} is no set of images by class: it has neither the lists of CUB-200-2011, Cars-196, Stanford Online Products, In-Shop or "
            "miniImageNet nor folders of images (class/image, superclass/class/image, train/class/image)"
        )
    return LAYOUTS[layout][1](folder)
