"""`tocsin init`: a tocsin.yaml to start from."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from datetime import UTC, datetime
from importlib.resources import files
from shlex import quote

from tocsin.config.compile import compile_config
from tocsin.config.load import STDIN, load_text
from tocsin_cli.errors import CommandError, unknown
from tocsin_cli.writing import print_table

_NAME = "tocsin.yaml"
_ENDINGS = (".yaml", ".yml")
#: From the smallest to the most demanding.
TEMPLATES = ("small-team", "business-hours", "follow-the-sun", "critical-service")


def run(args: Namespace) -> int:
    """Writes the template, or lists all of them. Raises CommandError, OSError."""
    if args.template is None:
        print("Templates:\n")
        print_table([(f"  {name}", _about(template(name))) for name in TEMPLATES])
        print("\nWrite one with: tocsin init --template small-team")
        return 0
    if args.template not in TEMPLATES:
        raise unknown("template", args.template, TEMPLATES)
    text = template(args.template)
    if args.path == STDIN:
        sys.stdout.write(text)
        return 0
    file = _place(args.path)
    try:
        with open(file, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise CommandError(
            f"{file} exists, and nothing is overwritten: name another file or folder"
        ) from None
    print(_next(args.template, file, text))
    return 0


def template(name: str) -> str:
    """The text of a template."""
    return (files("tocsin_cli") / "templates" / f"{name}.yaml").read_text(encoding="utf-8")


def _about(text: str) -> str:
    return text.partition("\n")[0].removeprefix("# ")


def _place(path: str) -> str:
    """The file that is meant: what is not named like one is a folder, which is made. Raises CommandError, OSError."""
    if path.lower().endswith(_ENDINGS) and not os.path.isdir(path):
        folder = os.path.dirname(path)
        if folder and not os.path.isdir(folder):
            raise CommandError(f"there is no folder {folder}: make it first, or name another")
        return path
    if os.path.exists(path) and not os.path.isdir(path):
        raise CommandError(f"{path} is no folder, and does not end in .yaml: name the file such as {_NAME}")
    os.makedirs(path, exist_ok=True)
    return os.path.join(path, _NAME)


def _next(name: str, file: str, text: str) -> str:
    """What is to be changed in it, and what to run then."""
    config = compile_config(load_text(text, file).document)
    service, shell = next(iter(config.book.services)), quote(file)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return (
        f"Wrote {file}: {name}. Everything in it is valid, and made up.\n\n"
        f"Change the people (name, email, timezone, contacts), the zones and starts of the schedules, and the\n"
        f"services with their integrations. No phone has the numbers, and nobody reads the addresses.\n\n"
        f"Then:\n"
        f"  tocsin check {shell} --strict\n"
        f"  tocsin coverage {shell}\n"
        f"  tocsin simulate {shell} --service {service} --at {now}\n"
        f"and with a stack deployed:\n"
        f"  tocsin plan {shell}\n"
        f"  tocsin apply {shell}"
    )
