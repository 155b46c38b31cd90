"""Chats: an incident has one card in a channel, each card says how it stands, and nothing tells of tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.simulation.chats import BEARER, SECRETS, Standing
from tests.simulation.cloud import Cloud
from tests.simulation.invariants.webhooks import is_news
from tests.simulation.members import CHANNELS
from tocsin.incidents.incident import Entry, Incident, State
from tocsin.store.pages import PageRecord, PageState

#: Lines that are said under a card, whoever wrote them.
SAID = frozenset(
    {
        "acknowledged",
        "unacknowledged",
        "resolved",
        "snoozed",
        "escalated",
        "severity_changed",
        "title_changed",
    }
)


def a_channel_has_one_card_of_an_incident(cloud: Cloud) -> Iterator[str]:
    """Once more for each run that was struck between the vendor and its record, and then its page is marked; and in the
    place of one that somebody deleted.
    """
    for (to, number), cards in _by_channel(cloud).items():
        first = [card for card in cards if not card.anew]
        deleted = sum(card.gone is not None for card in cards)
        struck = sum(_struck(cloud, card) for card in cards)
        if len(cards) - 1 > deleted + struck:
            yield f"#{number} stands {len(cards)} times in {to}, {deleted} were deleted, {struck} runs were struck"
        for id, times in Counter(card.page for card in first).items():
            record = cloud.store.page(number, id)
            if times == 1 or record is None or record.state is not PageState.SENT:
                continue
            told = [line for line in cloud.store.timeline(number) if line.details.get("page") == id]
            if not record.maybe_twice or not any(line.details.get("maybe_twice") for line in told):
                yield f"the post {id} stands {times} times in {to}, and nothing says that it may"


def _by_channel(cloud: Cloud) -> dict[tuple[str, int], list[Standing]]:
    found: dict[tuple[str, int], list[Standing]] = {}
    channels = {to for there in CHANNELS.values() for to in there}
    for one in cloud.carriers.chats.messages.values():
        if one.is_card and one.to in channels:
            found.setdefault((one.to, one.incident or 0), []).append(one)
    return found


def _struck(cloud: Cloud, one: Standing) -> bool:
    """Whether a fault hit the run that sent it."""
    return any(fault.where.startswith(one.shown[0].by) for fault in cloud.weather.faults)


def each_card_says_how_its_incident_stands(cloud: Cloud) -> Iterator[str]:
    """In a channel, and with whoever was paged there: unless the vendor refused to show it. One that somebody deleted
    stands anew in its channel, and rings nobody whose own it was. Of two that were sent of one page, the one that was
    written down.
    """
    for number, changes in cloud.witness.changes.items():
        news = [one for one in changes if any(map(is_news, one.entries))]
        for record in _cards(cloud, number):
            card = cloud.carriers.chats.messages.get(record.provider_id or "")
            if card is None or not card.is_card:
                yield f"{record.id} is to stand at {record.provider_id}, where no card does"
            elif card.gone is not None and card.gone <= cloud.kernel.now:
                if card.gone < news[-1].at and not record.page.user and not _refuses(cloud, record, card):
                    yield f"the card {record.id} was deleted, and does not stand anew in {card.to}"
            elif not _refused_since(card, news[-1].at):
                yield from (
                    f"the card {record.id} {words}"
                    for words in _differences(cloud, card, changes[-1].incident, news[-1].incident.version)
                )


def _cards(cloud: Cloud, number: int) -> list[PageRecord]:
    return [
        record
        for record in cloud.store.pages(number)
        if record.channel in CHANNELS and record.state is PageState.SENT and record.shown
    ]


def _refuses(cloud: Cloud, record: PageRecord, card: Standing) -> bool:
    return record.id in cloud.witness.refused or f"{card.vendor} of {card.to}" in cloud.carriers.dead


def _refused_since(card: Standing, at: int) -> bool:
    return any(one.refused and one.at >= at for one in card.shown)


def _differences(cloud: Cloud, card: Standing, incident: Incident, version: int) -> Iterator[str]:
    face = card.face()
    if face.number != incident.number:
        yield f"is about #{face.number}"
    pairs = [
        ("state", face.state, incident.state.value),
        ("severity", face.severity, incident.severity.lower()),
        ("urgency", face.urgency, incident.urgency.value),
    ]
    for what, shown, is_ in pairs:
        if shown != is_:
            yield f"says that the {what} of #{incident.number} is {shown}, and it is {is_}"
    if incident.title not in face.head:
        yield f"calls #{incident.number} {face.head!r}, and it is {incident.title!r}"
    holder = _holder(cloud, incident)
    if holder not in face.line and "asks you to join" not in face.line and "Still on it?" not in face.line:
        yield f"says of #{incident.number} {face.line!r}, and {holder} has it"
    versions = {int(button.split(":")[2]) for button in face.buttons}
    if incident.open and not all(version <= one <= incident.version for one in versions):
        yield f"has the buttons of v{sorted(versions)} of #{incident.number}, and it is v{version}"


def _holder(cloud: Cloud, incident: Incident) -> str:
    """Whose name a card has on it; none where nobody's has to be."""
    by = incident.resolved_by if incident.state is State.RESOLVED else incident.acked_by
    if incident.state is State.TRIGGERED or incident.handling.merged_into is not None:
        return ""
    user = cloud.book(incident.revision).users.get(by.name) if by is not None and by.kind == "user" else None
    return user.name if user is not None else ""


def what_a_card_showed_was_so(cloud: Cloud) -> Iterator[str]:
    """No card was made to show what was past when its run began, nor what never was; its buttons are its own."""
    for card in cloud.carriers.chats.messages.values():
        if not card.is_card:
            continue
        changes = cloud.witness.changes[card.incident or 0]
        for shown in card.shown:
            face = shown.face
            named = {tuple(map(int, button.split(":")[1:])) for button in face.buttons}
            if {number for number, _ in named} - {card.incident}:
                yield f"a card of #{card.incident} has the buttons {face.buttons}"
            now = cloud.witness.at(card.incident or 0, shown.began)
            for _, version in named:
                was = next((one.incident for one in changes if one.incident.version == version), None)
                if was is None or was.state.value != face.state:
                    yield f"#{card.incident} was shown as {face.state} in v{version}, which it was not"
                if now is not None and version < now.version:
                    yield f"#{card.incident} was shown as v{version}, and was v{now.version} when {shown.by} began"


def each_step_stands_in_the_channel_that_it_names(cloud: Cloud) -> Iterator[str]:
    """A post that counts as sent is the incident's card there, or a word under it."""
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            if record.page.kind != "post" or record.channel not in CHANNELS:
                continue
            sent = [one for one in cloud.carriers.chats.messages.values() if one.page == record.id]
            there = [one for one in sent if one.to == record.page.contact and one.incident == number]
            if record.state is PageState.SENT and not there:
                yield f"{record.id} counts as posted, and nothing of it is in {record.page.contact}"
            refused = record.id in cloud.witness.refused or record.page.via in cloud.carriers.off
            late = str(record.reason).startswith("carrier_unavailable")
            if record.state is PageState.REFUSED and not refused and not late:
                yield f"{record.id} counts as refused ({record.reason}), and nobody refused it"


def what_happens_is_said_under_the_card(cloud: Cloud) -> Iterator[str]:
    """Each thing once, but once more for each run that was struck; in the card's thread, where there are threads."""
    words = [one for one in cloud.carriers.chats.messages.values() if one.page.startswith("line-")]
    for id, times in Counter(one.page for one in words).items():
        struck = sum(_struck(cloud, one) for one in words if one.page == id)
        if times - 1 > struck:
            yield f"{id} was said {times} times, and {struck} of those runs were struck"
    if any(id.startswith("line-") for id in cloud.witness.refused):
        return
    for number in cloud.store.numbers():
        for record in _cards(cloud, number):
            card = cloud.carriers.chats.messages.get(record.provider_id or "")
            if (
                card is None
                or record.page.user
                or card.anew
                or f"{card.vendor} of {card.to}" in cloud.carriers.dead
            ):
                continue
            due = [
                line for line in cloud.store.timeline(number) if line.kind in SAID and _after(line, record)
            ]
            under = [one for one in words if one.to == card.to and one.under in ("", card.place)]
            if card.vendor == "slack":
                under = [one for one in under if one.under == card.place]
            if len({one.page for one in under}) < len(due):
                yield f"under {record.id} {len(under)} things are said, and {len(due)} happened: {_kinds(due)}"


def _after(line: Entry, record: PageRecord) -> bool:
    return record.at is not None and line.at > record.at


def _kinds(lines: Sequence[Entry]) -> str:
    return ", ".join(line.kind for line in lines)


def nothing_secret_of_a_chat_is_told(cloud: Cloud) -> Iterator[str]:
    """No token, password or signing secret stands in a timeline or an alarm; of the log another check tells."""
    secrets = (BEARER, *SECRETS.values())
    for number in cloud.store.numbers():
        if any(record.page.via in CHANNELS for record in cloud.store.pages(number)):
            text = str([dict(line.details) for line in cloud.store.timeline(number)])
            if any(secret in text for secret in secrets):
                yield f"the timeline of #{number} tells a secret of a chat"
    if any(secret in str(cloud.witness.alarms) for secret in secrets):
        yield "an alarm tells a secret of a chat"
