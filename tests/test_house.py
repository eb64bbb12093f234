"""The house rules that no other tool keeps: small files, faces that only re-export, a light import, listed dependencies."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "gromov"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FACES = sorted(PACKAGE.glob("*/__init__.py"))
MOST_LINES = 400
HEAVY = ("torch", "numba", "faiss", "sklearn", "pandas", "transformers")


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 10
    assert FACES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_a_small_room(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{path.relative_to(ROOT)} has {lines} lines; split it by idea"


def face_violations(code: str) -> list[str]:
    """Statements of a face that are neither a docstring, an import nor `__all__`."""
    found: list[str] = []
    for statement in ast.parse(code).body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AnnAssign(target=ast.Name(id="__all__")):
                pass
            case _:
                found.append(ast.unparse(statement).splitlines()[0])
    return found


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.parent.name)
def test_a_face_only_re_exports(path: Path) -> None:
    # verbs/ and measures/ may list names without importing what is behind them: a lazy face, in the form the root has.
    violations = [line for line in face_violations(path.read_text(encoding="utf-8")) if not is_lazy_face(line)]
    assert not violations, f"{path.relative_to(ROOT)} should only re-export: {violations}"


def is_lazy_face(statement: str) -> bool:
    """Whether a statement is part of a lazy face: TYPE_CHECKING imports, the table of names, `__getattr__`, `__dir__`."""
    return bool(re.match(r"if TYPE_CHECKING:|_\w+\b.*=|def __(getattr|dir)__\(", statement))


def test_code_in_a_face_is_noticed() -> None:
    assert face_violations('"""Face."""\nfrom a import b\n__all__ = ["b"]\n') == []
    assert face_violations("def helper():\n    return 1\n") == ["def helper():"]
    assert not is_lazy_face("def helper():")
    assert is_lazy_face("if TYPE_CHECKING:")


def test_import_is_light() -> None:
    code = f"import sys, gromov; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == [], f"import gromov brings in {done.stdout}"


def test_the_lightness_check_sees_a_heavy_import() -> None:
    code = f"import sys, sklearn; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "sklearn" in done.stdout.split()


def imported_packages(code: str) -> set[str]:
    """Top-level names of everything a module imports, lazily or not, its own package excepted."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found - {"gromov", "_typeshed"} - sys.stdlib_module_names  # _typeshed exists for type checkers alone


def normalised(requirement: str) -> str:
    """Name of a requirement as package indexes spell it: `Types_psutil[x]>=6` is `types-psutil`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def test_every_import_is_a_listed_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    development = {"dev", "test", "docs"}
    extras = [items for name, items in project["optional-dependencies"].items() if name not in development]
    listed = {normalised(item) for item in [*project["dependencies"], *chain.from_iterable(extras)]}
    providers = metadata.packages_distributions()
    unlisted: dict[str, str] = {}
    for path in SOURCES:
        for package in imported_packages(path.read_text(encoding="utf-8")):
            names = {normalised(name) for name in providers.get(package, [package])}
            if not names & listed:
                unlisted[str(path.relative_to(ROOT))] = package
    assert not unlisted, f"imported but not listed in pyproject.toml: {unlisted}"


def test_lazy_imports_are_seen() -> None:
    code = "import os\ndef f():\n    from scipy.sparse import csr_array\n    import gromov.core\n"
    assert imported_packages(code) == {"scipy"}


def test_constraints_pin_every_direct_dependency() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {normalised(line) for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    wanted = {normalised(item) for item in [*project["dependencies"], *extras]} - {"gromov"}
    assert wanted <= pins, f"not pinned: {sorted(wanted - pins)}"
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines if line and not line.startswith("#"))
