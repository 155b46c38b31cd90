"""An incident in Microsoft Teams, on the running stack: its card, what is pressed and written there, what is forged."""

from __future__ import annotations

import json
from typing import Any

from tests.stack.conftest import Answer, Tocsin
from tests.stack.microsoft import Microsoft
from tests.unit.paging.recorded_chat import recorded

CHANNEL, PERSON = "19:stack@thread.tacv2", "11111111-2222-3333-4444-555555555555"
ACTIVITIES = recorded("teams/activities")


def _open(tocsin: Tocsin, name: str, title: str) -> int:
    tocsin.send(tocsin.key("teamed"), {"action": "trigger", "dedup_key": name, "title": title})
    return tocsin.incident_of(name, "teamed").number


def _stands(tocsin: Tocsin, teams: Microsoft, number: int, text: str, where: str = CHANNEL) -> str:
    """The message that says both, once there is one."""

    def look() -> str | None:
        found = [one for one in teams.texts(where) if f"#{number} " in one and text in one]
        return found[-1] if found else None

    found: str = tocsin.wait(look, what=f"a card of #{number} that says {text!r}")
    return found


def _come(tocsin: Tocsin, teams: Microsoft, which: str, authorization: str = "", **change: Any) -> Answer:
    activity = {**ACTIVITIES[which], "serviceUrl": teams.service, **change}
    headers = {"content-type": "application/json", "authorization": authorization or teams.sign()}
    return tocsin.http("POST", "/v1/teams", json.dumps(activity).encode(), headers)


def _press(action: str, number: int, **change: Any) -> dict[str, Any]:
    button = {"type": "Action.Execute", "verb": action, "data": {"value": f"{action}:{number}:2"}}
    return {"id": f"f:{action}-{number}", "value": {"action": button, "trigger": "manual"}, **change}


def test_a_card_is_posted_acted_on_and_changed_in_place(tocsin: Tocsin, teams: Microsoft, name: str) -> None:
    number = _open(tocsin, name, "The lift is stuck")
    _stands(tocsin, teams, number, "The lift is stuck")
    _stands(tocsin, teams, number, "The lift is stuck", f"a:{PERSON}")
    edits = teams.edits
    answer = _come(tocsin, teams, "press", **_press("acknowledge", number))
    assert answer.status == 200
    assert answer.body["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Acknowledged by Tea Teamed (Teams)" in json.dumps(answer.body)
    tocsin.until(number, "acknowledged")
    _stands(tocsin, teams, number, "Acknowledged by Tea Teamed (Teams)")
    _stands(tocsin, teams, number, "Acknowledged by Tea Teamed (Teams)", f"a:{PERSON}")
    assert teams.edits >= edits + 2
    tocsin.wait(
        lambda: [one for one in teams.texts(CHANNEL) if "Tea Teamed (Teams) acknowledged it" in one],
        what="the line under the card",
    )
    _come(tocsin, teams, "personal", id=f"17{number}", text=f"res {number}")
    tocsin.until(number, "resolved")
    _stands(tocsin, teams, number, "Resolved by Tea Teamed (Teams)")
    acked = [line for line in tocsin.timeline(number) if line.kind == "acknowledged"]
    assert [(line.actor.name, line.actor.via) for line in acked] == [("tea", "teams")]


def test_strangers_and_forgers_change_nothing(tocsin: Tocsin, teams: Microsoft, name: str) -> None:
    number = _open(tocsin, name, "Hands off")
    eve = {"id": "29:eve", "name": "Eve", "aadObjectId": "66666666-2222-3333-4444-555555555555"}
    told = _come(tocsin, teams, "press", **_press("resolve", number, **{"from": eve}))
    assert "chat: {teams: 66666666-2222-3333-4444-555555555555}" in told.body["value"]
    genuine = teams.sign()
    for authorization in ("Bearer x.y.z", genuine[:-8] + "AAAAAAAA", genuine.replace("Bearer ", "Basic ")):
        assert _come(tocsin, teams, "press", authorization, **_press("resolve", number)).status == 401
    assert tocsin.http("POST", "/v1/teams", b"{}", {"content-type": "application/json"}).status == 401
    assert tocsin.store.incident(number).state.value == "triggered"
    _come(tocsin, teams, "press", **_press("resolve", number))
    tocsin.until(number, "resolved")


def test_teams_being_down_delays_a_card_and_nothing_else(tocsin: Tocsin, teams: Microsoft, name: str) -> None:
    teams.down = True
    try:
        number = _open(tocsin, name, "Teams is down, too")
        tocsin.wait(lambda: "post_waiting" in tocsin.kinds(number), what="the post waits")
    finally:
        teams.down = False
    _stands(tocsin, teams, number, "Teams is down, too")
    _come(tocsin, teams, "press", **_press("resolve", number))
    tocsin.until(number, "resolved")
    _stands(tocsin, teams, number, "Resolved by Tea Teamed")
