"""The commands that ask AWS: loads them when called, and turns what AWS refuses into a sentence."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from tocsin_cli.errors import CommandError


def plan(args: Namespace) -> int:
    return _asking("plan", args)


def apply(args: Namespace) -> int:
    return _asking("apply", args)


def key_create(args: Namespace) -> int:
    return _asking("key_create", args)


def doctor(args: Namespace) -> int:
    return _asking("doctor", args)


def _asking(name: str, args: Namespace) -> int:
    """Runs the command of `tocsin_cli.aws`. Raises CommandError for what AWS or the stack refuses."""

    def command(args: Namespace) -> int:
        from tocsin_cli import aws

        found: Callable[[Namespace], int] = getattr(aws, name)
        return found(args)

    return asking(command, args)


def asking(command: Callable[[Namespace], int], args: Namespace) -> int:
    """Runs what asks AWS. Raises CommandError for what AWS or the stack refuses."""
    from tocsin_cli.stack import StackError

    try:
        return command(args)
    except StackError as error:
        raise CommandError(str(error)) from error
    except ImportError as error:
        words = f"this command talks to AWS and lacks {error.name or error}: pip install 'tocsin[aws]'"
        raise CommandError(words) from error
    except CommandError:
        raise
    except Exception as error:
        if not _of_aws(error):
            raise
        raise CommandError(f"AWS refuses: {' '.join(str(error).split())}") from error


def _of_aws(error: Exception) -> bool:
    """Whether it comes from the AWS libraries, which may not be there."""
    return any(
        kind.__module__.partition(".")[0] in ("botocore", "boto3", "pynamodb") for kind in type(error).__mro__
    )
