"""What a command is answered: what it came to, who has it, what is so already, and how to mend what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.engine.world import TEAM, World
from tocsin.engine.keys import key_pressed
from tocsin.engine.reply import text_came
from tocsin.engine.wishes import wished
from tocsin.paging.receipts import InboundSms, KeyPress


@pytest.fixture
def world() -> World:
    return World()


def do(world: World, number: int, action: str, /, by: str = "ana", **more: Any) -> dict[str, Any]:
    row = {"id": world.ids.fresh(), "incident": number, "action": action, "actor": by, **more}
    return wished(world.ports, row)


def said(world: World, number: int, kind: str, detail: str) -> object:
    return [line.details[detail] for line in world.timeline(number) if line.kind == kind][-1]


def test_a_title_is_one_line_without_anything_hidden_and_a_cut_is_seen(world: World) -> None:
    number = world.alert().number
    do(world, number, "title", text="Disk\x1b[31m full\non \u202edb1\x00\u200b")
    assert world.get(number).title == "Disk full on db1"
    do(world, number, "title", text="x" * 10_000)
    assert world.get(number).title == "x" * 255 + "…"
    assert do(world, number, "title", text="\u202e\x00 ")["why"] == "a title has words"


def test_a_note_keeps_its_lines_and_nothing_hidden(world: World) -> None:
    number = world.alert().number
    do(world, number, "note", text="one\x1b]0;pwned\x07\r\n\u202etwo\n")
    assert said(world, number, "note", "text") == "one]0;pwned\ntwo"
    do(world, number, "note", text="x" * 3_000)
    assert said(world, number, "note", "text") == "x" * 1_999 + "…"
    do(world, number, "ask", users=["chi"], text="\x1b[2Jplease")
    assert said(world, number, "responders_asked", "text") == "please"


def test_whoever_acts_has_a_name_that_can_be_printed(world: World) -> None:
    number = world.alert().number
    assert "error" in do(world, number, "acknowledge", by="ana\x1b[2J")


def test_a_merged_incident_names_what_it_is_a_part_of_now(world: World) -> None:
    one, two, three = (world.alert(key).number for key in ("disk", "memory", "network"))
    do(world, one, "merge", number=two)
    do(world, two, "merge", number=three)
    gone = f"it is a part of #{three} now, which has its alerts"
    for action, answer in (("acknowledge", "closed"), ("reopen", "refused"), ("unmute", "refused")):
        done = do(world, one, action)
        assert (done["answer"], done["why"]) == (answer, gone)
    again = do(world, one, "merge", number=two)
    assert (again["answer"], again["why"]) == ("already", f"it is a part of #{two} already")


def test_a_merge_names_what_it_cannot_go_into(world: World) -> None:
    one, two, three = (world.alert(key).number for key in ("disk", "memory", "network"))
    assert (
        do(world, one, "merge", number=9999)["why"] == "there is no incident #9999 that it could be a part of"
    )
    do(world, one, "merge", number=two)
    assert do(world, two, "merge", number=one)["why"] == f"#{one} is a part of it already"
    assert do(world, three, "merge", number=one)["why"] == f"#{one} is a part of #{two} now: name that one"


def test_whoever_answers_for_a_part_by_text_by_call_or_by_link_is_told_where_it_went(world: World) -> None:
    one = world.alert().number
    world.run(minutes=3.5)
    two = world.alert("memory").number
    do(world, one, "merge", number=two)
    text_came(world.ports, InboundSms("t1", "+12025550101", f"res {one}"))
    world.run(minutes=0.1, audits=False)
    assert world.carriers.sent[-1][2].text == f"#{one} is a part of #{two} now. Nothing was changed."
    call = next(line.details["page"] for line in world.timeline(one) if line.details.get("via") == "voice")
    assert key_pressed(world.ports, KeyPress("k1", "+12025550101", "4", str(call), one)) == (
        f"Incident {' '.join(str(one))} is a part of incident {' '.join(str(two))} now."
    )


def test_what_is_so_already_is_said_with_names(world: World) -> None:
    number = world.alert().number

    def so(action: str, by: str = "ana", **more: Any) -> str:
        done = do(world, number, action, by, **more)
        assert done["answer"] == "already"
        return str(done["why"])

    assert so("unacknowledge") == "nobody has it"
    assert so("unmute") == "its alerts are not muted"
    assert so("reopen") == "it is open (triggered)"
    do(world, number, "ask", users=["chi", "ben"])
    do(world, number, "accept", by="ben")
    assert so("ask", users=["chi", "ben"]) == "Chi Tanaka is asked already, Ben Okafor has joined"
    assert so("accept", by="ben") == "Ben Okafor has joined"
    do(world, number, "subscribe", users=["ben", "chi"])
    assert so("subscribe", users=["ben", "chi"]) == "Ben Okafor and Chi Tanaka hear of it already"
    assert so("unsubscribe") == "Ana Souza does not hear of it"
    do(world, number, "acknowledge", by="ben")
    assert so("acknowledge") == "it is acknowledged by Ben Okafor"


def test_an_ack_of_several_names_who_is_still_to_acknowledge() -> None:
    world = World(
        TEAM.replace(
            "[{page: [{user: ana}], wait: 5m}", "[{page: [{user: ana}, {user: ben}], wait: 5m, ack: all}"
        )
    )
    number = world.alert().number
    first, second = do(world, number, "acknowledge", by="ben"), do(world, number, "acknowledge", by="ben")
    others = "still to acknowledge: Ana Souza"
    assert (first["answer"], first["why"]) == ("partly", others)
    assert (second["answer"], second["why"]) == ("already", f"Ben Okafor has acknowledged it; {others}")


WHY = (
    "nothing reaches Lee Nobody now: no contact that the incident's revision has fits a rule for high urgency. Name "
    "somebody else, or give them one in tocsin.yaml, apply it, and move the incident to it"
)


@pytest.mark.parametrize("users", [["lee"], ["ben", "lee"]])
def test_nobody_is_asked_whom_nothing_reaches(world: World, users: list[str]) -> None:
    number = world.alert().number
    done = do(world, number, "ask", users=users)
    assert (done["answer"], done["why"]) == ("refused", WHY)
    assert world.get(number).handling.responders == {}


def test_whoever_cannot_be_written_to_cannot_subscribe(world: World) -> None:
    number = world.alert().number
    done = do(world, number, "subscribe", users=["lee"])
    assert (done["answer"], done["why"]) == (
        "refused",
        "nothing can be written to Lee Nobody: the incident's revision has no address, number or chat of theirs. Give "
        "them one in tocsin.yaml, apply it, and move the incident to it",
    )
    assert do(world, number, "subscribe", by="lee")["answer"] == "refused"
    assert world.get(number).handling.subscribers == ()


def test_it_is_given_to_nobody_out_of_reach_and_who_is_among_others_is_named(world: World) -> None:
    number = world.alert().number
    done = do(world, number, "reassign", users=["lee"])
    assert (done["answer"], done["why"], world.get(number).handling.assigned) == ("refused", WHY, ())
    done = do(world, number, "reassign", users=["lee", "ben"])
    assert (done["answer"], done["why"], world.get(number).handling.assigned) == ("done", WHY, ("lee", "ben"))
    assert do(world, number, "reassign", users=["ben"])["why"] == ""


def test_whoever_is_away_is_reached_through_their_delegate() -> None:
    away = "  lee: {name: Lee Nobody, away: [{from: 2026-11-20, to: 2026-11-30, delegate: chi}]}\n"
    world = World(TEAM.replace("  lee: {name: Lee Nobody}\n", away))
    number = world.alert().number
    assert do(world, number, "reassign", users=["lee"])["answer"] == "done"
    world.run(minutes=0.1, audits=False)
    assert world.sent()[-1][1:] == ("sms", "103")
