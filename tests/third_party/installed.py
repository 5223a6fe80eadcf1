"""Make the third-party package importable without a network: its folder, and metadata from its pyproject."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

PACKAGE = Path(__file__).parent / "pulsetrain-hello"


def install(site: Path) -> Path:
    """Put the package and its entry points into a folder for `sys.path`, as pip would; return the folder."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    metadata = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (metadata / "entry_points.txt").write_text(entry_points(project["entry-points"]))
    shutil.copytree(PACKAGE / "hello", site / "hello", ignore=shutil.ignore_patterns("__pycache__"))
    return site


def entry_points(groups: dict[str, dict[str, str]]) -> str:
    """Return the text of `entry_points.txt`."""
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in names.items())
        for group, names in groups.items()
    ]
    return "\n".join(lines)
