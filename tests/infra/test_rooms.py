"""The rule of which room may import which: that it holds is checked by lint; here, that it would notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infra.conftest import ROOT

BREACHES = {
    "a core room that reaches for what stands above it": ("oncall", "import tocsin.escalation.planner"),
    "a core room that knows AWS": ("escalation", "import botocore.session"),
    "a core room that reads the environment": ("incidents", "import os"),
    "the configuration asking the store": ("config", "import tocsin.store.ports"),
    "the engine passing the ports by": ("engine", "import tocsin.store.memory"),
    "the engine reaching for the edge": ("engine", "import tocsin.edge.clients"),
    "a room that nobody placed": ("attic", ""),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_the_rule_of_rooms_notices(breach: str, tmp_path: Path):
    room, line = BREACHES[breach]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    package = tmp_path / "tocsin"
    shutil.copytree(
        ROOT / "layers/core/python/tocsin",
        package,
        ignore=shutil.ignore_patterns("__pycache__", "static", "templates"),
    )
    (package / room).mkdir(exist_ok=True)
    (package / room / "__init__.py").touch()
    (package / room / "breach.py").write_text(f"{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert f"tocsin.{room}" in done.stdout
    assert "BROKEN" in done.stdout or "attic" in done.stdout


def test_the_rooms_as_they_are_keep_the_rule():
    done = lint(ROOT, str(ROOT / "layers/core/python"))
    assert done.returncode == 0, done.stdout


def lint(folder: Path, path: str = "") -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [tool, "--config", ROOT / "pyproject.toml", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path or str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
