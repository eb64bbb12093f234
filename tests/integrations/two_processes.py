"""Two processes that meet in a file, as torch.distributed has it."""

import json
import subprocess
import sys
from pathlib import Path


def run_two(worker: str, meeting: Path) -> list[dict[str, list[float]]]:
    """What two processes print, each as JSON on its last line."""
    here = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {here!r})\n{worker}"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen([sys.executable, "-c", code, str(rank), str(meeting)], **pipes) for rank in range(2)]  # pyright: ignore[reportCallIssue, reportArgumentType]
    said = [process.communicate(timeout=240) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    return [json.loads(out.splitlines()[-1]) for out, _ in said]
