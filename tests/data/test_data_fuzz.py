"""Damaged files of every format, in child processes: a few in every run, ten thousand in the slow one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz import main, run_together


def test_a_few_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    failures = run_together(624, tmp_path)
    assert not failures, "\n".join(failures[:10])


@pytest.mark.slow
def test_ten_thousand_damaged_files_are_read_or_refused() -> None:
    rows = list(main(10_000))
    failures = [failure for row in rows for failure in row["failures"]]  # type: ignore[attr-defined]
    assert not failures, "\n".join(failures[:10])
    counts = {outcome: sum(int(str(row.get(outcome, 0))) for row in rows) for outcome in ("read", "refused")}
    assert sum(counts.values()) == 10_000
    assert min(counts.values()) > 1_000
