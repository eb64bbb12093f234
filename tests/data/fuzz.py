"""Damaged files of every format: a representation, or one of our errors; no crash, no write elsewhere, no flood of memory.

    python tests/data/fuzz.py --files 10000

runs the readers in child processes, so that a crash is a result and not the end.
"""

import argparse
import collections
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from fuzz_seeds import SEEDS, SLOW, make

ADDRESS_SPACE = 12 * 10**9
SECONDS_A_FILE = 20
MOST_GROWTH_KB = 1_500_000
LENGTHS = [2**31 - 1, 2**32 - 1, 2**31, 2**40, 2**62, 2**63, 2**64 - 1, 10**12, 0]


def tell(**record: object) -> None:
    """One line to the parent, or to whoever runs this."""
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def mutated(content: bytes, other: bytes, random: np.random.Generator) -> bytes:
    """Flips, cuts, splices, edits of the first and the last bytes, and length fields blown up."""
    raw = bytearray(content)
    for _ in range(1 if random.random() < 0.5 else int(random.integers(2, 6))):
        if not raw:
            break
        reach = len(raw) if random.random() < 0.4 else min(len(raw), 160)
        place = int(random.integers(reach)) if random.random() < 0.6 else max(0, len(raw) - 1 - int(random.integers(reach)))
        match int(random.integers(9)):
            case 0:
                raw[place] = int(random.integers(256))
            case 1:
                raw[place] ^= 1 << int(random.integers(8))
            case 2:
                del raw[place : place + int(random.integers(1, 20))]
            case 3:
                raw[place:place] = random.integers(0, 256, int(random.integers(1, 9)), dtype=np.uint8).tobytes()
            case 4:
                start = int(random.integers(max(1, len(other))))
                raw[place : place + int(random.integers(1, 64))] = other[start : start + int(random.integers(1, 64))]
            case 5:
                raw[place : place + 8] = int(random.choice(np.array(LENGTHS, dtype=np.uint64))).to_bytes(8, "little")
            case 6:
                raw[place : place + 4] = (int(random.choice(np.array(LENGTHS, dtype=np.uint64))) & (2**32 - 1)).to_bytes(4, "big")
            case 7:
                raw[place : place + 1] = random.choice(np.frombuffer(b"0123456789,'(){}[]L<>|O:- \n", np.uint8), 2).tobytes()
            case _:
                if random.random() < 0.2:
                    del raw[place:]
    return bytes(raw)


def child(reader: str, first: int, last: int, folder: Path) -> None:
    """Files `first` … `last` of one reader; a line before and after each, so that the parent knows where a crash was."""
    warnings.simplefilter("error")
    sys.dont_write_bytecode = True
    made = folder / "made" / reader
    seed = make(reader, made)
    strays: list[str] = []

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike) and isinstance(arguments[2], int):
            path = os.fsdecode(arguments[0])
            if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and not path.startswith((str(folder), os.devnull)):
                strays.append(path)

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    good = attempt(seed.source, seed.options)
    if good != "read":
        tell(end=-1, outcome=f"the good file is not read: {good}", seconds=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.addaudithook(watch)
    others = [path.read_bytes() for path in sorted(made.rglob("*")) if path.is_file()]
    contents = [path.read_bytes() for path in seed.targets]
    for index in range(first, last):
        tell(start=index)
        random = np.random.default_rng([sum(reader.encode()), index])
        which = index % len(contents)
        seed.targets[which].write_bytes(mutated(contents[which], others[int(random.integers(len(others)))], random))
        signal.alarm(SECONDS_A_FILE)
        start = time.monotonic()
        outcome = attempt(seed.source, seed.options)
        signal.alarm(0)
        seed.targets[which].write_bytes(contents[which])
        tell(end=index, outcome=outcome, seconds=time.monotonic() - start)
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    tell(strays=sorted(set(strays)), growth=growth)


def attempt(source: Path, options: dict[str, object]) -> str:
    """`read`, `refused`, or what went wrong."""
    from gromov.core import DataWarning, GromovError, Representation
    from gromov.data import load

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            data = load(source, **options)  # type: ignore[arg-type]
            text = data.names
    except GromovError as error:
        return "refused" if "\n" not in str(error) else f"several lines: {error!r}"
    except BaseException as error:  # noqa: BLE001 - anything else is what is looked for
        import traceback

        return f"{error!r} at {traceback.format_exc().splitlines()[-3:]}"
    return "read" if isinstance(data, Representation) and data.n >= 4 and (text is None or len(text) == data.n) else "no representation"


def run_together(files: int, folder: Path) -> list[str]:
    """What went wrong over all readers in one child: fewer starts, for the tests of every day."""
    share = files // len(SEEDS)
    command = [sys.executable, __file__, "--child", ",".join(SEEDS), "0", str(share), str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = [(record["end"], record["outcome"]) for record in records if "outcome" in record]
    failures = [f"{end}: {outcome}" for end, outcome in outcomes if outcome not in ("read", "refused")]
    failures += [stray for record in records for stray in record.get("strays", ())]
    if done.returncode or len(outcomes) < share * (len(SEEDS) - len(SLOW)):
        failures.append(f"the process ended with {done.returncode} after {len(outcomes)} files: {done.stderr[-500:]}")
    return failures


def run(reader: str, files: int, folder: Path) -> dict[str, object]:
    """Counts of one reader over fresh children: another after each crash."""
    counts: collections.Counter[str] = collections.Counter()
    failures: list[str] = []
    slowest, growth, first = 0.0, 0, 0
    while first < files:
        work = folder / f"{reader}-{first}"
        cwd = work / "cwd"
        cwd.mkdir(parents=True)
        environment = os.environ | {"HOME": str(cwd), "OMP_NUM_THREADS": "1", "TMPDIR": str(work)}
        command = [sys.executable, __file__, "--child", reader, str(first), str(files), str(work)]
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        started, finished = first, False
        for line in done.stdout.splitlines():
            record = json.loads(line)
            started = record.get("start", started)
            if "outcome" in record:
                outcome = record["outcome"]
                counts[outcome if outcome in ("read", "refused") else "wrong"] += 1
                slowest = max(slowest, record["seconds"])
                if outcome not in ("read", "refused"):
                    failures.append(f"{reader} {record['end']}: {outcome}")
            if "growth" in record:
                finished, growth = True, max(growth, record["growth"])
                failures += [f"{reader} wrote {stray}" for stray in record["strays"]]
        failures += [f"{reader} left {path.name} in the working folder" for path in cwd.iterdir()]
        if finished:
            break
        counts["crashed"] += 1
        failures.append(f"{reader} {started}: the process ended with {done.returncode}: {done.stderr[-500:]}")
        first = started + 1
    if growth > MOST_GROWTH_KB:
        failures.append(f"{reader} grew by {growth} kB")
    return {"reader": reader, **counts, "slowest_s": round(slowest, 3), "growth_mb": growth // 1000, "failures": failures}


def main(files: int, readers: list[str] | None = None) -> Iterator[dict[str, object]]:
    """Counts of every reader, with `files` files over all of them."""
    names = readers or list(SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        left = files
        for position, reader in enumerate(names):
            share = min(left, files // len(names) // 10 + 1) if reader in SLOW and readers is None else left // (len(names) - position)
            left -= share
            yield run(reader, share, Path(folder))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        for each in sys.argv[2].split(","):
            share = int(sys.argv[4])
            child(each, int(sys.argv[3]), share if each not in SLOW or "," not in sys.argv[2] else min(share, 3), Path(sys.argv[5]))
        sys.exit()
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--readers", nargs="*")
    asked = parser.parse_args()
    wrong = 0
    for row in main(asked.files, asked.readers):
        tell(**row)
        wrong += len(row["failures"])  # type: ignore[arg-type]
    sys.exit(bool(wrong))
