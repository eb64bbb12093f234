"""Everything shown runs: the Python blocks of README, CONTRIBUTING and docs/, and the files of examples/."""

import re
import runpy
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

import gromov
from gromov.cli.main import app
from gromov.data import datasets
from gromov.report import print_summary
from gromov.verbs import INSTRUMENTS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
FENCE = re.compile(r"^(?P<indent> *)```python[^\n]*\n(?P<code>.*?)^(?P=indent)```\s*$", flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One Python block of a page and the line it begins on."""

    code: str
    line: int


def python_blocks(text: str) -> Iterator[Block]:
    """The Python blocks of a page, in order, without their indentation."""
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        code = "".join(line[indent:] or "\n" for line in match["code"].splitlines(keepends=True))
        yield Block(code, text.count("\n", 0, match.start("code")))


def run_page(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a page's blocks in one namespace, then the tests they define; a failure points at the page's own line."""
    module = types.ModuleType(f"page_{path.stem.replace('-', '_').lower()}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in python_blocks(path.read_text(encoding="utf-8")):
        code = compile("\n" * block.line + block.code, str(path), "exec")
        exec(code, module.__dict__)
    for name, item in list(vars(module).items()):
        if name.startswith("test_") and callable(item):
            item()


WITH_CODE = [path for path in PAGES if path.exists() and any(python_blocks(path.read_text(encoding="utf-8")))]


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_page(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(path, monkeypatch)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = runpy.run_path(str(path)).get("SETS", ())
    if absent := [each.name for each in datasets() if each.name in needed and not each.available()]:
        pytest.skip(f"the files of {', '.join(absent)} are not here")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    runpy.run_path(str(path), run_name="__main__")


@pytest.mark.parametrize("path", [path for path in EXAMPLES if '"--quick"' in path.read_text(encoding="utf-8")], ids=lambda path: path.name)
def test_an_example_with_data_says_which(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = {each.name for each in datasets()}
    assert set(runpy.run_path(str(path))["SETS"]) <= named
    monkeypatch.setenv("GROMOV_DATA", str(tmp_path))
    monkeypatch.setenv("GROMOV_CACHE", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(path), "--quick"])
    with pytest.raises(gromov.InputError, match="are not here"):
        runpy.run_path(str(path), run_name="__main__")


def test_the_pages_that_must_show_code_do() -> None:
    shown = {str(path.relative_to(ROOT)) for path in WITH_CODE}
    wanted = {"README.md", "CONTRIBUTING.md", "docs/getting-started.md", "docs/formats.md", "docs/data.md", "docs/compare.md"}
    wanted |= {f"docs/instruments/{name}.md" for name in INSTRUMENTS}
    assert wanted <= shown


def test_every_option_is_documented() -> None:
    commands = [typer.main.get_command(app).commands[verb] for verb in ("measure", "compare")]  # pyright: ignore[reportAttributeAccessIssue]
    options = {name for command in commands for parameter in command.params for name in parameter.opts if name.startswith("--")}
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert {"--json", "--fail-if"} < options
    assert not {name for name in options if f"`{name}" not in page}


def test_every_named_set_is_documented() -> None:
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    missing = [f"| `{each.name}` | {each.kind} | {each.title}" for each in datasets() if f"| `{each.name}` | {each.kind} |" not in page]
    assert not missing, "docs/data.md lacks these rows:\n" + "\n".join(missing)


def test_the_pages_name_no_machine() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (*PAGES, *EXAMPLES)}
    forbidden = re.compile(r"/home/|/root/|/tmp/")
    assert not {name: match[0] for name, text in texts.items() if (match := forbidden.search(text))}


@pytest.mark.slow
def test_the_terminal_in_the_readme_is_a_real_one(tmp_path: Path) -> None:
    with (tmp_path / "said").open("w", encoding="utf-8") as said:
        print_summary(gromov.measure("digits", seed=0).page(), file=said, out=None)
    real = " ".join((tmp_path / "said").read_text(encoding="utf-8").split())
    excerpt = re.search(r"```text\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert excerpt
    parts = [" ".join(part.split()) for line in excerpt[1].split("\n   ") for part in line.split("…")]
    assert not [part for part in parts if part not in real and not part.startswith(("Report", "runs/", "/report"))]


def test_indented_blocks_are_found_with_their_lines() -> None:
    text = "# Title\n\n```python\na = 1\n```\n\n- item\n\n    ```python\n    if a:\n        b = 2\n\n    ```\n\n```console\n$ no\n```\n"
    assert list(python_blocks(text)) == [Block("a = 1\n", 3), Block("if a:\n    b = 2\n\n", 9)]


def test_a_page_that_lies_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n\n```python\ndef test_x():\n    assert x == 2\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        run_page(page, monkeypatch)
