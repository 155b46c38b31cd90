"""What a text from a phone does, command by command."""

from __future__ import annotations

import pytest

from tests.unit.engine.world import World
from tocsin.engine import reply
from tocsin.incidents.incident import State
from tocsin.paging.receipts import InboundSms


def texted(world: World, body: str) -> list[str]:
    """The answers that a text of Ana's gets."""
    before = len(world.carriers.sent)
    reply.text_came(world.ports, InboundSms(id=f"in-{body}", sender="+12025550101", body=body))
    world.run(minutes=0.1)
    return [
        message.text for _, _, message in world.carriers.sent[before:] if message.page_id.startswith("sms-")
    ]


def test_a_text_can_escalate() -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=0.1)
    assert texted(world, "1e") == [f"#{number} escalated."]
    assert "escalated" in world.kinds(number)


@pytest.mark.parametrize(
    "body", ["1k", "1s 30m", "snooze 2h", "1u", "accept", "1n", "1 note the disk is full", "ack all", "aa"]
)
def test_what_is_read_but_cannot_be_done_yet_is_answered_and_changes_nothing(body: str) -> None:
    world = World()
    number = world.alert().number
    world.run(minutes=0.1)
    before = world.get(number)
    assert texted(world, body) == [
        f"Not understood, nothing was changed. Reply 1a to ack #{number}; 1r resolves."
    ]
    assert (world.get(number).state, world.get(number).version) == (State.TRIGGERED, before.version)
