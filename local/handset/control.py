"""The control API under ``/_handset/``: what the page and the tests do as people. JSON in and out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from local.handset import calls, demo, mails, power
from local.handset.asked import does, maybe, text
from local.handset.desk import Desk
from local.handset.network import Refusal
from local.handset.proxy import Proxy
from local.handset.records import Mail, Text, plain

#: A mail's frame runs nothing, loads nothing from elsewhere, and opens links in a window of their own.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


class Control:
    """The routes, over one desk; ``proxy`` reaches the stack's API."""

    def __init__(self, desk: Desk, proxy: Proxy) -> None:
        self.desk = desk
        self.proxy = proxy

    def routes(self) -> list[Route]:
        phone = "/phones/{user}"
        return [
            Route("/state", self._state),
            Route("/events", self._events),
            Route("/mails/{mail}", self._mail),
            Route("/mails/{mail}/open", does(self._open_mail), methods=["POST"]),
            Route("/mails/{mail}/reply", does(self._reply_to_mail), methods=["POST"]),
            Route(f"{phone}/reply", does(self._reply), methods=["POST"]),
            Route(f"{phone}/whatsapp", does(self._whatsapp), methods=["POST"]),
            Route(f"{phone}/press", does(self._press), methods=["POST"]),
            Route(f"{phone}/answer", does(self._answer), methods=["POST"]),
            Route(f"{phone}/decline", does(self._decline), methods=["POST"]),
            Route(f"{phone}/hangup", does(self._hang_up), methods=["POST"]),
            Route(f"{phone}/browser/{{rest:path}}", self._browser, methods=["GET", "POST"]),
            Route(f"{phone}/power", does(self._power), methods=["POST"]),
            Route(f"{phone}/refuse", does(self._refuse), methods=["POST"]),
            Route("/tap", does(self._tap), methods=["POST"]),
            Route("/raise", does(self._raise), methods=["POST"]),
            Route("/resolve", does(self._resolve), methods=["POST"]),
            Route("/reset", does(self._reset), methods=["POST"]),
        ]

    # -- looking -------------------------------------------------------------------------------------------

    async def _state(self, request: Request) -> Response:
        """All there is; ``?since=REVISION`` answers 204 while nothing has changed."""
        if request.query_params.get("since") == str(self.desk.hub.revision):
            return Response(status_code=204)
        return JSONResponse(self.desk.state())

    async def _events(self, request: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(
            self.desk.hub.watch(self.desk.state), media_type="text/event-stream", headers=headers
        )

    async def _mail(self, request: Request) -> Response:
        try:
            mail = mails.find(self.desk.network, request.path_params["mail"])
        except Refusal as error:
            return JSONResponse({"error": str(error)}, 404)
        headers = {"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"}
        html = mail.html or "<p>This mail has no HTML part.</p>"
        return Response('<base target="_blank">' + html, media_type="text/html", headers=headers)

    async def _browser(self, request: Request) -> Response:
        """A small page of the stack on a phone's screen: not one of the frames that it bans."""
        user, path = request.path_params["user"], f"/{request.path_params['rest']}"
        try:
            phone = self.desk.network.in_hand(user)
        except Refusal as error:
            return JSONResponse({"error": str(error)}, 404 if error.missing else 409)
        if not path.startswith("/l/"):
            return JSONResponse({"error": "this browser shows the stack's links alone"}, 404)
        verb = "opens a link" if request.method == "GET" else "presses a button of the page"
        self.desk.network.record(self.desk.clock(), "tap", phone, f"{phone.person.first_name} {verb}", path)
        response = await self.proxy.pass_on(request, path)
        if "x-frame-options" in response.headers:
            del response.headers["x-frame-options"]
        policy = response.headers.get("content-security-policy")
        if policy is not None:
            response.headers["content-security-policy"] = re.sub(
                r"frame-ancestors[^;]*", "frame-ancestors 'self'", policy
            )
        return response

    # -- doing ---------------------------------------------------------------------------------------------

    async def _reply(self, request: Request, body: dict[str, Any]) -> Response:
        said, answering = text(body, "text"), maybe(body, "answering", str)
        message_id = await self.desk.reply(request.path_params["user"], said, answering)
        return JSONResponse({"inbound_message_id": message_id, "kept_by_carrier": message_id is None})

    async def _reply_to_mail(self, request: Request, body: dict[str, Any]) -> Response:
        said, sender = text(body, "text"), maybe(body, "sender", str) or ""
        forged = bool(maybe(body, "forged", bool))
        id = await self.desk.reply_to_mail(request.path_params["mail"], said, sender, forged)
        return JSONResponse({"message_id": id})

    async def _whatsapp(self, request: Request, body: dict[str, Any]) -> Response:
        """Write, below the message ``answering`` or anew; or press the button ``label`` of the message ``message``."""
        user, message = request.path_params["user"], maybe(body, "message", str)
        if message is not None:
            await self.desk.press_whatsapp(user, message, text(body, "label"))
        else:
            await self.desk.write_whatsapp(user, text(body, "text"), maybe(body, "answering", str) or "")
        return JSONResponse({})

    async def _press(self, request: Request, body: dict[str, Any]) -> Response:
        user = request.path_params["user"]
        call = await self.desk.press(user, str(body.get("digit", "")), maybe(body, "call", str))
        return JSONResponse(
            {"call": plain(call), "said": [line.text for line in call.lines if line.who == "voice"][-1]}
        )

    async def _answer(self, request: Request, body: dict[str, Any]) -> Response:
        return self._call(request, body, calls.answer)

    async def _decline(self, request: Request, body: dict[str, Any]) -> Response:
        return self._call(request, body, calls.decline)

    async def _hang_up(self, request: Request, body: dict[str, Any]) -> Response:
        return self._call(request, body, calls.hang_up)

    def _call(self, request: Request, body: dict[str, Any], does: Callable[..., object]) -> Response:
        user, call_id = request.path_params["user"], maybe(body, "call", str)
        return JSONResponse({"call": plain(does(self.desk.network, self.desk.clock(), user, call_id))})

    async def _power(self, request: Request, body: dict[str, Any]) -> Response:
        on = maybe(body, "on", bool)
        if on is None:
            raise ValueError('"on" is true or false')
        phone = power.turn(self.desk.network, self.desk.clock(), request.path_params["user"], on)
        return JSONResponse({"phone": plain(phone)})

    async def _refuse(self, request: Request, body: dict[str, Any]) -> Response:
        kind, times = maybe(body, "kind", str), maybe(body, "times", int)
        phone = self.desk.network.refuse(self.desk.clock(), request.path_params["user"], kind, times)
        return JSONResponse({"phone": plain(phone)})

    async def _open_mail(self, request: Request, body: dict[str, Any]) -> Response:
        return JSONResponse(
            {"mail": plain(mails.read(self.desk.network, self.desk.clock(), request.path_params["mail"]))}
        )

    async def _tap(self, request: Request, body: dict[str, Any]) -> Response:
        """Open a link of a message as a phone's browser does: GET, or POST when a ``form`` is sent with it.

        Only the stack's own pages (``/l/…``) are fetched; any other link is named ``external``. ``user`` says
        whose phone it is, where several have the link.
        """
        url, form = text(body, "url"), maybe(body, "form", dict)
        network = self.desk.network
        user = maybe(body, "user", str)
        items: list[Text | Mail] = [*network.texts.values(), *network.mails.values()]
        owners = [item for item in items if user in (None, item.user) and url in _shown(item)]
        if not owners:
            raise Refusal(
                "no message on that phone has that link" if user else "no message has that link", missing=True
            )
        phone = network.phones[owners[-1].user]
        verb = "opens a link" if form is None else "presses the button of a link"
        network.record(
            self.desk.clock(), "tap", phone, f"{phone.person.first_name} {verb}", url, owners[-1].id
        )
        parts = urlsplit(url)
        if not parts.path.startswith("/l/"):
            return JSONResponse({"external": True, "url": url})
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = urllib3.HTTPHeaderDict({"accept": "text/html", "user-agent": "handset"})
        content = b""
        if form is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode()
        answer = await run_in_threadpool(
            self.proxy.fetch, "GET" if form is None else "POST", path, headers, content
        )
        return JSONResponse(
            {
                "external": False,
                "url": url,
                "path": path,
                "status": answer.status,
                "headers": dict(answer.headers),
                "body": answer.data.decode(errors="replace"),
            }
        )

    async def _raise(self, request: Request, body: dict[str, Any]) -> Response:
        event = self.desk.demo.raise_event() | (maybe(body, "event", dict) or {})
        answer = await self._send_event(event, maybe(body, "key", str))
        if answer.status_code < 300 and event.get("dedup_key") not in self.desk.demo.open:
            self.desk.demo.open.append(event["dedup_key"])
        self._noted(answer, "raised", "Incident raised", str(event["title"]))
        return answer

    async def _resolve(self, request: Request, body: dict[str, Any]) -> Response:
        events = self.desk.demo.resolve_events()
        if not events:
            raise Refusal("nothing was raised here that is still open")
        for event in events:
            answer = await self._send_event(event, maybe(body, "key", str))
            if answer.status_code < 300 and event["dedup_key"] in self.desk.demo.open:
                self.desk.demo.open.remove(event["dedup_key"])
            self._noted(answer, "resolved", "Sender says it is over", event["dedup_key"])
        return answer

    async def _send_event(self, event: dict[str, Any], key: str | None) -> Response:
        key = key or self.desk.demo.key
        if not key:
            raise Refusal(
                "no demo key is known: start the handset with TOCSIN_DEMO_KEY, or open its page with ?key=…"
            )
        headers = urllib3.HTTPHeaderDict({"content-type": "application/json", "user-agent": "handset"})
        path = f"/v1/events/{key}"
        answer = await run_in_threadpool(self.proxy.fetch, "POST", path, headers, demo.body(event))
        said = answer.data.decode(errors="replace")
        return JSONResponse(
            {"status": answer.status, "event": event, "said": said}, 200 if answer.status < 300 else 502
        )

    def _noted(self, answer: Response, kind: str, says: str, detail: str) -> None:
        ok = answer.status_code < 300
        network = self.desk.network
        text = says if ok else "The stack refused the event"
        network.record(
            self.desk.clock(), kind, None, text, detail if ok else bytes(answer.body).decode(), trouble=not ok
        )
        network.changed("demo", self.desk.demo.as_json())

    async def _reset(self, request: Request, body: dict[str, Any]) -> Response:
        await self.desk.start_over()
        return JSONResponse(self.desk.state())


def _shown(item: Text | Mail) -> str:
    return item.text + (item.html if isinstance(item, Mail) else "")
