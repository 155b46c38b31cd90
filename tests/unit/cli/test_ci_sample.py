"""The workflow of docs/ci.md does what the page says, as a runner would run it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.config.documents import SMALL
from tocsin.config.load import load_text

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("bash")), reason="needs git and bash"
)


def steps() -> list[dict[str, str]]:
    (workflow,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found: list[dict[str, str]] = load_text(workflow).document["jobs"]["on-call"]["steps"]
    return found


class Runner:
    """A checkout of a pull request's merge, with `tocsin`; `gh` only notes what it is told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self.temp = folder / "temp"
        self.summary = folder / "summary.md"
        tools = folder / "tools"
        for one in (self.folder, self.temp, tools):
            one.mkdir()
        self._tool(tools / "tocsin", f'exec {shlex.quote(sys.executable)} -m tocsin_cli.main "$@"')
        self._tool(tools / "gh", f'printf "%s\\n" "$@" > {shlex.quote(str(folder / "gh"))}')
        self.environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join((str(ROOT / "layers/core/python"), str(ROOT / "cli"))),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "NUMBER": "7",
            **{
                f"GIT_{who}_{what}": "x@example.com"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
        }

    def _tool(self, path: Path, line: str) -> None:
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)

    def git(self, *words: str) -> None:
        subprocess.run(
            ["git", *words], cwd=self.folder, env=self.environment, check=True, capture_output=True
        )

    def merge(self, old: str | None, new: str) -> None:
        self.git("init", "--initial-branch=main")
        self._commit("base", old)
        self.git("checkout", "-b", "change")
        self._commit("change", new)
        self.git("checkout", "main")
        self.git("merge", "--no-ff", "-m", "merge", "change")

    def _commit(self, words: str, text: str | None) -> None:
        if text is not None:
            (self.folder / "tocsin.yaml").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--allow-empty", "-m", words)

    def run(self) -> list[int]:
        """The codes of the steps, to the first that fails. A runner's bash has -e."""
        codes = []
        for step in (one for one in steps() if "run" in one and not one["run"].startswith("pip ")):
            bash = ["bash", "-e", "-c", step["run"]]
            done = subprocess.run(bash, cwd=self.folder, env=self.environment, check=False)
            codes.append(done.returncode)
            if done.returncode:
                break
        return codes


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_a_change_is_told_under_the_pull_request(runner: Runner, tmp_path: Path) -> None:
    runner.merge(SMALL, SMALL.replace("wait: 10m", "wait: 20m"))
    assert runner.run() == [0, 0, 0]
    comment = (runner.temp / "comment.md").read_text(encoding="utf-8")
    assert "~~~~~~\n~ policy shop: steps[0].wait: 10m → 20m\n" in comment
    assert "last resort: ana 10m later" in comment
    assert comment.endswith("\n~~~~~~\n")
    assert runner.summary.read_text(encoding="utf-8") == comment
    told = (tmp_path / "gh").read_text().split("\n")
    assert told[:3] == ["pr", "comment", "7"]
    assert str(runner.temp / "comment.md") in told


def test_the_first_file_has_an_empty_one_before_it(runner: Runner) -> None:
    runner.merge(None, SMALL)
    assert runner.run() == [0, 0, 0]
    assert "checkout: new, by policy shop: step 1 ana; last resort ana" in runner.summary.read_text(
        encoding="utf-8"
    )


def test_a_file_with_findings_is_explained_and_then_refused(runner: Runner) -> None:
    runner.merge(SMALL, SMALL.replace("starts: 2026", "starts: 2126"))
    assert runner.run() == [0, 0, 1]
    assert "!! NOBODY IS PAGED for checkout:\n      at any time" in runner.summary.read_text(encoding="utf-8")


def test_a_file_that_is_wrong_ends_it(runner: Runner) -> None:
    runner.merge(SMALL, SMALL.replace("policy: shop", "policy: shap"))
    assert runner.run() == [2]
