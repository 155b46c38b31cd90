"""Runs the checks of `make test`, in order, with a heading and the time of each; stops at the first that fails.

Usage: ``python tools/gate.py STEP…`` or, for all steps, ``python tools/gate.py all``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name, what it is for, and the command (without a path: from the environment that runs this)."""

    name: str
    about: str
    command: tuple[str, ...]


def _tests(*words: str) -> tuple[str, ...]:
    return ("python", "-m", "pytest", "-q", *words)


STEPS = (
    Step("format", "the format of all Python", ("ruff", "format", "--check", "--quiet", ".")),
    Step("lint", "lint", ("ruff", "check", "--quiet", ".")),
    Step("types", "types, strictly", ("python", "-m", "mypy")),
    Step("rooms", "which room may import which", ("lint-imports", "--no-logo")),
    Step("sam", "the template, as SAM reads it", ("sam", "validate", "--lint")),
    Step(
        "template", "the template, as CloudFormation gets it", ("python", "-m", "tools.transform", "--check")
    ),
    Step("unit", "unit tests", _tests("-n", "2", "tests/unit", "tests/simulation")),
    Step(
        "simulation",
        "6,000 histories of the whole system, with every fault",
        ("python", "-m", "tests.simulation", "play", "6000"),
    ),
    Step(
        "sabotage",
        "defects put into the code, which the simulation has to notice",
        ("python", "-m", "tests.simulation", "sabotage"),
    ),
    Step("functions", "functions, on AWS in memory", _tests("-n", "2", "tests/functions")),
    Step("infra", "the build, the layer and the template", _tests("tests/infra")),
    Step("stack", "the deployed template on MiniStack", _tests("-m", "stack", "tests/stack")),
    Step("browser", "the pages, in a browser", _tests("-m", "browser", "tests/browser")),
)
LINT = ("format", "lint", "types", "rooms", "sam", "template")


def main(names: Sequence[str]) -> int:
    known = {step.name: step for step in STEPS}
    asked = [name for word in names for name in {"all": tuple(known), "lint-all": LINT}.get(word, (word,))]
    unknown = [name for name in asked if name not in known]
    if unknown or not asked:
        print(
            f"Which check? Not {', '.join(unknown) or 'none'}: all, lint-all, {', '.join(known)}.",
            file=sys.stderr,
        )
        return 2
    began = time.monotonic()
    for name in asked:
        step = known[name]
        if name == "browser" and not any(map(shutil.which, BROWSERS)):
            print(f"\n== {name}: left out, for there is no Chromium on this machine", flush=True)
            continue
        if code := run(step):
            print(
                f"\nFAILED: {name} ({step.about}). Alone: .venv/bin/python tools/gate.py {name}", flush=True
            )
            return code
    print(f"\nAll well: {len(asked)} checks in {time.monotonic() - began:.0f} s", flush=True)
    return 0


def run(step: Step) -> int:
    print(f"\n== {step.name}: {step.about}", flush=True)
    began = time.monotonic()
    code = subprocess.run(list(step.command), cwd=ROOT, env=environment(), check=False).returncode
    print(f"   {step.name}: {time.monotonic() - began:.1f} s", flush=True)
    return code


def environment() -> dict[str, str]:
    """This process's environment, with the tools of `.venv` first and nothing that could reach an AWS account."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    rooms = [str(ROOT / "layers" / "core" / "python"), str(ROOT / "cli"), str(ROOT)]
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(rooms),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
