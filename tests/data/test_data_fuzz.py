"""Damaged files of every format, in child processes: a few in every run, ten thousand in the slow one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz import main


@pytest.mark.parametrize("files", [598, pytest.param(10_000, marks=pytest.mark.slow)])
def test_damaged_files_are_read_or_refused(files: int) -> None:
    rows = list(main(files))
    failures = [failure for row in rows for failure in row["failures"]]  # type: ignore[attr-defined]
    assert not failures, "\n".join(failures[:10])
    assert sum(int(str(row.get("refused", 0))) for row in rows) > files // 3
    assert sum(int(str(row.get("read", 0))) for row in rows) > files // 50
