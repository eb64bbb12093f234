"""Run folders: everything a run wrote, whole or not at all.

A folder holds config.json from the start, one file for each finished part while the run lasts (so that a killed run resumes), and at the
end arrays.npz, timings.json, environment.json, report.html, summary.md and, last of all, result.json. Every file is written beside its place and
moved there, so no reader ever sees half of one.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from gromov.core.errors import RunFolderError
from gromov.core.serial import Arrays, Tree

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

CONFIG, RESULT, ARRAYS, PARTS = "config.json", "result.json", "arrays.npz", "parts"
LEFT_BEHIND = re.compile(r"\.[a-z]+\.(json|npz|html|md|safetensors|parquet|txt)\.[a-z0-9_]{8}")


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file whole or not at all: to a temporary file beside it, flushed to disk, then moved into place."""
    data = content.encode() if isinstance(content, str) else content
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                _claim(handle)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror or error}") from error


def to_json(tree: object) -> str:
    """JSON with sorted structure left as it is, readable, ending in a newline; NaN is refused (encode has made it null)."""
    return json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def to_npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Compressed npz with the same bytes for the same arrays: no times inside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), part.getvalue(), zipfile.ZIP_DEFLATED, 3)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk.

    Attributes:
        path: The folder.
        identity: Configuration and input of the run; a folder resumes only the same.
        share: Which of several inputs of the run its parts belong to; empty where there is one.
    """

    path: Path
    identity: Tree
    share: str = ""

    @classmethod
    def open(cls, path: Path | None, identity: Tree, *, stem: str, again: bool = False) -> "RunFolder":
        """The run's folder: new, or the same run to be resumed.

        Args:
            path: The folder; None means runs/<stem>-<hash of identity>.
            identity: What makes two runs the same, JSON-ready.
            stem: Start of the default name.
            again: Start another run beside an existing one (<path>-2, -3, …).

        Raises:
            RunFolderError: the folder holds something else, or cannot be made.
        """
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        folder = path or Path("runs") / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', stem).strip('-.')[:60]}-{digest[:8]}"
        try:
            if again:
                folder = _next_free(folder)
            folder.mkdir(parents=True, exist_ok=True)
            found = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
        except OSError as error:
            raise RunFolderError(f"the run folder {folder} cannot be made: {error.strerror or error}") from error
        if (folder / PARTS).is_symlink():
            raise RunFolderError(f"{folder / PARTS} is a symbolic link, and nothing is written through it: remove it")
        for name in (CONFIG, RESULT, ARRAYS):
            if (folder / name).exists() and not (folder / name).is_file():
                raise RunFolderError(f"{folder / name} is not a regular file: remove it, or choose another --out")
        _sweep(folder)
        run = cls(folder, identity)
        if not found:
            write_atomically(folder / CONFIG, to_json(identity))
        elif CONFIG not in found:
            raise RunFolderError(f"{folder} is not empty and holds no run: choose another --out")
        elif _read_json(folder / CONFIG) != identity:
            raise RunFolderError(f"{folder} holds a run with another configuration or input: choose another --out, or --again")
        return run

    def of(self, share: str) -> "RunFolder":
        """The same folder for one of several inputs: its parts are its own, and the result, which is of all inputs, is not."""
        return replace(self, share=share)

    def finished(self) -> Tree | None:
        """The result of the run, if it is complete."""
        path = self.path / RESULT
        if self.share or not path.exists():
            return None
        tree = _read_json(path)
        if not isinstance(tree, dict):
            raise self.damaged()
        return cast(Tree, tree)

    def damaged(self) -> RunFolderError:
        """What to raise where result.json can be read and makes no sense."""
        return RunFolderError(f"the results in {self.path} are damaged: remove {RESULT} from it, and the same command measures again")

    def arrays(self) -> Arrays:
        """The arrays of a complete run."""
        path = self.path / ARRAYS
        return _read_npz(path) if path.exists() else {}

    def part(self, name: str) -> tuple[Tree, Arrays] | None:
        """A part kept earlier, if there is one; a damaged part counts as none."""
        name = self._part_name(name)
        path, arrays = self.path / PARTS / f"{name}.json", self.path / PARTS / f"{name}.npz"
        try:
            if not (path.is_file() and arrays.is_file()):
                return None
            stored = _read_json(path)
            if not isinstance(stored, dict) or stored.get("sha256") != _checksum(stored.get("part"), arrays.read_bytes()):
                return None
            return cast(Tree, stored["part"]), _read_npz(arrays)
        except (OSError, RunFolderError):
            return None

    def keep(self, name: str, tree: Tree, arrays: Arrays) -> None:
        """Keep a finished part, so that a killed run need not do it again."""
        folder, name = self.path / PARTS, self._part_name(name)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise RunFolderError(f"{folder} cannot be made: {error.strerror or error}") from error
        archive = to_npz(arrays)
        write_atomically(folder / f"{name}.npz", archive)
        write_atomically(folder / f"{name}.json", to_json({"sha256": _checksum(tree, archive), "part": tree}))

    def finish(self, files: Mapping[str, bytes | str], result: Tree) -> None:
        """Write the files, then result.json."""
        for name, content in files.items():
            write_atomically(self.path / name, content)
        write_atomically(self.path / RESULT, to_json(result))

    def drop_parts(self) -> None:
        """Remove the parts, once the result holds them all."""
        shutil.rmtree(self.path / PARTS, ignore_errors=True)

    def has_parts(self) -> bool:
        """Whether parts are kept: the run goes on, or something was left out."""
        return (self.path / PARTS).exists()

    def _part_name(self, name: str) -> str:
        return f"{self.share}.{name}" if self.share else name


def _next_free(folder: Path) -> Path:
    count = 2
    candidate = folder
    while candidate.exists() and any(candidate.iterdir()):
        candidate = folder.with_name(f"{folder.name}-{count}")
        count += 1
    return candidate


def _claim(handle: int) -> None:
    """Lock a file that is being written, so that no other run takes it for what a killed one left behind."""
    if fcntl is not None:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sweep(folder: Path) -> None:
    """Remove the temporary files of a run that was killed while it wrote: those nobody holds."""
    for path in folder.iterdir():
        if fcntl is None or not LEFT_BEHIND.fullmatch(path.name) or path.is_symlink() or not path.is_file():
            continue
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _checksum(tree: object, archive: bytes) -> str:
    return hashlib.sha256(json.dumps(tree).encode() + archive).hexdigest()


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} is damaged or cannot be read: {error}") from error


def _read_npz(path: Path) -> Arrays:
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError) as error:
        raise RunFolderError(f"{path} is damaged or cannot be read: {error}") from error
