"""``make run``: the whole stack on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from local.child import ROOT, StackFailed
from local.ministack import REGION
from local.stack import PACKAGES, Stack, build

HOME = ROOT / ".local"
DEMO = ROOT / "local/demo.yaml"
#: The integration of the demo whose key the curl line and the handset's buttons use.
DEMO_INTEGRATION = "checkout-generic"
#: The one that a real Alertmanager can send to.
PROMETHEUS_INTEGRATION = "checkout-prometheus"
#: 112 is the number that one dials in an emergency; 4566 is where emulated AWS accounts are looked for.
HANDSET_PORT = 8112
AWS_PORT = 4566


class Stopped(Exception):
    """Somebody asked us to end."""


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    # Whoever starts us in the background of a script has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), _stop)
    parameters = {"ContactVerification": "required"}
    stack = Stack(aws_port=args.aws_port, handset_port=args.port, home=HOME, parameters=parameters)
    try:
        with _one_at_a_time(HOME):
            try:
                _bring_up(stack, args.config)
                _watch(stack)
            finally:
                stack.stop()
    except (KeyboardInterrupt, Stopped):
        print("\nStopped: no process and no port is left.")
        return 0
    except StackFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1


def _bring_up(stack: Stack, config: Path) -> None:
    began = time.monotonic()
    print(f"Tocsin on this machine, in Python {sys.version_info.major}.{sys.version_info.minor}", flush=True)
    with _step("Start an emulated AWS account"):
        stack.start()
    with _step("Build the functions and their layer"):
        template = build(HOME)
    with _step("Deploy template.yaml to it"):
        stack.deploy(template)
    with _step(f"Apply {_shown(config)}"):
        _tocsin(stack, "apply", "--vouch", str(config))
    with _step("Make keys for two of its integrations"):
        key = json.loads(_tocsin(stack, "key", "create", DEMO_INTEGRATION, "--json"))
        prometheus = json.loads(_tocsin(stack, "key", "create", PROMETHEUS_INTEGRATION, "--json"))
    with _step("Start the functions"):
        stack.warm()
    with _step("Start the handset"):
        stack.start_handset(config, demo_key=key["key"])
    event = json.dumps({"title": "Payment success dropped to 0 %", "severity": "critical"})
    print(
        f"\nReady in {time.monotonic() - began:.0f} s. Open the handset:\n"
        f"\n    {stack.address}\n"
        "\nand raise an incident, from another terminal:\n"
        f"\n    curl -X POST {stack.address}/v1/events/{key['key']}"
        f" -H 'Content-Type: application/json' -d {shlex.quote(event)}\n"
        "\nor let a real Alertmanager do it:\n"
        f'\n    webhook_configs: [{{url: "{prometheus["url"]}"}}]\n'
        f"\nThe AWS account answers at {stack.endpoint} (keys: test, test). Logs are in {_shown(HOME)}/."
        "\nStop with Ctrl-C; nothing is kept.",
        flush=True,
    )


def _watch(stack: Stack) -> NoReturn:
    """Waits for ever. Raises StackFailed when a part of the stack ends by itself."""
    while True:
        stack.check()
        time.sleep(0.5)


def _tocsin(stack: Stack, *arguments: str) -> str:
    """Runs the command line tool on the stack and gives what it printed. Raises StackFailed."""
    command = [
        *(sys.executable, "-m", "tocsin_cli.main", *arguments),
        *("--stack", stack.name, "--region", REGION, "--endpoint-url", stack.endpoint),
    ]
    environment = {**stack.environment, "PYTHONPATH": PACKAGES}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StackFailed(f"tocsin {' '.join(arguments)} failed:\n{done.stderr or done.stdout}")
    return done.stdout


@contextlib.contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"  {what} ".ljust(44, "."), end="", flush=True)
    began = time.monotonic()
    yield
    print(f" {time.monotonic() - began:5.1f} s", flush=True)


@contextlib.contextmanager
def _one_at_a_time(home: Path) -> Iterator[None]:
    """Holds a lock on the folder: two stacks in one would remove each other's state. Raises StackFailed."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StackFailed("the stack of this folder runs already: stop it by Ctrl-C there") from error
        yield


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _shown(path: Path) -> str:
    return os.path.relpath(path, Path.cwd())


def _arguments(argv: Sequence[str] | None) -> Any:
    parser = argparse.ArgumentParser(prog="python -m local.run", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("TOCSIN_PORT", str(HANDSET_PORT)),
        help="where the handset answers (TOCSIN_PORT; %(default)s)",
    )
    parser.add_argument(
        "--aws-port",
        type=int,
        default=os.environ.get("TOCSIN_AWS_PORT", str(AWS_PORT)),
        help="where the emulated AWS account answers (TOCSIN_AWS_PORT; %(default)s)",
    )
    parser.add_argument("--config", type=Path, default=DEMO, help="the configuration to start with")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(main())
