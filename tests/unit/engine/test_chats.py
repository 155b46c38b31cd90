"""An incident in a chat: its card, what it hears, and what people press, ask and say there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.engine.world import World, refuse, story
from tocsin.engine.cards import card_of
from tocsin.engine.chats import came
from tocsin.engine.commits import command
from tocsin.engine.deliver import deliver
from tocsin.engine.threads import follow
from tocsin.escalation.commands import Action, Command
from tocsin.incidents.incident import Actor, Entry, Incident, State
from tocsin.paging import chat_texts
from tocsin.paging.channels.base import Later, Message, Outcome, Sent
from tocsin.paging.chat import Asked, Came, Ignored, Person, Pressed, Spoke
from tocsin.store.messages import Notice, Refresh
from tocsin.store.ports import PageMessage

TEAM = """
version: 1
users:
  ana: {name: Ana Souza, contacts: {mobile: "+12025550101"}, chat: {slack: U012AB3CD},
        notify: {high: [{after: 0m, via: sms}]}}
  ben: {name: Ben Okafor, chat: {slack: U0BEN00000}, notify: {high: [{after: 0m, via: slack}]}}
policies:
  p:
    steps:
      - {page: [{slack: "#incidents"}, {user: ana}], wait: 5m}
      - {page: [{slack: "#incidents"}, {user: ben}], wait: 30m}
services:
  checkout: {policy: p, ack_timeout: 60m, runbook: "https://runbooks.example.com/checkout"}
integrations:
  checkout: {service: checkout, source: generic}
catch_all: checkout
"""
ANA, BEN, EVE = (Person("slack", id, name) for id, name in
                 (("U012AB3CD", "ana"), ("U0BEN00000", "ben"), ("U0EVE00000", "eve")))  # fmt: skip


class Slack:
    """Carriers that remember what stands in the chat, by the provider's id."""

    def __init__(self, world: World) -> None:
        self.messages: dict[str, Message] = {}
        self.under: list[tuple[str, str]] = []
        self.edits = 0
        self.refuses: Outcome | None = None
        world.carriers.says = self.says

    def says(self, channel: str, message: Message) -> Outcome:
        if channel != "slack":
            return Sent(f"sms-{message.page_id}")
        if self.refuses is not None:
            return self.refuses
        if message.thread:
            self.under.append((message.thread, message.text))
            return Sent(f"C1/{len(self.under)}.9")
        place = message.edits or f"C1/{len(self.messages) + 1}.0"
        self.edits += bool(message.edits)
        self.messages[place] = message
        return Sent(place)

    def card(self, place: str = "C1/1.0"):
        card = self.messages[place].card
        assert card is not None
        return card


@pytest.fixture
def world() -> World:
    return World(TEAM)


@pytest.fixture
def slack(world: World) -> Slack:
    return Slack(world)


def hear(world: World, number: int, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """What the stream makes of the timeline's new lines, delivered; gives those seen by now."""
    lines = world.timeline(number)
    follow(world.ports, [(number, line) for line in lines if line.id not in seen])
    world.run()
    return seen | {line.id for line in lines}


def press(world: World, action: Action, incident: Incident, person: Person = ANA, id: str = "") -> list[str]:
    told: list[str] = []
    one = Pressed(
        id or f"press-{action}-{person.id}", person, action.value, incident.number, incident.version
    )
    came(world.ports, one, lambda _, words: told.append(words))
    return told


def ask(world: World, text: str, person: Person = ANA, thread: str = "") -> str:
    told: list[str] = []
    came(world.ports, Asked(f"ask-{text}", person, text, thread=thread), lambda _, words: told.append(words))
    return told[-1] if told else ""


def opened(world: World) -> Incident:
    number = world.alert().number
    world.run()
    return world.get(number)


def test_a_channel_has_one_card_and_what_is_new_stands_under_it(world: World, slack: Slack) -> None:
    incident = opened(world)
    assert slack.card().state == "triggered"
    assert slack.card().line == "Round 1, step 1: Ana Souza"
    assert [button.label for button in slack.card().buttons] == ["Acknowledge", "Resolve", "Escalate"]
    world.run(5)
    hear(world, incident.number)
    assert len([one for one in slack.messages.values() if one.to == "#incidents"]) == 1
    assert ("C1/1.0", "Round 1, step 2: Ben Okafor") in slack.under


AT_ONCE = TEAM.replace('[{slack: "#incidents"}, {user: ana}]', '[{slack: "#incidents"}]')


def posts(world: World) -> list[PageMessage]:
    return [one for one in world.queue.take() if isinstance(one, PageMessage) and one.page.kind == "post"]


def test_steps_that_begin_at_once_post_one_card(world: World, slack: Slack) -> None:
    """The first reaches nobody and is passed: both post to the channel, and neither waits for the other's record."""
    world.apply(AT_ONCE)
    number = world.alert().number
    one, other = posts(world)
    first, waits = slack.says, []  # type: ignore[var-annotated]

    def meets(channel: str, message: Message) -> Outcome:
        if message.card is not None and not waits:
            waits.append(deliver(world.ports, world.carriers, other))
        return first(channel, message)

    world.carriers.says = meets
    assert deliver(world.ports, world.carriers, one) is None
    assert waits == [3]
    assert deliver(world.ports, world.carriers, other) is None
    assert len([message for message in slack.messages.values() if message.to == "#incidents"]) == 1
    assert slack.under == [("C1/1.0", "Round 1, step 2: Ben Okafor")]
    assert [line.details["reason"] for line in world.timeline(number) if line.kind == "post_waiting"] == [
        "card_coming"
    ]


def test_of_two_posts_that_find_each_other_the_earlier_goes_on(world: World, slack: Slack) -> None:
    world.apply(AT_ONCE)
    number = world.alert().number
    one, other = posts(world)
    now = world.clock.now()
    world.store.claim_page(number, other.page, now, now + timedelta(seconds=60))
    assert [deliver(world.ports, world.carriers, one) for _ in range(3)] == [1, 8, 20]
    assert not slack.messages
    assert deliver(world.ports, world.carriers, one) is None, "whoever held it for so long is dead"
    assert slack.card().number == number


def test_the_card_is_changed_in_place_when_the_incident_changes(world: World, slack: Slack) -> None:
    incident = opened(world)
    seen = hear(world, incident.number)
    assert slack.edits == 0
    wish = Command("c1", Action.ACKNOWLEDGE, Actor("user", "ana", "sms"))
    command(world.ports, incident.number, wish)
    hear(world, incident.number, seen)
    assert slack.card().state == "acknowledged"
    assert slack.card().line == "Acknowledged by Ana Souza (text), until 23 Nov 03:00 UTC"
    assert slack.card().version == world.get(incident.number).version
    assert slack.under[-1] == ("C1/1.0", "Ana Souza (text) acknowledged it, until 23 Nov 03:00 UTC")


def test_what_the_stream_tells_twice_is_shown_and_said_once(world: World, slack: Slack) -> None:
    incident = opened(world)
    command(world.ports, incident.number, Command("c1", Action.RESOLVE, Actor("user", "ana", "sms")))
    hear(world, incident.number)
    edits, said = slack.edits, list(slack.under)
    assert edits == 1
    hear(world, incident.number)
    assert (slack.edits, slack.under) == (edits, said)


def test_a_card_that_shows_what_is_past_is_shown_anew(world: World, slack: Slack) -> None:
    """The incident was taken between the card's rendering and its record: the card's own line brings it right."""
    number = world.alert().number
    post = world.queue.take()
    first = slack.says

    def taken_meanwhile(channel: str, message: Message) -> Outcome:
        if channel == "slack" and not message.edits:
            command(world.ports, number, Command("c1", Action.ACKNOWLEDGE, Actor("user", "ana", "sms")))
        return first(channel, message)

    world.carriers.says = taken_meanwhile
    for message in post:
        deliver(world.ports, world.carriers, message)
    assert slack.card().state == "triggered"
    hear(world, number)
    assert slack.card().state == "acknowledged"


def test_two_that_pass_each_other_leave_the_latest_on_the_card(world: World, slack: Slack) -> None:
    incident = opened(world)
    first = slack.says
    nested: list[str] = []

    def slow(channel: str, message: Message) -> Outcome:
        """While the first edit is under way the incident is resolved, and another one shows that."""
        if message.edits and not nested:
            nested.append(message.edits)
            command(world.ports, incident.number, Command("c2", Action.RESOLVE, Actor("user", "ana", "sms")))
            deliver(world.ports, world.carriers, Refresh(incident.number))
            assert slack.card().state == "resolved"
        return first(channel, message)

    command(world.ports, incident.number, Command("c1", Action.ACKNOWLEDGE, Actor("user", "ana", "sms")))
    world.carriers.says = slow
    deliver(world.ports, world.carriers, Refresh(incident.number))
    assert nested
    assert slack.card().state == "resolved"


def test_a_chat_that_stays_down_is_waited_for_longer_each_time_and_shown_the_next_change(
    world: World, slack: Slack
) -> None:
    number = opened(world).number
    command(world.ports, number, Command("c1", Action.ACKNOWLEDGE, Actor("user", "ana", "sms")))
    slack.refuses = Later("carrier_down")
    waits = [deliver(world.ports, world.carriers, Refresh(number), tries) for tries in range(1, 19)]
    assert waits == [20] * 6 + [40, 80, 160, 320, 640] + [900] * 6 + [None]
    assert "CardGivenUp" in world.metrics.counts
    slack.refuses = None
    command(world.ports, number, Command("c2", Action.RESOLVE, Actor("user", "ana", "sms")))
    hear(world, number)
    assert slack.card().state == "resolved"


def test_whoever_comes_again_shows_it_once_more(world: World, slack: Slack) -> None:
    """A run that was ended by its timeout left an edit behind, which came after the one that was newer."""
    incident = opened(world)
    older = slack.messages["C1/1.0"]
    command(world.ports, incident.number, Command("c1", Action.RESOLVE, Actor("user", "ana", "sms")))
    deliver(world.ports, world.carriers, Refresh(incident.number))
    slack.messages["C1/1.0"] = older
    assert deliver(world.ports, world.carriers, Refresh(incident.number)) is None
    assert slack.card().state == "triggered"
    assert deliver(world.ports, world.carriers, Refresh(incident.number), tries=2) is None
    assert slack.card().state == "resolved"


def test_a_chat_that_is_down_is_shown_it_later_and_one_that_refuses_is_left(
    world: World, slack: Slack
) -> None:
    incident = opened(world)
    command(world.ports, incident.number, Command("c1", Action.RESOLVE, Actor("user", "ana", "sms")))
    slack.refuses = Later("carrier_down")
    assert deliver(world.ports, world.carriers, Refresh(incident.number)) == 20
    slack.refuses = None
    assert deliver(world.ports, world.carriers, Refresh(incident.number)) is None
    assert slack.card().state == "resolved"
    world.carriers.says = refuse("not_in_channel")
    command(world.ports, incident.number, Command("c2", Action.REOPEN, Actor("user", "ana", "sms")))
    assert deliver(world.ports, world.carriers, Refresh(incident.number)) is None


def test_a_card_that_somebody_deleted_is_posted_anew_once_and_goes_on_from_there(
    world: World, slack: Slack
) -> None:
    incident = opened(world)
    first = slack.says

    def gone(channel: str, message: Message) -> Outcome:
        if message.edits == "C1/1.0":
            slack.messages["C1/7.0"] = message
            return Sent("C1/7.0")
        return first(channel, message)

    world.carriers.says = gone
    for id, action in (("c1", Action.ACKNOWLEDGE), ("c2", Action.RESOLVE)):
        command(world.ports, incident.number, Command(id, action, Actor("user", "ana", "sms")))
        deliver(world.ports, world.carriers, Refresh(incident.number))
    assert slack.card("C1/7.0").state == "resolved"
    message = world.store.message("C1/7.0")
    assert message is not None
    assert message.incident == incident.number


def test_a_person_is_paged_in_a_chat_by_a_card_of_their_own(world: World, slack: Slack) -> None:
    incident = opened(world)
    world.run(5)
    mine = [place for place, one in slack.messages.items() if one.to == "U0BEN00000"]
    assert len(mine) == 1
    seen = hear(world, incident.number)
    press(world, Action.ACKNOWLEDGE, world.get(incident.number), BEN)
    hear(world, incident.number, seen)
    assert slack.card(mine[0]).state == "acknowledged"
    assert all(thread != mine[0] for thread, _ in slack.under), "what happens is told in the channel"


def test_a_persons_own_card_is_changed_where_it_stands_and_goes_nowhere_else(
    world: World, slack: Slack
) -> None:
    """Whoever deleted it is not rung for it, and no channel that is called like the contact gets it."""
    incident = opened(world)
    world.run(5)
    (mine,) = [place for place, one in slack.messages.items() if one.to == "U0BEN00000"]
    first = slack.says
    edits: dict[str, str] = {}

    def noted(channel: str, message: Message) -> Outcome:
        if message.edits:
            edits[message.edits] = message.to
        return first(channel, message)

    world.carriers.says = noted
    command(world.ports, incident.number, Command("c1", Action.RESOLVE, Actor("user", "ana", "sms")))
    deliver(world.ports, world.carriers, Refresh(incident.number))
    assert edits == {"C1/1.0": "#incidents", mine: ""}


def test_a_button_does_what_it_says_by_whoever_the_file_knows(world: World, slack: Slack) -> None:
    incident = opened(world)
    assert press(world, Action.ACKNOWLEDGE, incident) == []
    after = world.get(incident.number)
    assert (after.state, after.acked_by) == (State.ACKNOWLEDGED, Actor("user", "ana", "slack"))
    assert press(world, Action.ACKNOWLEDGE, incident, BEN) == [
        f"#{incident.number} was already acknowledged by Ana Souza (slack)."
    ]
    assert press(world, Action.SNOOZE, after) == []
    assert world.get(incident.number).snoozed_until == world.clock.now() + timedelta(hours=1)


def test_a_stranger_changes_nothing_and_is_told_how_to_be_known(world: World, slack: Slack) -> None:
    incident = opened(world)
    [told] = press(world, Action.RESOLVE, incident, EVE)
    assert "chat: {slack: U0EVE00000}" in told
    assert "chat: {slack: U0EVE00000}" in ask(world, f"res {incident.number}", EVE)
    assert world.get(incident.number).state is State.TRIGGERED


def test_two_who_press_escalate_on_the_same_card_mean_one_step(world: World, slack: Slack) -> None:
    incident = opened(world)
    press(world, Action.ESCALATE, incident, ANA)
    press(world, Action.ESCALATE, incident, BEN)
    world.run()
    assert world.kinds(incident.number).count("escalated") == 1


def test_a_press_that_comes_again_is_one(world: World, slack: Slack) -> None:
    incident = opened(world)
    for _ in range(2):
        press(world, Action.ACKNOWLEDGE, incident, id="p1")
        press(world, Action.UNACKNOWLEDGE, incident, id="p2")
    kinds = world.kinds(incident.number)
    assert (kinds.count("acknowledged"), kinds.count("unacknowledged")) == (1, 1), story(
        world, incident.number
    )


@pytest.mark.parametrize("action", ["merge", "reassign", "title", "nonsense"])
def test_what_no_button_of_ours_carries_does_nothing(world: World, slack: Slack, action: str) -> None:
    incident = opened(world)
    told: list[str] = []
    one = Pressed("p", ANA, action, incident.number, incident.version)
    came(world.ports, one, lambda _, words: told.append(words))
    assert told == ["This version of Tocsin does not know that button. Nothing was changed."]
    assert world.get(incident.number).version == incident.version


def test_a_command_is_written_as_a_text_message_is(world: World, slack: Slack) -> None:
    incident = opened(world)
    number = incident.number
    assert ask(world, f"ack {number}").startswith(f"#{number} acknowledged")
    assert ask(world, f"snooze {number} 2h").startswith(f"#{number} snoozed until ")
    assert ask(world, f"note {number} The disk") == f"#{number} has your note."
    assert ask(world, "open") == f"#{number} snoozed, checkout: disk is on fire"
    assert ask(world, "res", thread="C1/1.0").startswith(f"#{number} resolved")
    assert ask(world, "") == "Nothing is open."
    assert ask(world, "ack 9999") == "There is no incident #9999. Nothing was changed."
    for text in ("hello", "ack all", "1a", "ack"):
        assert "Nothing was changed" in ask(world, text) or "incident's number" in ask(world, text)
    assert ask(world, "oncall") == "There is no schedule."
    assert "from 1 minute to 7 days" in ask(world, f"snooze {number} 8d")


def test_what_is_said_under_the_card_is_noted_and_not_echoed(world: World, slack: Slack) -> None:
    incident = opened(world)
    seen = hear(world, incident.number)
    for person, text in ((ANA, "I look"), (EVE, "me, too"), (ANA, "I look")):
        came(world.ports, Spoke(f"e-{text}", person, text, "C1/1.0"), lambda _, words: None)
    notes = [
        (line.actor.name, line.details["text"])
        for line in world.timeline(incident.number)
        if line.kind == "note"
    ]
    assert notes == [("ana", "I look"), ("eve", "me, too")]
    hear(world, incident.number, seen)
    assert not [words for _, words in slack.under if "noted" in words]
    command(
        world.ports, incident.number, Command("n", Action.NOTE, Actor("user", "ana", "sms"), text="by text")
    )
    hear(world, incident.number, seen)
    assert slack.under[-1] == ("C1/1.0", "Ana Souza (text) noted: by text")


def test_what_is_said_elsewhere_is_left_alone(world: World, slack: Slack) -> None:
    incident = opened(world)
    came(world.ports, Spoke("e", ANA, "hello", "C9/9.9"), lambda _, words: None)
    came(world.ports, Ignored("a bot's message"), lambda _, words: None)
    assert world.get(incident.number).version == incident.version


def test_a_chat_that_is_off_is_said_on_the_timeline_and_holds_nobody_up(world: World) -> None:
    world.carriers.off = frozenset({"slack"})
    incident = opened(world)
    refused = [line for line in world.timeline(incident.number) if line.kind == "post_refused"]
    assert [line.details["reason"] for line in refused] == ["channel_off"]
    assert ("sms", "101") in [(channel, to) for _, channel, to in world.sent()]
    world.run(5)
    assert "exhausted" in [line.details.get("reason") for line in world.timeline(incident.number)]


def test_an_incident_in_no_chat_costs_no_message(world: World) -> None:
    world.carriers.off = frozenset({"slack"})
    incident = opened(world)
    follow(world.ports, [(incident.number, line) for line in world.timeline(incident.number)])
    assert world.queue.take() == []


def test_every_word_said_under_a_card_has_an_id_of_its_own(world: World, slack: Slack) -> None:
    incident = opened(world)
    command(world.ports, incident.number, Command("c1", Action.RESOLVE, Actor("user", "ana", "sms")))
    lines: list[tuple[int, Entry]] = [(incident.number, line) for line in world.timeline(incident.number)]
    follow(world.ports, lines)
    follow(world.ports, lines)
    notices = [one for one in world.queue.take() if isinstance(one, Notice)]
    assert len({one.id for one in notices}) == len(notices) / 2 > 0
    assert all(one.thread == "C1/1.0" for one in notices)


def test_nobody_is_told_twice_what_came_twice(world: World, slack: Slack) -> None:
    incident = opened(world)
    one: Came = Asked("q1", ANA, f"ack {incident.number}")
    told: list[str] = []
    for _ in range(2):
        came(world.ports, one, lambda _, words: told.append(words))
    assert told[0] == told[1]
    assert world.kinds(incident.number).count("acknowledged") == 1


def test_resolve_has_one_place_whatever_the_card_shows(world: World) -> None:
    number = world.alert().number
    shown = []
    for action in (None, Action.ACKNOWLEDGE, Action.SNOOZE):
        if action is not None:
            command(world.ports, number, Command(action.value, action, Actor("user", "ana", "sms")))
        shown.append([button.label for button in card_of(world.ports, world.get(number), "post").buttons])
    assert shown == [
        ["Acknowledge", "Resolve", "Escalate"],
        ["Snooze 1 h", "Resolve", "Give back"],
        ["Snooze 1 h", "Resolve", "Wake it"],
    ]


def test_whoever_is_asked_to_join_reads_by_whom_and_why(world: World, slack: Slack) -> None:
    incident = opened(world)
    for text, line in (
        ("look at the switch", "Ana Souza asks you to join: look at the switch"),
        ("", "Ana Souza asks you to join."),
    ):
        wish = Command(f"ask-{text}", Action.ASK, Actor("user", "ana", "command"), users=("ben",), text=text)
        command(world.ports, incident.number, wish)
        assert card_of(world.ports, world.get(incident.number), "ask", "ben").line == line
        command(
            world.ports, incident.number, Command(f"no-{text}", Action.DECLINE, Actor("user", "ben", "sms"))
        )


def test_the_buttons_of_whoever_was_asked_keep_their_places_after_an_answer(
    world: World, slack: Slack
) -> None:
    number = opened(world).number
    command(world.ports, number, Command("ask", Action.ASK, Actor("user", "ana", "command"), users=("ben",)))
    before = card_of(world.ports, world.get(number), "ask", "ben").buttons
    command(world.ports, number, Command("no", Action.DECLINE, Actor("user", "ben", "slack")))
    assert card_of(world.ports, world.get(number), "ask", "ben").buttons == before
    assert [one.label for one in before] == ["Join", "Decline", "Acknowledge", "Resolve", "Escalate"]


def test_whoever_writes_a_bare_command_under_the_card_is_told_once_that_it_is_a_note(
    world: World, slack: Slack
) -> None:
    incident = opened(world)
    for number, (person, text) in enumerate(
        ((ANA, "ack"), (ANA, "Ack!"), (EVE, "res"), (ANA, "acked it, looking"))
    ):
        came(world.ports, Spoke(f"e-{number}", person, text, "C1/1.0"), lambda _, words: None)
    world.run()
    assert world.get(incident.number).state is State.TRIGGERED
    assert world.kinds(incident.number).count("note") == 4
    said = [
        words for place, words in slack.under if place == "C1/1.0" and ("note" in words or "know" in words)
    ]
    assert said == [
        "Ana Souza: what you wrote was kept as a note, and nothing else was changed. Press the button of the card, "
        f"or write /tocsin ack {incident.number}.",
        chat_texts.stranger(EVE),
    ]
