"""``sam build`` and ``sam deploy`` of the very template that goes to AWS, for this machine's Python."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from local.child import ROOT, StackFailed, run

#: Where artifacts are uploaded to: the bucket that samconfig.toml names for the environment `local`.
BUCKET = "tocsin-artifacts"


def executable() -> str:
    """The `sam` command: by the variable SAM, in our own environments, or on PATH. Raises StackFailed."""
    for candidate in (
        os.environ.get("SAM"),
        ROOT / ".venv-sam/bin/sam",
        Path(sys.executable).parent / "sam",
        shutil.which("sam"),
    ):
        if candidate and os.access(candidate, os.X_OK):
            return str(candidate)
    raise StackFailed("the sam command is not there: run `make run`, which installs it, or name it in SAM")


def build(into: Path, env: Mapping[str, str], log: Path) -> Path:
    """Builds functions and layer into ``into`` and gives the built template. What did not change is kept.

    Raises:
        StackFailed: `sam build` failed.
    """
    into.mkdir(parents=True, exist_ok=True)
    command = [
        executable(),
        "build",
        *_config(),
        "--template-file",
        str(ROOT / "template.yaml"),
        "--build-dir",
        str(into / "build"),
        "--cache-dir",
        str(into / "cache"),
    ]
    run("sam build", command, env=_environment(env, into), log=log)
    return into / "build/template.yaml"


def deploy(
    template: Path, stack_name: str, parameters: Mapping[str, str], env: Mapping[str, str], log: Path
) -> None:
    """Deploys a built template. Raises StackFailed."""
    command = [
        executable(),
        "deploy",
        *_config(),
        "--template-file",
        str(template),
        "--stack-name",
        stack_name,
        "--no-progressbar",
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in parameters.items() if value),
    ]
    run("sam deploy", command, env=_environment(env, template.parent), log=log)


def _config() -> list[str]:
    return ["--config-file", str(ROOT / "samconfig.toml"), "--config-env", "local"]


def _environment(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    return {
        **env,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(folder / "sam"),
        # The layer for the Python that runs the functions here: this one.
        "TOCSIN_LOCAL_LAYER": sys.executable,
    }
