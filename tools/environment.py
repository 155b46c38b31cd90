"""Makes the environments: ``.venv`` for the stack and the tests, ``.venv-sam`` for the SAM command line tool.

Usage: ``python tools/environment.py NAME…`` with NAMEs among ``local`` (what `make run` needs), ``dev`` (what the
tests need, a superset) and ``sam``. Runs on nothing but the standard library of Python 3.11 or newer.

Every environment holds exactly what its lock file pins, hashes checked. A stamp remembers the lock file and the
Python it was made for, so a second call does nothing, and a changed lock file or another Python makes it anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
HOME, SAM = ROOT / ".venv", ROOT / ".venv-sam"


class Unmakable(Exception):
    """An environment could not be made; the text says what to do."""


def main(names: Sequence[str]) -> int:
    try:
        for name in names:
            if name == "sam":
                install(SAM, "sam")
                link_sam()
            elif name in ("local", "dev"):
                install(HOME, name)
            else:
                raise Unmakable(f"There is no environment {name!r}: it is local, dev or sam.")
    except Unmakable as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def install(folder: Path, name: str) -> None:
    """Brings the environment in `folder` to the lock file `name`, when its stamps do not already say so.

    `dev` holds all of `local`: an environment that was made for the tests needs nothing more to run the stack.
    """
    lock = LOCKS / f"{name}.txt"
    stamp = folder / f".{name}-is"
    wanted = digest(lock)
    fresh = same_python(folder)
    if fresh and stamp.is_file() and stamp.read_text() == wanted:
        return
    dev = folder / ".dev-is"
    if fresh and name == "local" and dev.is_file() and dev.read_text() == digest(LOCKS / "dev.txt"):
        return
    began = time.monotonic()
    print(f"Installing {lock.relative_to(ROOT)} into {folder.name} …", flush=True)
    if not fresh:
        make(folder)
    for old in folder.glob(".*-is"):
        old.unlink()
    python = folder / "bin" / "python"
    fetch(folder, python, lock)
    if folder == HOME:
        # The `tocsin` command, run from the source.
        pip(python, "install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    stamp.write_text(wanted)
    print(f"… took {time.monotonic() - began:.0f} s", flush=True)


def digest(lock: Path) -> str:
    """What a stamp holds: the lock file, how our own package is installed, and the place it was made in."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ours = json.dumps([about[part] for part in ("build-system", "project")])
    return hashlib.sha256(b"\0".join([lock.read_bytes(), ours.encode(), str(ROOT).encode()])).hexdigest()


def same_python(folder: Path) -> bool:
    """Whether `folder` holds a working environment of the Python that runs this."""
    python = folder / "bin" / "python"
    if not (folder / "pyvenv.cfg").is_file() or not os.access(python, os.X_OK):
        return False
    tell = "import sys; print(sys.version_info[:2], sys.base_prefix)"
    found = subprocess.run([python, "-c", tell], capture_output=True, text=True, check=False)
    return found.stdout.strip() == f"{sys.version_info[:2]} {sys.base_prefix}"


def make(folder: Path) -> None:
    # Not of sys.executable, which may be that of `.venv` and then would be removed under itself.
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    command = [str(python) if python.is_file() else sys.executable, "-m", "venv", "--clear", str(folder)]
    if subprocess.run(command, check=False).returncode:
        raise Unmakable(
            f"The environment {folder} could not be made. Has this Python its venv module? "
            "(Debian: apt-get install python3-venv)"
        )


def fetch(folder: Path, python: Path, lock: Path) -> None:
    """Installs a lock file: by uv, which takes seconds; by pip where uv cannot reach the packages and pip can."""
    strict = ["--no-deps", "--require-hashes", "-r", str(lock)]
    uv = folder / "bin" / "uv"
    if not uv.is_file():
        pip(python, "install", "--require-hashes", "-r", str(LOCKS / "bootstrap.txt"))
    quick = [str(uv), "pip", "install", "--quiet", "--python", str(python), *strict]
    if subprocess.run(quick, check=False).returncode:
        print("uv could not install it; trying pip …", flush=True)
        pip(python, "install", *strict)


def pip(python: Path, *words: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise Unmakable(f"{' '.join(command)} failed: see above. Is the package index reachable?")


def link_sam() -> None:
    """Puts `sam` beside the other tools of `.venv`, so that one folder on PATH is enough."""
    link = HOME / "bin" / "sam"
    if not link.parent.is_dir():
        return
    if link.is_symlink() or link.exists():
        link.unlink()
    try:
        link.symlink_to(Path("..") / ".." / SAM.name / "bin" / "sam")
    except OSError:
        shutil.copy2(SAM / "bin" / "sam", link)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
