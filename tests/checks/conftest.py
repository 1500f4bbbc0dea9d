"""The toy plugin, installed as an installer does it: its files and metadata in a folder. No network is needed."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

TOY = Path(__file__).parents[1] / "toy_plugin"


@pytest.fixture(scope="session")
def toy_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to put on the path, in which `sandbox-toy` is installed."""
    site = tmp_path_factory.mktemp("site")
    project = tomllib.loads((TOY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package in sorted(TOY.glob("*/__init__.py")):
        shutil.copytree(package.parent, site / package.parent.name)
    metadata = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    groups = (
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()), ""])
        for group, entries in project["entry-points"].items()
    )
    (metadata / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")
    return site


@pytest.fixture
def toy_plugin() -> Path:
    """Where the plugin's source and its own tests lie."""
    return TOY
