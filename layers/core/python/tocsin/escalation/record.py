"""What is written down about an incident: notes, links, how bad it is, what it is a part of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.alerts.text import lines, one_line
from tocsin.escalation.commands import AlreadySo, CannotDo, Command
from tocsin.escalation.conditions import PRIORITIES, SEVS
from tocsin.escalation.decide import resolve
from tocsin.escalation.drafts import Answer, Context, Decision, Draft, remembered
from tocsin.escalation.muting import mute
from tocsin.incidents.incident import Incident

LONGEST_NOTE, LONGEST_TITLE, LONGEST_LINK, MOST_LINKS = 2_000, 256, 100, 20


def do_merge(draft: Draft, command: Command, context: Context) -> Answer:
    """This one is over; the target has its alerts. The use case writes both."""
    if command.number is None or command.number == draft.incident.number:
        raise CannotDo("name another incident that it shall be a part of")
    resolve(draft, command.actor, reason="merged")
    handling = replace(draft.incident.handling, merged_into=command.number)
    draft.incident = replace(draft.incident, handling=handling)
    draft.note("merged_into", command.actor, target=command.number)
    return Answer.DONE


def took_in(
    target: Incident, source: Incident, command: Command, now: datetime, part_of: int | None = None
) -> Decision:
    """What it makes of ``target`` that ``source``, with the alerts that go over, is merged into it: they stay muted.

    An incident that is over takes nothing in; ``part_of`` is what such a one is a part of now.
    """
    if not target.open and part_of == source.number:
        return Decision(Answer.REFUSED, why=f"#{target.number} is a part of it already")
    if not target.open and part_of is not None:
        return Decision(Answer.REFUSED, why=f"#{target.number} is a part of #{part_of} now: name that one")
    if not target.open:
        return Decision(Answer.REFUSED, why=f"#{target.number} is resolved: reopen it, or name another one")
    alerts = tuple(dict.fromkeys((*target.alerts, *source.alerts)))
    subscribers = tuple(dict.fromkeys((*target.handling.subscribers, *source.handling.subscribers)))
    handling = replace(target.handling, subscribers=subscribers)
    draft = Draft(replace(remembered(target, command.id), alerts=alerts, handling=handling), now)
    draft.note("merged", command.actor, source=source.number, alerts=len(source.alerts))
    brought, mine = source.handling.muted_until, target.handling.muted_until
    if source.alerts and brought is not None and brought > max(now, mine or now):
        mute(draft, command.actor, brought)
    return draft.done()


def alert_over(incident: Incident, key: str, dedup_key: str, command: Command, now: datetime) -> Decision:
    """Its sender says that one of several alerts is over: the incident goes on for the others."""
    if not incident.open:
        return Decision(Answer.CLOSED)
    draft = Draft(remembered(incident, command.id), now)
    draft.note("alert_resolved", command.actor, dedup_key=dedup_key[:256])
    return replace(draft.done(), closes=(key,))


def do_note(draft: Draft, command: Command, context: Context) -> Answer:
    text = lines(command.text, LONGEST_NOTE)
    if not text:
        raise CannotDo("a note has words")
    draft.note("note", command.actor, text=text)
    return Answer.DONE


def do_severity(draft: Draft, command: Command, context: Context) -> Answer:
    return _set(draft, command, "severity", SEVS)


def do_priority(draft: Draft, command: Command, context: Context) -> Answer:
    return _set(draft, command, "priority", PRIORITIES)


def _set(draft: Draft, command: Command, name: str, known: tuple[str, ...]) -> Answer:
    value = command.value.strip().upper()
    if value not in known:
        raise CannotDo(f"a {name} is one of {', '.join(known)}")
    incident = draft.incident
    before = incident.severity if name == "severity" else incident.priority
    if before == value:
        raise AlreadySo(f"its {name} is {value}")
    draft.incident = (
        replace(incident, severity=value) if name == "severity" else replace(incident, priority=value)
    )
    draft.note(f"{name}_changed", command.actor, before=before, after=value)
    return Answer.DONE


def do_title(draft: Draft, command: Command, context: Context) -> Answer:
    title = one_line(command.text, LONGEST_TITLE)
    if not title:
        raise CannotDo("a title has words")
    if title == draft.incident.title:
        raise AlreadySo("it is called so")
    before = one_line(draft.incident.title, LONGEST_TITLE)
    draft.incident = replace(draft.incident, title=title)
    draft.note("title_changed", command.actor, before=before, after=title)
    return Answer.DONE


def do_link(draft: Draft, command: Command, context: Context) -> Answer:
    url = command.value.strip()
    if (
        not url.startswith(("https://", "http://"))
        or not url.isascii()
        or not url.isprintable()
        or len(url) > 1000
    ):
        raise CannotDo("a link is an http or https address of at most 1,000 characters")
    links = draft.incident.handling.links
    if any(url == known for _, known in links):
        raise AlreadySo("it has this link")
    if len(links) >= MOST_LINKS:
        raise CannotDo(f"it has {MOST_LINKS} links already")
    title = one_line(command.text, LONGEST_LINK) or one_line(url, LONGEST_LINK)
    handling = replace(draft.incident.handling, links=(*links, (title, url)))
    draft.incident = replace(draft.incident, handling=handling)
    draft.note("linked", command.actor, title=title, url=url)
    return Answer.DONE
