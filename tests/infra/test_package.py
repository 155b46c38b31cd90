"""What `pip install .` gives: a `tocsin` whose offline commands need nothing but what the package says it needs."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from email import message_from_bytes
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.infra.conftest import ROOT

#: What the package asks for without any extra.
NEEDS = ("holidays", "ruamel.yaml", "tzdata")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents and what it needs: nothing else of this environment."""
    wheels, folder = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = wheels.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    for name in NEEDS:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        place = folder.joinpath(*name.split("."))
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(Path(spec.origin).parent)
    return folder


def tocsin(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(installed)!r}); from tocsin_cli.main import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code, *words], capture_output=True, text=True, check=False
    )


def test_the_package_names_the_command_and_all_that_the_offline_ones_need(installed: Path):
    (info,) = installed.glob("tocsin-*.dist-info")
    about = message_from_bytes((info / "METADATA").read_bytes())
    needs = {line.split(">")[0] for line in about.get_all("Requires-Dist", []) if "extra ==" not in line}
    assert needs == {name.replace(".", "-") for name in NEEDS}
    assert "tocsin = tocsin_cli.main:main" in (info / "entry_points.txt").read_text()


def test_every_file_of_both_packages_is_in_it(installed: Path):
    for source in (ROOT / "layers/core/python/tocsin", ROOT / "cli/tocsin_cli"):
        wanted = {
            path.relative_to(source)
            for path in source.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        there = {path.relative_to(installed / source.name) for path in (installed / source.name).rglob("*")}
        assert wanted <= there


def test_the_offline_commands_work_without_anything_else(installed: Path):
    demo = str(ROOT / "local/demo.yaml")
    checked = tocsin(installed, "check", demo)
    assert checked.returncode == 0, checked.stderr
    simulated = tocsin(
        installed, "simulate", demo, "--service", "checkout", "--at", "2026-11-23T02:00:00+00:00", "--json"
    )
    assert json.loads(simulated.stdout)["pages"], simulated.stderr


def test_a_command_that_needs_more_says_what(installed: Path):
    refused = tocsin(installed, "doctor")
    assert refused.returncode not in (0, 1)
    assert "tocsin[aws]" in refused.stderr
