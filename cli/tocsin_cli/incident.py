"""`tocsin incident`: looks at one incident, and acts on it by the function that every other surface acts by."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
from argparse import Namespace
from datetime import UTC, datetime
from typing import Any, TextIO

from tocsin_cli.aws_commands import asking
from tocsin_cli.stack import StackError, open_stack, open_store
from tocsin_cli.writing import print_json, printable


def show(args: Namespace) -> int:
    """Prints the incident and its timeline. 1 when there is none. Raises CommandError."""
    return asking(_show, args)


def act(args: Namespace) -> int:
    """Does it, and prints what the incident has become. 1 when nothing was changed. Raises CommandError."""
    return asking(_act, args)


def _show(args: Namespace) -> int:
    from tocsin.engine.shown import shown, shown_line

    store = open_store(open_stack(args.stack, args.region, args.profile, args.endpoint_url))
    incident = store.incident(args.number)
    if incident is None:
        print(f"there is no incident #{args.number}", file=sys.stderr)
        return 1
    lines = store.timeline(args.number)
    if args.json:
        print_json({**shown(incident), "timeline": [shown_line(line) for line in lines]})
        return 0
    _print(_told(shown(incident)))
    print()
    for line in lines:
        details = ", ".join(f"{name} {value}" for name, value in line.details.items() if value is not None)
        who = "" if line.actor.kind == "tocsin" else f" by {line.actor.name} ({line.actor.via})"
        said = f"{line.kind.replace('_', ' ')}{who}" + (f": {details}" if details else "")
        _print(f"{line.at:%Y-%m-%d %H:%M:%S}  " + said.replace("\n", "\n" + " " * 21))
    return 0


def _print(words: str, file: TextIO | None = None) -> None:
    """Line by line, whatever is stored: nothing in it steers the terminal."""
    for line in words.split("\n"):
        print(printable(line), file=file)


def _act(args: Namespace) -> int:
    stack = open_stack(args.stack, args.region, args.profile, args.endpoint_url)
    answer = invoke(stack, {"command": _row(args)})
    if args.json:
        print_json(answer)
    elif answer["answer"] == "done":
        _print(_told(answer["incident"]))
        if answer["why"]:
            _print(f"  but {answer['why']}")
    elif answer["answer"] == "partly":
        others = answer["why"] or "others who were paged have to acknowledge, too"
        _print(f"#{args.number}: noted; {others}.")
    else:
        _print(_why(args, answer), sys.stderr)
    return 0 if answer["answer"] in ("done", "partly") else 1


def _row(args: Namespace) -> dict[str, Any]:
    words = getattr(args, "words", "")
    valued = args.action in ("severity", "priority", "link")
    span = getattr(args, "span", None)
    row = {
        "id": uuid.uuid4().hex,
        "incident": args.number,
        "action": args.action,
        "actor": args.by or getpass.getuser(),
        "seconds": int(span.total_seconds()) if span is not None else None,
        "step": getattr(args, "step", None),
        "users": getattr(args, "user", []),
        "policy": getattr(args, "policy", ""),
        "number": getattr(args, "into", None),
        "value": words if valued else "",
        "text": getattr(args, "text", "") or getattr(args, "title", "") or ("" if valued else words),
    }
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def invoke(stack: Any, wish: dict[str, Any]) -> dict[str, Any]:
    """Asks the function that takes commands. Raises StackError for what it refuses."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = stack.client("lambda").invoke(
            FunctionName=stack.output("ReplyFunctionName"), Payload=json.dumps(wish).encode()
        )
    except (BotoCoreError, ClientError) as error:
        raise StackError(
            f"the function that takes commands cannot be asked: {error} (it takes lambda:InvokeFunction)"
        ) from error
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        words = found.get("errorMessage", "it failed")
        raise StackError(f"nothing is known of what became of it: {words}. Look with tocsin {_look(wish)}")
    if "error" in found:
        raise StackError(found["error"])
    return found


def _look(wish: dict[str, Any]) -> str:
    return "incident show" if "command" in wish else "contact list"


def _told(incident: dict[str, Any]) -> str:
    state = incident["state"]
    by = incident["resolved_by"] if state == "resolved" else incident["acknowledged_by"]
    ends = incident["snoozed_until"] if state == "snoozed" else incident["ack_timeout_at"]
    words = f"#{incident['number']} {state}" + (f" by {by}" if by and state != "triggered" else "")
    if state in ("acknowledged", "snoozed") and ends:
        words += f" until {_utc(ends)}"
    if state == "triggered":
        step = f"step {incident['step']}" if incident["step"] else "the last resort"
        words += f", {incident['urgency']} urgency, {step} of round {incident['round']}"
    rank = ", ".join(one for one in (incident["severity"], incident["priority"]) if one)
    more = [f"  {incident['service']}: {printable(incident['title'])} ({rank})"]
    if incident["assigned"]:
        more.append(
            f"  given to {', '.join(incident['assigned'])}: they are step 1, and its policy follows from step 2 on"
        )
    if incident["responders"]:
        more.append("  " + ", ".join(f"{user} {answer}" for user, answer in incident["responders"].items()))
    if (muted := incident["muted_until"]) and datetime.fromisoformat(muted) > datetime.now(UTC):
        more.append(f"  its alerts are muted until {_utc(muted)}: nothing opens for them")
    if incident["merged_into"]:
        more.append(f"  a part of #{incident['merged_into']}")
    return "\n".join([words, *more])


def _utc(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _why(args: Namespace, answer: dict[str, Any]) -> str:
    number, why = args.number, answer["why"]
    if answer["answer"] == "unknown":
        return f"there is no incident #{number}"
    if answer["answer"] == "closed" and answer["incident"]["merged_into"] is None:
        why += f" (tocsin incident reopen {number} opens it again)"
    return f"#{number} was not changed: {why}"
