"""The command line itself: usage, versions, pipes, and what a command may import."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace

import pytest

from tocsin import __version__
from tocsin_cli.arguments import build_parser

#: What makes a command slow, or opens a network.
HEAVY = ("boto3", "botocore", "pynamodb", "jinja2", "anyascii", "asyncio", "ssl", "urllib.request")


def test_the_version_is_that_of_the_product(tocsin):
    done = tocsin("--version")
    assert (done.code, done.out) == (0, f"tocsin {__version__}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("chekc",),
        ("check",),
        ("check", "f", "--stric"),
        ("check", "f", "--unknown"),
        ("oncall", "f"),
        ("simulate", "f", "--service", "x"),
        ("parse", "f"),
        ("key",),
        ("key", "create"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_how_it_goes(tocsin, arguments):
    done = tocsin(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: tocsin")


@pytest.mark.parametrize(
    "command", ["init", "check", "oncall", "simulate", "parse", "diff", "plan", "apply", "key", "doctor"]
)
def test_every_command_explains_itself(tocsin, command):
    done = tocsin(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"usage: tocsin {command}" in done.out
    assert f"    {command} " in tocsin("--help").out


def test_every_argument_is_explained():
    todo = [build_parser()]
    while todo:
        parser = todo.pop()
        assert parser.description
        for action in parser._actions:
            if isinstance(action.choices, dict):
                todo.extend(action.choices.values())
            else:
                assert action.help, (parser.prog, action.dest)


def test_the_commands_for_aws_get_what_they_ask_for():
    stack = {"stack": "tocsin", "region": None, "profile": None, "endpoint_url": None}
    parse = build_parser().parse_args
    assert parse(["plan", "a", "b"]) == Namespace(
        run="tocsin_cli.aws_commands:plan", files=["a", "b"], json=False, **stack
    )
    assert parse(["apply", "a"]) == Namespace(
        run="tocsin_cli.aws_commands:apply", files=["a"], vouch=False, **stack
    )
    options = ["--stack", "s", "--region", "r", "--profile", "p", "--endpoint-url", "u"]
    given = {"stack": "s", "region": "r", "profile": "p", "endpoint_url": "u"}
    assert parse(["key", "create", "checkout", "--json", *options]) == Namespace(
        run="tocsin_cli.aws_commands:key_create", integration="checkout", json=True, **given
    )
    assert parse(["doctor", *options]) == Namespace(run="tocsin_cli.aws_commands:doctor", json=False, **given)


@pytest.mark.parametrize("command", [("plan",), ("apply",)])
def test_a_configuration_without_catch_all_is_not_applied(tocsin, example, command):
    done = tocsin(*command, example)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("tocsin: the configuration has no catch_all: name the service")


def test_an_answer_of_aws_is_a_sentence(tocsin, monkeypatch, ready):
    from botocore.exceptions import ClientError

    from tocsin_cli import aws

    def refuse(args):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not\nyou"}}, "GetItem")

    monkeypatch.setattr(aws, "apply", refuse)
    done = tocsin("apply", ready)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == "tocsin: AWS refuses: An error occurred (AccessDenied) when calling the GetItem operation: not you\n"
    )


def test_a_library_that_is_not_installed_is_named(tocsin, monkeypatch, ready):
    from tocsin_cli import aws

    def lack(args):
        raise ModuleNotFoundError("No module named 'pynamodb'", name="pynamodb")

    monkeypatch.setattr(aws, "plan", lack)
    done = tocsin("plan", ready)
    assert (done.code, done.err) == (
        2,
        "tocsin: this command talks to AWS and lacks pynamodb: pip install 'tocsin[aws]'\n",
    )


def test_offline_commands_import_nothing_that_is_heavy_or_opens_a_network(example, tmp_path):
    program = (
        "import sys, io; from tocsin_cli.main import main; out, sys.stdout = sys.stdout, io.StringIO();"
        "code = main(sys.argv[1:]); sys.stdout = out; assert code == 0, code;"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], 'ruamel.yaml' in sys.modules)"
    )
    payload = tmp_path / "payload.json"
    payload.write_text("{}")
    at = "2026-11-23T02:00Z"
    for arguments, reads_yaml in (
        (("check", example), True),
        (("oncall", example, "--schedule", "payments-primary"), True),
        (("simulate", example, "--service", "checkout", "--at", at), True),
        (("parse", "--source", "generic", payload), False),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert (done.stdout.strip(), done.stderr) == (str(reads_yaml), "")


def test_a_reader_who_leaves_early_is_no_error(example):
    command = [sys.executable, "-m", "tocsin_cli.main", "simulate", str(example), "--service", "checkout"]
    times = ["--at", "2026-11-23T02:00Z", "--until", "2026-12-23T02:00Z"]
    with subprocess.Popen(
        [*command, *times],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_a_sentence(ready):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tocsin_cli.main", "check", str(ready)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (2, b"tocsin: No space left on device\n")


def test_names_survive_a_terminal_that_knows_ascii_alone(ready):
    ready.write_text(ready.read_text().replace("Ana Souza", "João"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tocsin_cli.main", "oncall", str(ready), "--schedule", "primary"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert b"Jo\\xe3o (ana)" in done.stdout
