"""What a command over the HTTP API may hold, and has to: nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.config.problems import closest, shown
from tocsin.engine.requests import Wrong
from tocsin.escalation.commands import Action

#: What every command has.
_ALWAYS = ("action", "user")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one for one in value)


#: How a field is read, and what it is in words.
_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "seconds": (_whole, "a whole number, such as 3600"),
    "step": (_whole, "a whole number, such as 2"),
    "number": (_whole, "a whole number, such as 1042"),
    "users": (_names, 'a list of names, such as ["ana"]'),
    "policy": (_text, "text"),
    "text": (_text, "text"),
    "value": (_text, "text"),
}
#: What an action must have, and what it may.
_TAKES: Mapping[Action, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Action.SNOOZE: (("seconds",), ()),
    Action.MUTE: (("seconds",), ()),
    Action.ESCALATE: ((), ("step",)),
    Action.REASSIGN: (("users",), ()),
    Action.ASK: (("users",), ("text",)),
    Action.SUBSCRIBE: ((), ("users",)),
    Action.UNSUBSCRIBE: ((), ("users",)),
    Action.MOVE: ((), ("policy",)),
    Action.MERGE: (("number",), ()),
    Action.NOTE: (("text",), ()),
    Action.TITLE: (("text",), ()),
    Action.SEVERITY: (("value",), ()),
    Action.PRIORITY: (("value",), ()),
    Action.LINK: (("value",), ("text",)),
}


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a command that are not null, each what it has to be. Raises Wrong (400) for any other."""
    given = {name: value for name, value in row.items() if value is not None}
    action = _action(given)
    needs, may = _TAKES.get(action, ((), ()))
    takes = (*needs, *may)
    for name in given:
        if name not in (*_ALWAYS, *takes):
            there = ", ".join((*_ALWAYS, *takes))
            raise Wrong(
                400, f"{action.value} takes no {shown(name)}{closest(name[:64], takes)}: it takes {there}"
            )
    for name in needs:
        if name not in given:
            raise Wrong(400, f'{action.value} takes {name}: "{name}" is missing, {_KINDS[name][1]}')
    for name in takes:
        if name in given and not _KINDS[name][0](given[name]):
            raise Wrong(400, f"{name} is {shown(given[name])}: it has to be {_KINDS[name][1]}")
    return given


def _action(given: Mapping[str, Any]) -> Action:
    said = given.get("action")
    there = ", ".join(one.value for one in Action)
    if said is None:
        raise Wrong(400, f'say what to do: "action" is one of {there}')
    for one in Action:
        if said == one.value:
            return one
    hint = closest(said[:64], [one.value for one in Action]) if isinstance(said, str) else ""
    raise Wrong(400, f"action is {shown(said)}{hint}: it has to be one of {there}")
