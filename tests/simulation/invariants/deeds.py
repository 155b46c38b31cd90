"""What people do in chats is done once, by them and nobody else, and they are told so; what no vendor signed is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.simulation.chatting import STRANGERS, Deed
from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import slowest
from tests.simulation.invariants.orders import LINES
from tests.simulation.members import VENDORS
from tocsin.incidents.incident import Entry

#: What a press in Teams is answered with: words, or the card as it is then.
_WORDS, _CARD = "application/vnd.microsoft.activity.message", "application/vnd.microsoft.card.adaptive"
#: Queries, which change nothing.
_ASKS = ("open", "oncall")


def what_nobody_signed_is_refused_unread(cloud: Cloud) -> Iterator[str]:
    """Answered 401, or 503 while it cannot be known, and told nothing; and what was signed is not refused so."""
    for deed in cloud.carriers.chats.deeds:
        statuses = {answer[0] for answer in deed.runs.values() if answer is not None}
        if deed.forged and statuses - {401, 503}:
            yield f"{deed}, forged by another {deed.forged}, was answered {sorted(statuses)}"
        if deed.forged and told_to(cloud, deed):
            yield f"{deed}, forged by another {deed.forged}, was told {told_to(cloud, deed)}"
        if not deed.forged and statuses - ({200, 503} if deed.vendor == "teams" else {200}):
            yield f"{deed} was signed, and answered {sorted(statuses)}"


def whoever_acts_in_a_chat_is_known_there(cloud: Cloud) -> Iterator[str]:
    """By the configuration of that moment, by the id that the vendor signed; a stranger notes things, and no more."""
    slack = slowest(cloud)
    for number, line in _lines(cloud):
        if line.actor.kind == "user":
            at = cloud.kernel.since(line.at)
            eras = [one for one in cloud.witness.applied if one.at <= at + slack]
            now = [one for one in eras if one.at >= at - slack] + [
                one for one in eras if one.at < at - slack
            ][-1:]
            rows = (one.era.document["users"].get(line.actor.name, {}) for one in now)
            if not any(line.actor.via in row.get("chat", {}) for row in rows):
                yield f"{line.actor.name} {line.kind} #{number} by {line.actor.via}, where nobody knows them"
        elif line.kind != "note":
            yield f"{line.actor.name}, whom nobody knows, {line.kind} #{number} by {line.actor.via}"


def _lines(cloud: Cloud) -> Iterator[tuple[int, Entry]]:
    """What was written from chats."""
    for number in cloud.store.numbers() if cloud.carriers.chats.deeds else ():
        for line in cloud.store.timeline(number):
            if line.actor.via in VENDORS:
                yield number, line


def _genuine(cloud: Cloud) -> list[Deed]:
    return [deed for deed in cloud.carriers.chats.deeds if deed.who and not deed.forged]


def a_deed_is_done_once(cloud: Cloud) -> Iterator[str]:
    """By whoever did it, on the incident that it names, however often it is told. Those who press Escalate on one
    version of a card mean one step.
    """
    wished: Counter[tuple[str, str, int, str]] = Counter()
    steps: dict[tuple[str, int], set[tuple[str, int]]] = {}
    for deed in _genuine(cloud):
        for kind in LINES.get(deed.wish, ()) if deed.how != "word" else ():
            wished[deed.who, deed.vendor, deed.incident, kind] += 1
        if deed.wish == "escalate":
            pressed = ("press", deed.version) if deed.how == "press" else ("command", deed.serial)
            steps.setdefault((deed.vendor, deed.incident), set()).add(pressed)
    lines = [
        (number, line) for number, line in _lines(cloud) if line.actor.kind == "user" and line.kind != "note"
    ]
    done = Counter((line.actor.name, line.actor.via, number, line.kind) for number, line in lines)
    for (who, vendor, number, kind), times in done.items():
        if times > wished[who, vendor, number, kind]:
            asked = wished[who, vendor, number, kind]
            yield f"{who} {kind} #{number} {times} times in {vendor}, having asked {asked} times"
    taken = Counter((line.actor.via, number) for number, line in lines if line.kind == "escalated")
    for (vendor, number), times in taken.items():
        if times > len(steps.get((vendor, number), ())):
            yield f"#{number} was escalated {times} times in {vendor}, by presses on {steps.get((vendor, number))}"


def whoever_pressed_finds_it_so(cloud: Cloud) -> Iterator[str]:
    """A press that is answered without a word, or with the card, was done: the timeline says by whom."""
    found = {(number, line.actor.via, line.kind, line.actor.name) for number, line in _lines(cloud)}
    for deed in _genuine(cloud):
        if deed.how != "press" or not _silent(cloud, deed):
            continue
        kinds = LINES[deed.wish]
        others = {
            who
            for number, vendor, kind, who in found
            if (number, vendor) == (deed.incident, deed.vendor) and kind in kinds
        }
        if deed.who not in others and not (deed.wish == "escalate" and others):
            yield f"{deed} was answered without a word, and is on no timeline"


def _silent(cloud: Cloud, deed: Deed) -> bool:
    """Whether it was taken, and its person told nothing but the card."""
    if told_to(cloud, deed) or not any(
        answer is not None and answer[0] == 200 for answer in deed.runs.values()
    ):
        return False
    return not any(fault.where.startswith(tuple(deed.runs)) for fault in cloud.weather.faults)


def told_to(cloud: Cloud, deed: Deed) -> list[str]:
    """The words that they were told, in the order in which they came."""
    words: list[str] = []
    for run, answer in deed.runs.items():
        words += [said for _, said in cloud.carriers.chats.told.get(run, ()) if said]
        if deed.vendor == "teams" and deed.how == "press" and answer is not None and answer[0] == 200:
            row = json.loads(answer[1])
            words += [row["value"]] if row["type"] == _WORDS else []
    return words


def every_deed_is_answered(cloud: Cloud) -> Iterator[str]:
    """Whoever presses sees that it was heard; whoever asks is told. Unless something struck each of its runs."""
    for deed in cloud.carriers.chats.deeds:
        struck = {fault.where for fault in cloud.weather.faults}
        well = [
            run
            for run, answer in deed.runs.items()
            if answer is not None and answer[0] == 200 and not any(where.startswith(run) for where in struck)
        ]
        if deed.forged or not well:
            continue
        told = [cloud.carriers.chats.told.get(run, []) for run in well]
        if deed.how == "press" and deed.vendor == "telegram" and not all(told):
            yield f"{deed} waits for ever to be answered"
        if deed.how == "command" and not all(told):
            yield f"{deed} was told nothing"
        if deed.how == "press" and deed.vendor == "teams":
            kinds = {
                json.loads(answer[1])["type"] for answer in deed.runs.values() if answer and answer[0] == 200
            }
            if kinds - {_WORDS, _CARD}:
                yield f"{deed} was answered {kinds}"
        if deed.vendor == "slack" and any(
            f"/{deed.serial}/" not in where for rows in told for where, _ in rows
        ):
            yield f"what {deed} should be told was told to somebody else"


def whoever_names_an_incident_is_told_about_it(cloud: Cloud) -> Iterator[str]:
    """By its number, or by the card that a command stands under: unless that was not written down yet."""
    for deed in _genuine(cloud):
        if deed.how != "command" or deed.wish in _ASKS:
            continue
        sent = cloud.carriers.chats.messages[deed.place].shown[0].at
        for words in told_to(cloud, deed):
            known = "does not know who you are" not in words and deed.at - sent > slowest(cloud)
            if known and f"#{deed.incident}" not in words and cloud.store.message(deed.place) is not None:
                yield f"{deed} was told {words!r}"


def strangers_are_told_how_to_be_known(cloud: Cloud) -> Iterator[str]:
    for deed in cloud.carriers.chats.deeds:
        if deed.who or deed.how == "word":
            continue
        if not all(STRANGERS[deed.vendor] in words for words in told_to(cloud, deed)):
            yield f"{deed} was told {told_to(cloud, deed)}"


def a_word_under_a_card_is_noted_once(cloud: Cloud) -> Iterator[str]:
    """On its incident, by whoever wrote it; what nobody signed is not. A card whose sending nobody wrote down, and one
    that was deleted meanwhile, is nobody's.
    """
    notes: dict[str, list[tuple[int, Entry]]] = {}
    for number, line in _lines(cloud):
        if line.kind == "note":
            notes.setdefault(str(line.details["text"]), []).append((number, line))
    for deed in cloud.carriers.chats.deeds:
        if deed.how != "word":
            continue
        found = notes.pop(deed.wish, [])
        if len(found) > (not deed.forged):
            yield f"{deed} is noted {len(found)} times"
        for number, line in found:
            name = deed.who if line.actor.kind == "user" else ""
            if number != deed.incident or (line.actor.kind == "user" and line.actor.name != name):
                yield f"{deed} is noted on #{number}, by {line.actor.name}"
        known = cloud.store.message(deed.place)
        heard = any(answer is not None and answer[0] == 200 for answer in deed.runs.values())
        was = [one.at for one in cloud.carriers.chats.messages[deed.place].shown][:1]
        if heard and not found and known is not None and was and deed.at - was[0] > slowest(cloud):
            yield f"{deed} is on no timeline"
    for text in notes:
        yield f"the note {text!r} was written by nobody"
