"""A hundred runs of `gromov measure` killed at random moments by SIGKILL, SIGTERM and SIGINT, and run again: are the bytes the same?

    python benchmarks/bench_kills.py --kills 100

Fails where one is not, where a process lives on, or where a file is left that should not be there.
"""

from timing import write

import argparse
import collections
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "verbs"))

from kills import SIGNALS, Killed, kills


def row(name: str, done: list[Killed]) -> dict[str, object]:
    """Counts over the kills of one signal, or of all."""
    return {
        "signal": name,
        "kills": len(done),
        "failures": [f"{each.signal} after {each.moment:.2f} s: {failure}" for each in done for failure in each.failures],
        "exit_codes": dict(collections.Counter(str(each.code) for each in done)),
        "with_instruments_kept": sum(each.parts > 0 for each in done),
        "while_a_file_was_written": sum(each.temporary > 0 for each in done),
        "latest_s": round(max(each.moment for each in done), 2),
    }


def main(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        done: list[Killed] = []
        for each in kills(Path(folder) / "runs", count):
            done.append(each)
            print(len(done), each, file=sys.stderr, flush=True)
    rows = [row("all", done), *(row(each.name, [kill for kill in done if kill.signal == each.name]) for each in SIGNALS)]
    write("kills", rows)
    return sum(bool(each.failures) for each in done)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    sys.exit(bool(main(parser.parse_args().kills)))
