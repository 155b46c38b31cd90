"""People are answered, and what they are told is so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.invariants.deeds import told_to
from tests.simulation.kernel import SECOND, us
from tests.simulation.teams import names, number_of, whose
from tests.simulation.witness import Act
from tocsin.incidents.incident import Entry
from tocsin.paging.codes import SHORTEST
from tocsin.paging.passive import MOST

_DONE = re.compile(r"#(\d+) (acknowledged|resolved|escalated)\.")
_PARTLY = re.compile(r"#(\d+): your ack is noted\.")
_KEPT = re.compile(r"#(\d+) is still yours")
_ALREADY = re.compile(r"#(\d+) was already (acknowledged|resolved|snoozed)")
_PAST = {
    "4": "acknowledged",
    "6": "resolved",
    "9": "escalated",
    "acknowledge": "acknowledged",
    "resolve": "resolved",
    "escalate": "escalated",
    # Whoever keeps what nobody has any more takes it.
    "keep": "acknowledged",
}
_SAID = re.compile(r"Incident ([\d ]+) (acknowledged|resolved|escalated)\.")
_SAID_JOINING = re.compile(r"Incident ([\d ]+) (?:was already )?(joined|declined)")
_SAID_PARTLY = re.compile(r"Incident ([\d ]+): your acknowledgement is noted\.")
_SAID_ALREADY = re.compile(r"Incident ([\d ]+) was already (acknowledged|resolved|snoozed)")

_PART = re.compile(r"(?:#|Incident )(\d[\d ]*) is a part of (?:#|incident )(\d[\d ]*) now")


#: Where people write, and are answered in writing: an answer's id is the surface and that of what it answers.
WRITTEN = ("sms", "whatsapp", "mail")


def everybody_is_told_the_truth(cloud: Cloud) -> Iterator[str]:
    """Who is told "acknowledged" has it by the timeline; who is told "already" had somebody before."""
    for taken in cloud.witness.taken:
        if taken.incident is None:
            surface = taken.page_id.partition("-")[0]
            who = whose().get(taken.to, "")
            yield from _true(
                cloud, who, surface if surface in WRITTEN else "sms", taken.text, _DONE, _ALREADY
            )
    for act in cloud.witness.acts:
        if act.surface == "call" and act.told is not None:
            yield from _true(cloud, act.who, "call", act.told, _SAID, _SAID_ALREADY)
    for deed in cloud.carriers.chats.deeds:
        for words in told_to(cloud, deed):
            yield from _true(cloud, deed.who, deed.vendor, words, _DONE, _ALREADY)


def _true(
    cloud: Cloud, who: str, via: str, told: str, done: re.Pattern[str], already: re.Pattern[str]
) -> Iterator[str]:
    if (found := _KEPT.match(told)) and not any(
        line.actor.name == who and line.actor.via == via for line in _lines(cloud, found[1], "kept")
    ):
        yield f"{who} was told {told!r}, and no line of the timeline says so"
    if (found := _SAID_JOINING.match(told)) and not any(
        line.actor.name == who for line in _lines(cloud, found[1], f"responder_{found[2]}")
    ):
        yield f"{who} was told {told!r}, and never answered so"
    if (found := _PARTLY.match(told) or _SAID_PARTLY.match(told)) and not any(
        line.actor.name == who for line in _lines(cloud, found[1], "acknowledged_too")
    ):
        yield f"{who} was told {told!r}, and never acknowledged it"
    if (found := _PART.match(told)) and int(found[2].replace(" ", "")) not in _wholes(cloud, found[1]):
        yield f"{who} was told {told!r}, and it was not"
    if found := done.match(told):
        lines = _lines(cloud, found[1], found[2])
        if not any(line.actor.name == who and line.actor.via == via for line in lines):
            yield f"{who} was told {told!r}, and no line of the timeline says it was {who} by {via}"
    elif (found := already.match(told)) and not _lines(cloud, found[1], found[2]):
        yield f"{who} was told {told!r}, and it was not"


def _wholes(cloud: Cloud, number: str) -> set[int]:
    """What an incident was merged into, and what that was, and so on."""
    targets = {int(line.details["target"] or 0) for line in _lines(cloud, number, "merged_into")}
    return targets.union(*(_wholes(cloud, str(target)) for target in targets))


def _lines(cloud: Cloud, number: str, kind: str) -> list[Entry]:
    return [line for line in cloud.store.timeline(int(number.replace(" ", ""))) if line.kind == kind]


def everybody_is_answered(cloud: Cloud) -> Iterator[str]:
    """What is written gets one answer, unless its sender wants none or no carrier takes it."""
    answered = _told(cloud)
    refused = any(fault.kind == "refused" for fault in cloud.weather.faults)
    stopped = {act.who for act in cloud.witness.acts if act.wish in ("STOP", "START")}
    for act in cloud.witness.acts:
        if act.surface not in WRITTEN or not _heard(cloud, act) or _key(act) in answered or refused:
            continue
        if act.surface == "sms" and act.who in stopped:
            continue
        if not _dead(cloud, act) and not _enough(cloud, act) and not _left(cloud, act):
            yield f"{act.who} wrote {act.wish!r} by {act.surface} ({act.id}) and got no answer"


def _key(act: Act) -> str:
    return f"{act.surface}-{act.id}"


def _told(cloud: Cloud) -> dict[str, str]:
    """What was answered, by the answers' ids."""
    return {taken.page_id: taken.text for taken in cloud.witness.taken if taken.incident is None}


def _address(act: Act) -> str:
    """The contact that the person wrote from, as the file has it."""
    return f"{act.who}@example.com" if act.surface == "mail" else number_of(act.who)


def _dead(cloud: Cloud, act: Act) -> bool:
    address = _address(act)
    return bool({address, f"{act.surface} of {address}"} & cloud.carriers.dead)


def _heard(cloud: Cloud, act: Act) -> bool:
    """Whether it is known whose words these are, and what they are about: of a word by WhatsApp only that it names its
    incident, or that it stands under a page whose id there was reported long before; of a mail, not for a colleague.
    """
    if act.surface == "whatsapp":
        return (act.meant and act.sender == number_of(act.who)) or _noted(cloud, act)
    return act.surface == "sms" or act.meant or _noted(cloud, act)


def _noted(cloud: Cloud, act: Act) -> bool:
    """Whether the message that it answers is known by the id that it names."""
    if act.surface == "mail":
        rows = [row for rows in cloud.witness.outcomes.values() for row in rows] if act.under else []
        return any(at < act.at and record.provider_id == act.under for at, record in rows)
    reports = [one.at for one in cloud.witness.reported if act.under and one.id == act.under]
    return any(act.at - at > bound(cloud, at, act.at) for at in reports)


def _left(cloud: Cloud, act: Act) -> bool:
    """Whether the incident was moved to a configuration that does not know the address: then it is a stranger's."""
    later = [
        change.incident for change in cloud.witness.changes[act.incident] if change.at <= act.at + us(120)
    ]
    books = [cloud.book(incident.revision) for incident in later]
    known = [
        any(contact.address == _address(act) for contact in book.users[act.who].contacts)
        for book in books
        if act.who in book.users
    ]
    return len(known) < len(books) or not all(known)


def _enough(cloud: Cloud, act: Act) -> bool:
    """Whether so much from this address was answered within the hour that what changes nothing is not."""
    hour = [
        one
        for one in cloud.witness.acts
        if one.who == act.who
        and one.surface in WRITTEN
        and _address(one) == _address(act)
        and abs(act.at - one.at) < us(3600)
    ]
    # Beyond that whoever acknowledges too late is told once that another one has it.
    theirs = [one for one in cloud.witness.acts if (one.who, one.incident) == (act.who, act.incident)]
    mine = any(
        line.actor.name == act.who
        for kind in ("acknowledged", "acknowledged_too", "kept", "resolved")
        for line in _lines(cloud, str(act.incident), kind)
    )
    first = (
        act.wish == "acknowledge" and act.meant and not mine and min(theirs, key=lambda one: one.at) is act
    )
    return len(hour) > MOST and not first


def every_surface_answers(cloud: Cloud) -> Iterator[str]:
    """A key that means something says what came of it, and a link shows its incident while that is open."""
    for act in cloud.witness.acts:
        if act.told is None:
            continue
        if act.surface == "call" and not (
            _SAID.match(act.told)
            or _SAID_ALREADY.match(act.told)
            or _SAID_PARTLY.match(act.told)
            or _SAID_JOINING.match(act.told)
            or _PART.match(act.told)
        ):
            yield f"{act.who} pressed {act.wish} for #{act.incident} and heard {act.told!r}"
        open_ = [
            change.incident.open
            for change, end in cloud.witness.lives(act.incident, cloud.kernel.now)
            if change.at <= act.at + us(60) and end >= act.at
        ]
        if act.surface in ("look", "link") and all(open_) and act.told != "200":
            yield f"{act.who} opened the link of #{act.incident} and saw {act.told}"


def who_wants_no_texts_gets_none(cloud: Cloud) -> Iterator[str]:
    """From a STOP on, as soon as it has come through, until a START."""
    addresses = {person: address for address, person in names().items() if address.startswith("+")}
    for act in cloud.witness.acts:
        if act.wish != "STOP":
            continue
        starts = [one.at for one in cloud.witness.acts if one.who == act.who and one.wish == "START"]
        for taken in cloud.witness.taken:
            late = taken.at - act.at > bound(cloud, act.at, taken.at) + us(60)
            if taken.to == addresses[act.who] and taken.channel == "sms" and late and not starts:
                yield f"{act.who} wrote STOP, and {(taken.at - act.at) / SECOND:.0f} s later came {taken.page_id}"
                break


def nobody_acts_more_than_they_did(cloud: Cloud) -> Iterator[str]:
    """A command arrives as often as it likes and counts once; a look at a link counts for nothing."""
    acts = Counter((act.who, act.surface, _kind(act.surface, act.wish)) for act in cloud.witness.acts)
    lines = Counter(
        (line.actor.name, line.actor.via, line.kind.removesuffix("_too"))
        for number in cloud.store.numbers()
        for line in cloud.store.timeline(number)
        if line.actor.via in (*WRITTEN, "call", "link")
        and line.kind in ("acknowledged", "acknowledged_too", "resolved", "escalated")
    )
    for (who, via, kind), count in lines.items():
        if count > acts[who, via, kind]:
            yield f"{who} {kind} {count} times by {via}, having asked {acts[who, via, kind]} times"


def _kind(surface: str, wish: str) -> str:
    if surface == "sms":
        letter = wish.strip("#0123456789. ").lower()[:1]
        return {"a": "acknowledged", "k": "acknowledged", "r": "resolved"}.get(letter, wish)
    return _PAST.get(wish, wish)


def who_names_an_incident_is_answered_about_it(cloud: Cloud) -> Iterator[str]:
    """A code, or a number, means the incident that it stood beside; a word under a page by WhatsApp the page's."""
    told = _told(cloud)
    for act in cloud.witness.acts:
        words = told.get(_key(act))
        named = act.meant or (act.wish in _PLAIN and act.under and _noted(cloud, act))
        if act.surface not in WRITTEN or not named or not words or _moved_away(cloud, act):
            continue
        found = _DONE.match(words) or _ALREADY.match(words) or _PARTLY.match(words) or _PART.match(words)
        if found is None or (int(found[1]) != act.incident and not _nine_later(act, int(found[1]))):
            yield f"{act.who} wrote {act.wish!r} for #{act.incident}, and was told {words!r}"


def _moved_away(cloud: Cloud, act: Act) -> bool:
    """Whether the incident went to a configuration that does not know this address as theirs."""
    for change, end in cloud.witness.lives(act.incident, cloud.kernel.now):
        user = cloud.book(change.incident.revision).users.get(act.who)
        known = user is not None and any(one.address == _address(act) for one in user.contacts)
        if end >= act.at and not known:
            return True
    return False


#: What is answered by what became of the incident.
_PLAIN = ("acknowledge", "resolve", "escalate")


def _nine_later(act: Act, other: int) -> bool:
    """A phone has nine codes of one digit: the tenth incident may have the first one's, once that is over."""
    return act.surface == "sms" and other - act.incident >= SHORTEST


def who_did_it_is_told_so(cloud: Cloud) -> Iterator[str]:
    """For each line of a timeline that something written wrote, its sender has one "acknowledged" or "resolved", if
    anything.
    """
    confirmed: Counter[tuple[str, str, str, str]] = Counter()
    answered: Counter[tuple[str, str]] = Counter()
    for id, taken in {one.page_id: one for one in cloud.witness.taken if one.incident is None}.items():
        who, surface = whose().get(taken.to, ""), id.partition("-")[0]
        answered[who, surface] += 1
        if found := _DONE.match(taken.text):
            confirmed[who, surface, found[1], found[2]] += 1
        elif found := _PARTLY.match(taken.text):
            confirmed[who, surface, found[1], "acknowledged_too"] += 1
        elif found := _KEPT.match(taken.text):
            # Whoever kept what nobody had, and is answered once they have kept it by another word as well.
            confirmed[who, surface, found[1], "acknowledged"] += 1
    wrote = Counter((act.who, act.surface) for act in cloud.witness.acts)
    lines = Counter(
        (line.actor.name, line.actor.via, str(number), line.kind)
        for number in cloud.store.numbers()
        for line in cloud.store.timeline(number)
        if line.actor.via in WRITTEN and line.kind in ("acknowledged", "acknowledged_too", "resolved")
    )
    for (who, via, number, kind), count in lines.items():
        told = confirmed[who, via, number, kind]
        if told < count and answered[who, via] == wrote[who, via]:
            yield f"{who} {kind} #{number} {count} times by {via}, and was told so {told} times"


def a_bare_word_means_the_only_incident(cloud: Cloud) -> Iterator[str]:
    """Where a history has one incident only, there is nothing else that it could mean."""
    if len(cloud.store.numbers()) != 1:
        return
    told = _told(cloud)
    for act in cloud.witness.acts:
        words = told.get(_key(act))
        bare = act.surface == "sms" and act.wish.strip(".").lower() in ("ack", "res")
        if not bare:
            continue
        lives = [(change, end) for change, end in cloud.witness.lives(act.incident, cloud.kernel.now)]
        known = lives[0][0].at <= act.at and not _moved_away(cloud, act)
        known = known and all(change.incident.open for change, end in lives if end >= act.at)
        if (
            known
            and words is not None
            and not (
                _DONE.match(words) or _ALREADY.match(words) or _PARTLY.match(words) or _PART.match(words)
            )
        ):
            yield f"{act.who} wrote {act.wish!r}, #{act.incident} being the only one, and was told {words!r}"
