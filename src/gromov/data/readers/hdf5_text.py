"""Texts of any length out of an HDF5 file, in a process of their own: a damaged heap of texts makes the HDF5 library loop for ever.

Run as `python hdf5_text.py FILE DATASET`; prints a JSON list. It imports nothing of gromov, so it starts fast.
"""

import json
import sys


def main(path: str, name: str) -> None:
    """Print the texts of a dataset."""
    import h5py

    with h5py.File(path, "r") as stored:
        dataset = stored[name]
        assert isinstance(dataset, h5py.Dataset)
        values = dataset[()]
    json.dump([value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:3])
