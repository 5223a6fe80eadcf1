"""The contracts of who may import whom: each holds, and each notices when it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, ROOT


def test_every_contract_is_kept() -> None:
    report = _lint(ROOT)
    assert report.returncode == 0, report.stdout


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [
        ("layers", "simulator/core/time.py", "import simulator.harness.registry"),
        ("layers", "simulator/core/records.py", "import simulator.clinical.vital_sign"),
        ("layers", "simulator/harness/spec.py", "import simulator.reporting"),
        ("layers", "simulator/transports/__init__.py", "import simulator.codecs"),
        ("layers", "simulator/newcomer.py", "import simulator.core.time"),
        ("library", "simulator/harness/registry.py", "import scenarios.sepsis"),
        ("library", "simulator/harness/registry.py", "import loadtests"),
        ("student", "scenarios/sepsis/consumer.py", "import scenarios.sepsis.world"),
        ("student", "scenarios/sepsis/consumer.py", "import simulator.core.labels"),
        ("student", "scenarios/sepsis/consumer.py", "import simulator.generators"),
        ("student", "scenarios/sepsis/consumer.py", "import simulator.scoring"),
        ("wire", "scenarios/sepsis/world.py", "import simulator.codecs"),
        ("wire", "scenarios/sepsis/scoring.py", "import simulator.harness.run"),
        ("strangers", "scenarios/other/world.py", "import scenarios.sepsis.world"),
        ("locust", "simulator/harness/pacing.py", "import locust"),
    ],
)
def test_a_contract_notices(tmp_path: Path, contract: str, path: str, line: str) -> None:
    _copy_with(tmp_path, path, line)
    report = _lint(tmp_path, "--contract", contract)
    assert (report.returncode, "BROKEN" in report.stdout) == (1, True), report.stdout


def _copy_with(folder: Path, path: str, line: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    changed = folder / path
    changed.parent.mkdir(exist_ok=True)
    (changed.parent / "__init__.py").touch()
    changed.write_text(changed.read_text() + f"\n{line}\n" if changed.exists() else f"{line}\n")


def _lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *options]
    # The copy's packages stand before those of the installed project.
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
