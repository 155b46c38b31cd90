"""A command as plain data, from whoever may invoke the function: what the command line sends, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.config.problems import closest, listed
from tocsin.config.problems import shown as shown_value
from tocsin.engine.actions import act
from tocsin.engine.commits import change
from tocsin.engine.ports import Ports
from tocsin.engine.shown import shown
from tocsin.escalation.commands import Action, Command
from tocsin.escalation.drafts import Answer, Context, Decision
from tocsin.escalation.obey import commanded
from tocsin.incidents.incident import Actor, Incident

if TYPE_CHECKING:
    from tocsin.engine.browsers import Pushing

_LONGEST_ID, _LONGEST_NAME = 200, 100
#: After these somebody has the incident.
_WHOSE = frozenset({Action.ACKNOWLEDGE, Action.KEEP})


def asked(ports: Ports, event: Mapping[str, Any], pushing: Callable[[], Pushing]) -> dict[str, Any]:
    """A wish as the function is invoked with it: {"command": …} about an incident, {"contacts": …} about contacts.
    ``pushing`` is asked where push is switched on."""
    if "command" in event:
        return wished(ports, event["command"])
    from tocsin.engine.contact_wishes import contacts_wished

    return contacts_wished(ports, event["contacts"], pushing)


def wished(ports: Ports, row: Mapping[str, Any]) -> dict[str, Any]:
    """Does what ``row`` says: {"id", "incident", "action", "actor", "via", and what the action takes}.

    Gives {"answer", "why", "incident"}, or {"error"} for what is no command. Raises TooBusy.
    """
    try:
        number, wish = _command(row)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return {"error": f"this is no command: {error}"}
    if wish.action in _WHOSE:
        done = change(ports, number, wish.id, partial(_taken, ports, wish))
    else:
        done = act(ports, number, wish)
    return {
        "answer": done.answer.value,
        "why": done.why,
        "incident": shown(done.incident) if done.incident is not None else None,
    }


def _taken(ports: Ports, wish: Command, incident: Incident, around: Context, now: datetime) -> Decision:
    """What makes somebody have it is done in the name of somebody that the incident's revision knows, or the
    configuration in force: nobody else can be asked whether they still do."""
    decision = commanded(incident, wish, around, now)
    name = wish.actor.name
    if decision.incident is None or name in around.book.users:
        return decision
    _, config = ports.store.config()
    there = sorted({*config.book.users, *around.book.users})
    if name in there:
        return decision
    words = f"there is no user named {shown_value(name)}{closest(name, there)}: say who has it with --as"
    return Decision(Answer.REFUSED, why=f"{words}; there are: {listed(there)}")


def _command(row: Mapping[str, Any]) -> tuple[int, Command]:
    id, actor = str(row["id"]), str(row["actor"])
    if not 0 < len(id) <= _LONGEST_ID or not 0 < len(actor) <= _LONGEST_NAME or not actor.isprintable():
        raise ValueError("it has an id, and an actor whose name can be printed")
    span, step, target = row.get("seconds"), row.get("step"), row.get("number")
    users = row.get("users") or []
    if not isinstance(users, list):
        raise TypeError("users is a list")
    return int(row["incident"]), Command(
        id=f"command-{id}",
        action=_action(row["action"]),
        actor=Actor("user", actor, str(row.get("via") or "command")[:20]),
        span=timedelta(seconds=int(span)) if span is not None else None,
        step=int(step) if step is not None else None,
        users=tuple(str(user) for user in users),
        policy=str(row.get("policy") or ""),
        number=int(target) if target is not None else None,
        text=_text(row.get("text")),
        value=_text(row.get("value")),
    )


def _action(said: object) -> Action:
    for one in Action:
        if said == one.value:
            return one
    there = [one.value for one in Action]
    raise ValueError(
        f"{shown_value(said)} is no action{closest(str(said)[:64], there)}; there are {', '.join(there)}"
    )


def _text(value: Any) -> str:
    """What a table can hold: half a surrogate is no character."""
    return str(value or "").encode("utf-8", "replace").decode()
