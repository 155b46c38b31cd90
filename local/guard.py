"""Keeps a child from outliving its parent, however the parent ends.

The parent holds the writing end of the child's standard input and never writes. When it closes that end, or
dies in any way, the child reads the end of the file, and its whole process group (the emulator's function
workers, what `sam build` starts) is killed. That works on Linux and macOS alike and asks nothing of threads.

``python -m local.guard COMMAND ARGUMENT…`` runs a command that knows nothing of this.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path


def end_with_parent(scratch: Path | None = None) -> None:
    """From now on the end of standard input removes ``scratch`` and kills this process's group.

    Raises RuntimeError when this process does not lead a group of its own: the parent's would be killed.
    """
    if os.getpgrp() != os.getpid():
        raise RuntimeError("a guarded process must lead its own process group (start_new_session=True)")

    def watch() -> None:
        while os.read(0, 4096):
            pass
        if scratch is not None:
            # It may take seconds, and nothing of ours, nor its port, shall be there that long.
            subprocess.Popen(["rm", "-rf", str(scratch)], stdin=subprocess.DEVNULL, start_new_session=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="end-with-parent").start()


def main(command: list[str]) -> int:
    """Runs ``command`` and gives its exit code."""
    end_with_parent()
    return subprocess.call(command, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
