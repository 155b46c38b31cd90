"""What a phone's browser does for its person: it opens the link that switches push on, and answers notifications."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.handset import push
from local.handset.asked import does, maybe, text
from local.handset.desk import Desk
from local.handset.network import Refusal
from local.handset.proxy import Proxy
from local.handset.refusals import WireError


class PushControl:
    """The routes, over one desk; ``proxy`` reaches the stack's API."""

    def __init__(self, desk: Desk, proxy: Proxy) -> None:
        self.desk = desk
        self.proxy = proxy

    def routes(self) -> list[Route]:
        return [Route("/phones/{user}/push", does(self._push), methods=["POST"])]

    def service(self) -> Route:
        """The push service, which the stack posts to."""
        return Route("/_carriers/push/b/{id}", self._service, methods=["POST"])

    async def _service(self, request: Request) -> Response:
        network, id = self.desk.network, request.path_params["id"]
        try:
            push.push(network, self.desk.clock(), id, request.headers, await request.body())
        except WireError as error:
            return JSONResponse({"error": error.message}, error.status)
        return Response(status_code=201, headers={"location": f"{push.ORIGIN}/m/{id}"})

    async def _push(self, request: Request, body: dict[str, Any]) -> Response:
        """Switch push on by the link ``url``; or press the button ``label`` of the notification ``message``; or let the
        browser ``forget``; or say what it ``gives`` to be pushed to."""
        user, network, now = request.path_params["user"], self.desk.network, self.desk.clock()
        if maybe(body, "gives", bool):
            return JSONResponse(push.switch_on(network, user).subscription())
        if maybe(body, "forget", bool):
            push.forget(network, now, user)
            return JSONResponse({})
        message = maybe(body, "message", str)
        if message is not None:
            on, action = push.pressed(network, user, message, text(body, "label"))
            answer = await self._post(on.context["url"], "/l/", urlencode({"action": action}).encode())
            said = json.loads(answer.data)
            push.told(network, self.desk.clock(), on, str(said["said"]))
            phone = network.phone(user)
            network.record(
                now, "reply", phone, f"{phone.person.first_name} presses {body['label']}", on.text, on.id
            )
            return JSONResponse(said)
        browser = push.switch_on(network, user)
        asked = json.dumps(browser.subscription()).encode()
        answer = await self._post(text(body, "url"), "/push/", asked, "application/json")
        if answer.status != 200:
            raise Refusal(f"the page answers {answer.status}: {answer.data.decode(errors='replace')[:200]}")
        phone = network.phone(user)
        network.record(now, "tap", phone, f"{phone.person.first_name} switches push on")
        return JSONResponse(json.loads(answer.data))

    async def _post(
        self, url: str, under: str, body: bytes, kind: str = "application/x-www-form-urlencoded"
    ) -> urllib3.BaseHTTPResponse:
        path = urlsplit(url).path
        if not path.startswith(under):
            raise Refusal(f"that is no link of the stack under {under}")
        headers = urllib3.HTTPHeaderDict(
            {"accept": "application/json", "content-type": kind, "user-agent": push.NAME}
        )
        return await run_in_threadpool(self.proxy.fetch, "POST", path, headers, body)
