"""Child processes that never outlive us, and the errors of the local stack."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Lines of a log that an error shows.
TAIL = 25


class StackFailed(Exception):
    """A part of the local stack did not do its work: the message says which, and shows the end of its log."""


class Child:
    """A module of ours, run by this interpreter as a guarded process in a session of its own.

    Its output goes to ``log``. It ends when ``stop`` is called, and also when this process ends in any way.
    """

    def __init__(self, name: str, module: str, *arguments: str, env: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process, and the process group that its own children are in."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> int:
        """Waits for its end and gives its exit code."""
        return self._process.wait()

    def until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Waits until ``ready``. Raises StackFailed when the process ends first, or after ``seconds``."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.ended:
                raise self.failed(f"ended at once (exit code {self._process.returncode})")
            if time.monotonic() > deadline:
                raise self.failed(f"did not answer within {seconds:.0f} s")
            time.sleep(0.05)

    def failed(self, what: str) -> StackFailed:
        """The error to raise: what happened, and the log's end."""
        return StackFailed(f"{self.name} {what}. The end of {self.log}:\n{tail(self.log)}")

    def stop(self) -> None:
        """Ends the process and all of its group. Nothing of it is worth saving."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.closed:
            pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(3)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def run(name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path) -> None:
    """Runs a command to its end. Raises StackFailed when it fails; whatever stops us stops it."""
    child = Child(name, "local.guard", *command, env=env, log=log)
    try:
        code = child.wait()
    finally:
        child.stop()
    if code != 0:
        raise child.failed(f"failed (exit code {code})")


def tail(log: Path) -> str:
    """The last lines of a log, indented."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in lines[-TAIL:])
