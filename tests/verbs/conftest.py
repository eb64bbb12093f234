"""What the tests of plug-ins share."""

from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor
from plugin_cases import POINTS

from gromov.cli.main import run


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "packages").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))  # for the workers
    get_reusable_executor().shutdown(wait=True)  # workers of earlier tests know neither path
    np.save("points.npy", POINTS)
    return tmp_path


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def refused(*arguments: str) -> str:
        capsys.readouterr()
        assert run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1, err
        assert err.startswith("gromov: ")
        return err

    return refused
