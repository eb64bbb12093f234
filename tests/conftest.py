"""What every test shares: shapes and types checked at run time, one hypothesis profile, and where real data are."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

PACKAGE = Path(__file__).parents[1] / "src" / "gromov"
UNCHECKED = {
    "gromov.core.representation",  # its refusals are tested with the very shapes and types its signatures forbid
    "gromov.measures.embedding.fitting",  # called ten thousand times by one comparison of spaces
    "gromov.measures.embedding.shapes",  # and this
    "gromov.measures.four_point.kernels",  # compiled by numba, which needs the plain functions
    "gromov.measures.homology.gradient",  # names torch's Tensor, which is imported only where it is used
    "gromov.measures.homology.kernels",  # compiled too
    "gromov.measures.projections.kernels",  # compiled too
    "gromov.measures.witness.candidates",  # compiled
    "gromov.measures.witness.filtration",  # compiled
    "gromov.measures.witness.pairing",  # compiled
    "gromov.learn.training",  # its refusals are tested with the words its signature forbids
    "gromov.models.words.kernels",  # compiled
    "gromov.measures.smooth_delta",  # names torch's Tensor, which is imported only where it is used
}
# The floors where arrays flow. Above them, readers, reports and doors take streams and whatever a user types, and their tests give
# them the wrong thing on purpose.
FLOORS = ("core", "spaces", "tensors", "graphs", "measures", "learn", "models")
MODULES = [
    name
    for floor in FLOORS
    for path in sorted((PACKAGE / floor).rglob("*.py"))
    if path.stem != "__init__" and not path.stem.endswith("_report")  # faces only re-export; reports name results not yet defined
    if (name := ".".join(("gromov", *path.relative_to(PACKAGE).with_suffix("").parts))) not in UNCHECKED
]

install_import_hook(MODULES, "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

settings.register_profile(
    "gromov", derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("gromov")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The first folder of GROMOV_DATA; without one the test is skipped."""
    folder = next((part for part in os.environ.get("GROMOV_DATA", "").split(os.pathsep) if part), "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("GROMOV_DATA names no folder of real data")
    return Path(folder)
