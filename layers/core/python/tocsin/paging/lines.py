"""The lines of an incident's timeline that a chat is told, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from tocsin.incidents.incident import Actor, Entry

#: The way somebody acted, by the surface it came through.
_WAYS = {
    "sms": "text",
    "call": "call",
    "link": "link",
    "slack": "Slack",
    "telegram": "Telegram",
    "teams": "Teams",
    "mail": "mail",
    "whatsapp": "WhatsApp",
    "event": "its sender",
    "command": "command",
    "api": "API",
}

#: What each kind of line says, after who did it; "{name}" is a detail. Kinds that are not here are not told.
_SAID: Mapping[str, str] = {
    "acknowledged": "acknowledged it, until {until}",
    "acknowledged_too": "acknowledged it, too; still to acknowledge: {waiting}",
    "ack_taken_back": "took their acknowledgement back: their pages go on",
    "kept": "keeps it until {until}",
    "unacknowledged": "gave it back: its pages go on",
    "resolved": "resolved it",
    "reopened": "reopened it: its pages begin anew",
    "snoozed": "snoozed it until {until}",
    "muted": "muted its alerts until {until}: until then nothing opens for them",
    "unmuted": "unmuted its alerts",
    "escalated": "escalated it to {place}",
    "reassigned": "gave it to {users}: that is step 1 now, and its policy follows",
    "moved": "moved it to the policy {policy}: its pages begin anew",
    "revision_changed": "moved it to the configuration of now: it goes on by its policy as that is now",
    "responders_asked": "asked {users} to join: {text}",
    "responder_joined": "joined",
    "responder_declined": "declined to join",
    "subscribed": "subscribed {users}",
    "unsubscribed": "unsubscribed {users}",
    "merged": "merged #{source} into it",
    "merged_into": "made it a part of #{target}",
    "note": "noted: {text}",
    "severity_changed": "changed its severity from {before} to {after}",
    "priority_changed": "changed its priority from {before} to {after}",
    "title_changed": "called it {after}",
    "linked": "linked {title}: {url}",
    "alert_resolved": "One of its alerts is over",
    "raised": "Its urgency is high now",
    "restarted": "Nobody acknowledged: the policy begins anew",
}
#: The same where there was none before.
_SET: Mapping[str, str] = {"priority_changed": "made its priority {after}"}
#: What happens by itself, by the reason that its line has.
_REASONS: Mapping[str, Mapping[str, str]] = {
    "unacknowledged": {
        "ack_timeout": "Nobody kept it: its pages go on",
        "snooze_over": "The snooze is over: its pages go on",
    },
    "alarm": {
        "nobody_reached": "Nobody could be reached: the round is tried again in 5 minutes",
        "exhausted": "Nobody acknowledged in any round",
        "page_cap": "Too many pages were sent: only the last resort is paged from now on",
    },
    "resolved": {"no_event_for_auto_resolve": "Resolved: no event has come for long"},
}
_ITSELF = frozenset({"alert_resolved", "raised", "restarted"})
#: Details that name people, by their ids.
_PEOPLE = frozenset({"users", "waiting", "people"})


def way(actor: Actor) -> str:
    """`` (text)``: how somebody acted; nothing for what tells nothing."""
    word = _WAYS.get(actor.via)
    return f" ({word})" if word and actor.kind == "user" else ""


def told(entry: Entry, name: str, name_of: Callable[[str], str]) -> str:
    """The line in words, or nothing when a chat is not told of it. ``name`` is whoever did it; times are in UTC."""
    if entry.kind == "step":
        return _step(entry, name_of)
    itself = _REASONS.get(entry.kind, {}).get(str(entry.details.get("reason") or ""))
    if itself is not None:
        return itself
    if entry.kind == "resolved" and entry.actor.kind == "integration":
        return "Resolved by its sender"
    words = _SAID.get(entry.kind)
    if entry.details.get("before") == "":
        words = _SET.get(entry.kind, words)
    if words is None:
        return ""
    details = {key: _shown(key, value, name_of) for key, value in entry.details.items()}
    details["place"] = _place(entry.details)
    said = words.format_map(_Details(details)).removesuffix(": ").removesuffix(", until never")
    return said if entry.kind in _ITSELF else f"{name}{way(entry.actor)} {said}"


def _step(entry: Entry, name_of: Callable[[str], str]) -> str:
    people = _shown("people", entry.details.get("people"), name_of) or "nobody"
    if not entry.details.get("step"):
        return f"Last resort: {people}"
    return f"Round {entry.details.get('round')}, step {entry.details.get('step')}: {people}"


def _place(details: Mapping[str, object]) -> str:
    """Where somebody escalates to."""
    if step := details.get("step"):
        return f"round {details.get('round')}, step {step}"
    return "the last resort" if step == 0 else "the end of its policy"


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _shown(key: str, value: object, name_of: Callable[[str], str]) -> str:
    text = "" if value is None else str(value)
    if key in _PEOPLE:
        return ", ".join(name_of(one) for one in text.split())
    if key == "until" and text != "never":
        return f"{datetime.fromisoformat(text).astimezone(UTC):%-d %b %H:%M} UTC"
    return text
