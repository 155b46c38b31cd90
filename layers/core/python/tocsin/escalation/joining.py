"""Others who are asked to join, or want to hear of it: the commands about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from tocsin.alerts.text import lines
from tocsin.escalation.commands import AlreadySo, CannotDo, Command
from tocsin.escalation.decide import ask_due
from tocsin.escalation.drafts import Answer, Context, Draft
from tocsin.escalation.naming import people
from tocsin.escalation.personal import due_rules
from tocsin.escalation.reach import silent, ways_to_write, why_silent, why_unwritten
from tocsin.escalation.record import LONGEST_NOTE
from tocsin.incidents.incident import Urgency
from tocsin.incidents.plan import Page

MOST_PEOPLE = 50


def do_ask(draft: Draft, command: Command, context: Context) -> Answer:
    """These people are asked to join, by their rules for high urgency, until each has answered. Where nothing reaches
    one of them nobody is asked: they would be waited for in vain."""
    users = users_of(command, context)
    handling = draft.incident.handling
    fresh = tuple(user for user in users if handling.responders.get(user) not in ("asked", "joined"))
    if not fresh:
        raise AlreadySo(_so_far({user: handling.responders[user] for user in users}, context))
    if beyond := silent(fresh, context.book, Urgency.HIGH, draft.now):
        raise CannotDo(why_silent(beyond, context.book, Urgency.HIGH))
    number = handling.requests + 1
    asks: list[Page] = []
    for place, user in enumerate(fresh):
        rules = list(due_rules(context.book.users.get(user), Urgency.HIGH, draft.now))
        asks.extend(
            Page(due.at, 0, number, 0, user, due.index, due.rule.via, due.contact, place=place, kind="ask")
            for due in rules
        )
    draft.incident = replace(
        draft.incident,
        handling=replace(
            handling,
            responders={**handling.responders, **dict.fromkeys(fresh, "asked")},
            asks=(*handling.asks, *asks),
            requests=number,
        ),
    )
    draft.note(
        "responders_asked", command.actor, users=" ".join(fresh), text=lines(command.text, LONGEST_NOTE)
    )
    ask_due(draft)
    return Answer.DONE


def _so_far(answers: Mapping[str, str], context: Context) -> str:
    """``Chi Tanaka is asked already, Dee Park has joined``"""
    words = {"asked": "is asked already", "joined": "has joined", "declined": "has declined"}
    return ", ".join(f"{people((user,), context.book)} {words[answer]}" for user, answer in answers.items())


def _agree(users: Collection[str], one: str, several: str) -> str:
    return one if len({*users}) == 1 else several


def do_accept(draft: Draft, command: Command, context: Context) -> Answer:
    return _answered(draft, command, context, "joined")


def do_decline(draft: Draft, command: Command, context: Context) -> Answer:
    return _answered(draft, command, context, "declined")


def _answered(draft: Draft, command: Command, context: Context, answer: str) -> Answer:
    user = command.actor.name
    handling = draft.incident.handling
    if command.actor.kind != "user" or user not in handling.responders:
        raise CannotDo("you were not asked to join it")
    if handling.responders[user] == answer:
        raise AlreadySo(_so_far({user: answer}, context))
    draft.incident = replace(
        draft.incident,
        handling=replace(
            handling,
            responders={**handling.responders, user: answer},
            asks=tuple(page for page in handling.asks if page.user != user),
        ),
    )
    draft.note(f"responder_{answer}", command.actor)
    return Answer.DONE


def do_subscribe(draft: Draft, command: Command, context: Context) -> Answer:
    """They hear of what becomes of it, in writing."""
    handling = draft.incident.handling
    users = _themselves(command, context)
    fresh = tuple(user for user in users if user not in handling.subscribers)
    if not fresh:
        raise AlreadySo(f"{people(users, context.book)} {_agree(users, 'hears', 'hear')} of it already")
    unwritten = tuple(user for user in fresh if not any(ways_to_write(context.book.users[user])))
    if unwritten:
        raise CannotDo(why_unwritten(unwritten, context.book))
    subscribers = (*handling.subscribers, *fresh)
    if len(subscribers) > MOST_PEOPLE:
        raise CannotDo(f"at most {MOST_PEOPLE} people hear of an incident")
    draft.incident = replace(draft.incident, handling=replace(handling, subscribers=subscribers))
    draft.note("subscribed", command.actor, users=" ".join(fresh))
    return Answer.DONE


def do_unsubscribe(draft: Draft, command: Command, context: Context) -> Answer:
    handling = draft.incident.handling
    named = command.users or (command.actor.name,)
    gone = tuple(user for user in handling.subscribers if user in named)
    if not gone:
        raise AlreadySo(
            f"{people(dict.fromkeys(named), context.book)} {_agree(named, 'does', 'do')} not hear of it"
        )
    left = tuple(user for user in handling.subscribers if user not in gone)
    draft.incident = replace(draft.incident, handling=replace(handling, subscribers=left))
    draft.note("unsubscribed", command.actor, users=" ".join(gone))
    return Answer.DONE


def _themselves(command: Command, context: Context) -> tuple[str, ...]:
    """Those named, or else whoever it is."""
    return _known(command.users or (command.actor.name,), context)


def users_of(command: Command, context: Context) -> tuple[str, ...]:
    if not command.users:
        raise CannotDo("name somebody")
    return _known(command.users, context)


def _known(users: tuple[str, ...], context: Context) -> tuple[str, ...]:
    users = tuple(dict.fromkeys(users))
    if not users or len(users) > MOST_PEOPLE:
        raise CannotDo(f"name from 1 to {MOST_PEOPLE} people")
    if unknown := [user for user in users if user not in context.book.users]:
        known = ", ".join(sorted(context.book.users)[:20])
        raise CannotDo(f"there is no user {unknown[0]!r} in the incident's revision; there are {known}")
    return users
