"""Microsoft Teams, from its requests at the stack's address to the cards that it is sent, on its own wire format."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.functions import test_chats as chats
from tests.functions.deployment import TEAM, Deployment
from tests.functions.test_react import stream
from tests.unit.paging.recorded_chat import recorded
from tests.unit.paging.teams_service import APP, PASSWORD, SERVICE, TENANT, Microsoft, says, signed
from tocsin.edge.http import HttpClient
from tocsin.incidents.incident import State
from tocsin.paging.channels.http import HttpAnswer, HttpFailed

Deploy = Callable[..., Deployment]
CHANNEL = "19:0123456789abcdef@thread.tacv2"
ANA = "11111111-2222-3333-4444-555555555555"
TEAMED = (
    TEAM.replace("ana: {name: Ana Souza,", f"ana: {{name: Ana Souza, chat: {{teams: {ANA}}},")
    .replace("page: [{user: ana}]", f'page: [{{user: ana}}, {{teams: "{CHANNEL}"}}]')
    .replace(
        "{after: 0m, via: sms}, {after: 3m, via: voice}", "{after: 0m, via: sms}, {after: 0m, via: teams}"
    )
)
ACTIVITIES = recorded("teams/activities")


class Teams(Microsoft):
    """Says ids as Teams does: a conversation for a person, a number for a message."""

    def request(self, method: str, url: str, body: bytes | None = None, headers: Any = None) -> HttpAnswer:
        if "/v3/conversations" in url and self.sends[0].__class__ is HttpAnswer:
            made = url.endswith("/v3/conversations")
            self.sends = [says({"id": "a:ana" if made else f"17641224000{len(self.asked):02}"})]
        return super().request(method, url, body, headers)

    def cards(self, method: str = "POST", to: str = "19%3A") -> list[dict[str, Any]]:
        """The activities with a card that came to conversations that begin so."""
        asked = [
            one for one in self.to_connector() if one.method == method and f"conversations/{to}" in one.url
        ]
        return [json.loads(one.body) for one in asked]

    def words(self, method: str = "POST", to: str = "19%3A") -> str:
        return json.dumps(self.cards(method, to)[-1], ensure_ascii=False)


@pytest.fixture
def teams(monkeypatch: pytest.MonkeyPatch) -> Teams:
    found = Teams()
    monkeypatch.setattr(HttpClient, "request", lambda _, *args, **kwargs: found.request(*args, **kwargs))
    return found


@pytest.fixture
def tocsin(deploy: Deploy, teams: Teams) -> Deployment:
    tocsin = deploy(team=TEAMED, stream=True)
    chats.SECRETS.clear()
    chats.put(teams_app_id=APP, teams_app_password=PASSWORD, teams_tenant=TENANT)
    return tocsin


def opened(tocsin: Deployment) -> None:
    tocsin.alert()
    tocsin.run(0.1)


def come(tocsin: Deployment, which: str, **change: Any) -> dict[str, Any]:
    """An activity, signed at this moment."""
    at = int(tocsin.clock.now().timestamp())
    headers = {"content-type": "application/json", "authorization": signed(nbf=at - 60, exp=at + 3_600)}
    body = json.dumps({**ACTIVITIES[which], **change}).encode()
    answer = chats.post(tocsin, "/v1/teams", body, headers)
    tocsin.invoke("react", {"Records": stream(tocsin)})
    tocsin.run(0.1)
    return answer


def press(action: str, number: int = 1001, version: int = 2, message: str = "") -> dict[str, Any]:
    button = {"type": "Action.Execute", "verb": action, "data": {"value": f"{action}:{number}:{version}"}}
    return {
        "id": f"f:{action}",
        "value": {"action": button, "trigger": "manual"},
        **({"replyToId": message} if message else {}),
    }


def test_a_card_is_posted_pressed_and_changed_in_place_with_words_under_it(
    tocsin: Deployment, teams: Teams
) -> None:
    opened(tocsin)
    [posted] = teams.cards()
    actions = posted["attachments"][0]["content"]["actions"]
    assert [one["title"] for one in actions] == ["Acknowledge", "Resolve", "Escalate"]
    answer = come(tocsin, "press", **press("acknowledge"))
    assert answer["statusCode"] == 200
    assert answer["headers"]["content-type"] == "application/json"
    shown = json.loads(answer["body"])
    assert shown["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Acknowledged by Ana Souza (Teams)" in json.dumps(shown)
    incident = tocsin.get(1001)
    assert incident.state is State.ACKNOWLEDGED
    assert incident.acked_by is not None
    assert (incident.acked_by.name, incident.acked_by.via) == ("ana", "teams")
    assert "Acknowledged by Ana Souza (Teams)" in teams.words("PUT")
    assert "Ana Souza (Teams) acknowledged it" in teams.words()
    under = [one.url for one in teams.to_connector() if one.method == "POST"][-1]
    assert "messageid%3D" in under, "it stands in the card's thread"


def test_a_person_is_paged_by_a_card_of_their_own(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    [made] = [one for one in teams.to_connector() if one.url.endswith("/v3/conversations")]
    assert json.loads(made.body)["members"] == [{"id": ANA}]
    assert len(teams.cards(to="a%3Aana")) == 1
    assert [kind for kind in tocsin.kinds(1001) if kind == "page_sent"] == ["page_sent"] * 2, (
        "by text as well"
    )
    come(tocsin, "press", **press("resolve"))
    assert "Resolved by Ana Souza (Teams)" in teams.words("PUT", "a%3Aana")


def test_a_stranger_is_told_how_to_be_known_in_answer_to_the_press(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    eve = {"id": "29:eve", "name": "Eve", "aadObjectId": "66666666-2222-3333-4444-555555555555"}
    said = json.loads(come(tocsin, "press", **press("resolve"), **{"from": eve})["body"])
    assert said["type"] == "application/vnd.microsoft.activity.message"
    assert "chat: {teams: 66666666-2222-3333-4444-555555555555}" in said["value"]
    assert tocsin.get(1001).state is State.TRIGGERED


def test_a_press_that_came_too_late_is_told_who_was_faster(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    come(tocsin, "press", **press("resolve"))
    said = json.loads(come(tocsin, "press", **press("acknowledge"))["body"])
    assert "already resolved" in said["value"]


def test_the_bot_is_called_and_written_to_alone(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    come(tocsin, "command", text="<at>Tocsin</at> ack 1001")
    assert tocsin.get(1001).state is State.ACKNOWLEDGED
    assert "#1001 acknowledged" in json.dumps(teams.cards())
    come(tocsin, "personal", text="res 1001")
    assert tocsin.get(1001).state is State.RESOLVED
    assert "#1001 resolved" in json.dumps(teams.cards(to="a%3A1qhN"))


def test_what_is_said_under_the_card_is_noted(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    [record] = [one for one in tocsin.store.pages(1001) if one.page.kind == "post"]
    card = (record.provider_id or "").rpartition("/")[2]
    where = {**ACTIVITIES["answer"]["conversation"], "id": f"{CHANNEL};messageid={card}"}
    assert come(tocsin, "answer", conversation=where)["statusCode"] == 200
    notes = [line for line in tocsin.timeline(1001) if line.kind == "note"]
    assert [(line.actor.name, line.details["text"]) for line in notes] == [
        ("ana", "the disk is being grown, Ben helps")
    ]


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x.y.z",
        signed("another", {"kid": "key-1"}, nbf=0, exp=4_000_000_000),
        signed(aud="55555555-1111-2222-3333-444444444444", nbf=0, exp=4_000_000_000),
        signed(nbf=0, exp=1),
    ],
)
def test_what_microsoft_did_not_sign_for_this_bot_is_refused(
    tocsin: Deployment, teams: Teams, authorization: str
) -> None:
    opened(tocsin)
    body = json.dumps({**ACTIVITIES["press"], **press("resolve")}).encode()
    headers = {"content-type": "application/json", "authorization": authorization}
    assert chats.post(tocsin, "/v1/teams", body, headers)["statusCode"] == 401
    assert tocsin.get(1001).state is State.TRIGGERED
    assert tocsin.counted("ChatForged") == 1


def test_a_request_comes_again_where_the_keys_cannot_be_had(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    teams.metadata = HttpFailed("timeout", "ReadTimeoutError", True)
    assert come(tocsin, "press", **press("resolve"))["statusCode"] == 503
    assert tocsin.get(1001).state is State.TRIGGERED


def test_no_secret_and_no_token_is_logged(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    teams.sends = [says({"error": {"code": "BotDisabledByAdmin", "message": "no"}}, 403)]
    come(tocsin, "press", **press("resolve"), **{"from": {"id": "28:bot"}})
    for where in (tocsin.logged.getvalue(), tocsin.printed.getvalue(), tocsin.story(1001)):
        assert PASSWORD not in where
        assert "eyJ" not in where


def test_without_a_bot_the_channel_is_off_and_the_person_is_paged_all_the_same(
    deploy: Deploy, teams: Teams
) -> None:
    tocsin = deploy(team=TEAMED)
    chats.SECRETS.clear()
    opened(tocsin)
    [refused] = [line for line in tocsin.timeline(1001) if line.kind == "post_refused"]
    assert refused.details["reason"] == "channel_off"
    assert (len(tocsin.sent), teams.asked) == (1, [])


def test_a_page_to_teams_waits_for_nothing_that_reads_signatures() -> None:
    """Verifying what comes takes a library that what goes out does not."""
    code = (
        "import sys; from tocsin.engine import deliver, posts; from tocsin.edge.carriers import channel_client; "
        "from tocsin.paging import channels; channels.channel('teams'); channel_client('teams'); "
        "sys.exit(bool({'jwt', 'cryptography'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_service_url_is_the_public_clouds_unless_another_is_set(tocsin: Deployment, teams: Teams) -> None:
    opened(tocsin)
    assert {one.url.partition("/v3/")[0] for one in teams.to_connector()} == {
        "https://smba.trafficmanager.net/teams"
    }
    come(tocsin, "personal", text="open")
    [answer] = [one.url for one in teams.to_connector() if "a%3A1qhN" in one.url]
    assert answer.startswith(f"{SERVICE}/v3/"), "answered where it came from"
