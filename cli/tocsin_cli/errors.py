"""What keeps a command from doing its work."""

from __future__ import annotations

from collections.abc import Iterable


class CommandError(Exception):
    """The message says what is wrong and how to mend it; the command ends with 2."""


def unknown(kind: str, name: str, known: Iterable[str]) -> CommandError:
    """Somebody asked for something that the file does not define."""
    from tocsin.config.problems import closest, listed, shown

    names = sorted(known)
    return CommandError(
        f"there is no {kind} named {shown(name)}{closest(name, names)}; there are: {listed(names)}"
    )
