"""Any JSON: our own few fields where they are given, and good guesses where they are not.

=============  ============================================================================================
``action``     the first of ``action``, ``event_action``, ``status``, ``state``, ``current_state`` whose word
               is known; else trigger
``dedup_key``  the first of ``dedup_key``, ``dedup``, ``dedupe_key``, ``incident_key``, ``incident_id``,
               ``alert_key``, ``alert_uid``, ``alert_id``, ``alias``, ``fingerprint``; else a hash of the
               payload
``title``      the first text among ``title``, ``summary``, ``message``, ``subject``, ``name``, ``type``;
               else the dedup key
``severity``   ``severity``, else ``level``
``details``    an object, else it is kept under ``details``; fields that mean nothing to us are kept beside it
``links``      a list of ``{"href", "text"}`` (or ``url``, ``title``) or of addresses; and ``url``, ``link``,
               ``runbook_url``, ``dashboard_url``, ``link_to_upstream_details``
occurred at    the first of ``occurred_at``, ``timestamp``, ``time`` that is an instant with an offset, or an
               epoch
=============  ============================================================================================

A plain ``id`` is no dedup key: it mostly names the message, or the machine, and two different problems of one
machine must not become one. The hash leaves out the fields of action and time, so that the message that says
``resolved`` finds the one that said ``firing``.

An array is one event per object in it. An object is not understood when it triggers and has neither a title
nor a dedup key, or when its action, dedup key or title has a type that cannot be one (a title that is a
list). A resolve or an acknowledgement needs no title.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tocsin.alerts.event import JSON, Action, Parsed, Severity
from tocsin.alerts.parsers import MAX_EVENTS
from tocsin.alerts.parsers.common import (
    NotUnderstood,
    first_title,
    hash_of,
    instant_of,
    link_to,
    links_of,
    name_of,
    not_understood,
    present,
    severity_of,
    text_of,
)
from tocsin.alerts.text import dump

_ACTIONS = ("action", "event_action", "status", "state", "current_state")
_KEYS = (
    "dedup_key",
    "dedup",
    "dedupe_key",
    "incident_key",
    "incident_id",
    "alert_key",
    "alert_uid",
    "alert_id",
    "alias",
    "fingerprint",
)
_TITLES = ("title", "summary", "message", "subject", "name", "type")
_SEVERITIES = ("severity", "level")
_TIMES = ("occurred_at", "timestamp", "time")
_LINKS = {
    "url": "",
    "link": "",
    "runbook_url": "Runbook",
    "dashboard_url": "Dashboard",
    "link_to_upstream_details": "",
}

_WORDS = {
    word: action
    for action, words in {
        Action.TRIGGER: """
            trigger triggered firing fire alert alerting alarm open opened create created problem down failed
            failing failure critical
        """,
        Action.ACKNOWLEDGE: "acknowledge acknowledged ack acked",
        Action.RESOLVE: """
            resolve resolved recover recovered recovery ok okay close closed clear cleared up normal healthy
            success succeeded passed fixed
        """,
    }.items()
    for word in words.split()
}


def parse(payload: JSON) -> list[Parsed]:
    """One event for an object, one per element of an array. Raises NotUnderstood for anything else."""
    if isinstance(payload, dict):
        return [_event(payload)]
    if isinstance(payload, list) and (not payload or any(isinstance(one, dict) for one in payload)):
        return [_element(one) for one in islice(payload, MAX_EVENTS + 1)]
    raise NotUnderstood


def _element(value: JSON) -> Parsed:
    try:
        if isinstance(value, dict):
            return _event(value)
        raise NotUnderstood
    except NotUnderstood as said:
        return not_understood(dump(value), value, said)


def _event(row: dict[str, JSON]) -> Parsed:
    action, action_field = _action(row)
    key, key_field = _key(row)
    severity, severity_field = _severity(row)
    title_field = next((name for name in _TITLES if first_title(row.get(name))), None)
    title = first_title(row.get(title_field)) if title_field else ""
    named = key or hash_of({name: value for name, value in row.items() if name not in (*_ACTIONS, *_TIMES)})
    if action is Action.TRIGGER and (_wrong_types(row) or not (title or key)):
        raise NotUnderstood(title, named, severity)
    at, at_field = next(((at, name) for name in _TIMES if (at := instant_of(row.get(name)))), (None, None))
    links = links_of(_links(row))
    used = {action_field, key_field, severity_field, title_field, at_field}
    used.update(_shown(row, {link.href for link in links}))
    return Parsed(
        action=action,
        dedup_key=named,
        title=title or named,
        severity=severity,
        occurred_at=at,
        details=_details(row, used),
        links=links,
    )


def _action(row: dict[str, JSON]) -> tuple[Action, str | None]:
    for name in _ACTIONS:
        word = _WORDS.get(text_of(row.get(name)).strip().lower())
        if word is not None:
            return word, name
    return Action.TRIGGER, None


def _key(row: dict[str, JSON]) -> tuple[str, str | None]:
    for name in _KEYS:
        if key := name_of(row.get(name)):
            return key, name
    odd = row.get("dedup_key")
    # A key that is an object or a list still tells alerts apart, and a resolve must find what it resolves.
    return (dump(odd), "dedup_key") if isinstance(odd, (dict, list)) and odd else ("", None)


def _severity(row: dict[str, JSON]) -> tuple[Severity, str | None]:
    for name in _SEVERITIES:
        severity = severity_of(row.get(name))
        if severity is not Severity.UNKNOWN:
            return severity, name
    return Severity.UNKNOWN, None


def _wrong_types(row: dict[str, JSON]) -> bool:
    """Whether one of our own fields is there and cannot mean what it should."""
    texts = (row.get("action"), row.get("title"))
    return any(not isinstance(value, str | None) for value in texts) or isinstance(
        row.get("dedup_key"), (dict, list, float)
    )


def _details(row: dict[str, JSON], used: set[str | None]) -> dict[str, JSON]:
    given = row.get("details")
    rest = {name: value for name, value in row.items() if name not in used and name != "details"}
    if isinstance(given, dict) and not rest.keys() & given.keys():
        return present({**rest, **given})
    return present({**rest, "details": given})


def _pairs(value: JSON) -> Iterator[tuple[JSON, JSON]]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one.get("href") or one.get("url"), one.get("text") or one.get("title")
        else:
            yield one, None


def _links(row: dict[str, JSON]) -> Iterator[tuple[JSON, JSON]]:
    yield from _pairs(row.get("links"))
    for name, text in _LINKS.items():
        yield row.get(name), text


def _shown(row: dict[str, JSON], hrefs: set[str]) -> Iterator[str]:
    """The fields that are wholly told by the links."""
    for name in ("links", *_LINKS):
        found = [link_to(href, "") for href, _ in _pairs(row.get(name))]
        if all(link is not None and link.href in hrefs for link in found):
            yield name
