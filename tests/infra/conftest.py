"""The layer, really built; and Python processes that see nothing but it, as a function does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer as `sam build` makes it, for the Python that runs the tests: the folder that becomes /opt."""
    source, built = tmp_path_factory.mktemp("layer-source") / "core", tmp_path_factory.mktemp("layer")
    shutil.copytree(ROOT / "layers/core", source, ignore=shutil.ignore_patterns("__pycache__"))
    made = subprocess.run(
        ["make", "-s", "build-CoreLayer"],
        cwd=source,
        env={**os.environ, "ARTIFACTS_DIR": str(built), "TOCSIN_LOCAL_LAYER": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return built


@pytest.fixture(scope="session")
def in_lambda(layer: Path) -> Run:
    """Runs code in a process with the standard library, the layer and, if named, one function's folder: no more.

    The code leaves its result in `answer`, as JSON data.
    """

    def run(code: str, function: str | None = None) -> Any:
        path = [str(layer / "python")]
        if function:
            path.insert(0, str(ROOT / "functions" / function))
        script = f"import sys; sys.path[:0] = {path!r}\n{code}\nimport json; print(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", script],
            env={
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": "us-east-1",
                "POWERTOOLS_SERVICE_NAME": "tocsin",
            },
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run
