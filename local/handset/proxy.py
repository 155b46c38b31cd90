"""The clean root: the stack's HTTP API as if it lived at the handset's own address."""

from __future__ import annotations

import json
from collections.abc import Callable

import urllib3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Headers that belong to one connection (RFC 9110, section 7.6.1), and those that the next one sets anew.
_OF_THE_CONNECTION = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade host content-length expect".split()
)
#: Headers that whoever serves this app puts on every answer.
_OF_THE_SERVER = _OF_THE_CONNECTION | {b"date", b"server"}


class Proxy:
    """An ASGI app that passes a request to ``base`` and its answer back; only the hop's headers change."""

    def __init__(
        self, base: str, pool: urllib3.PoolManager, passed: Callable[[str, str, int], None] = lambda *_: None
    ) -> None:
        """``passed`` hears of every request answered: method, path, status."""
        self.base = base.rstrip("/")
        self.pool = pool
        self.passed = passed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = scope.get("raw_path") or request.url.path.encode()
        path = raw.partition(b"?")[0].decode("latin-1")
        response = await self.pass_on(request, path)
        self.passed(request.method, request.url.path, response.status_code)
        await response(scope, receive, send)

    def fetch(
        self, method: str, path: str, headers: urllib3.HTTPHeaderDict, body: bytes
    ) -> urllib3.BaseHTTPResponse:
        """One request to the API; redirects are answers, not errands. Blocks.

        Raises:
            urllib3.exceptions.HTTPError: the API cannot be reached.
        """
        return self.pool.request(
            method,
            self.base + path,
            body=body or None,
            headers=headers,
            redirect=False,
            retries=False,
            decode_content=False,
        )

    async def pass_on(self, request: Request, path: str) -> Response:
        """The API's answer to this request at ``path`` (percent signs and all); 502 when there is none."""
        return await run_in_threadpool(self._pass_on, request, path, await request.body())

    def _pass_on(self, request: Request, path: str, body: bytes) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        headers = urllib3.HTTPHeaderDict()
        for name, value in request.scope["headers"]:
            if name.lower() not in _OF_THE_CONNECTION:
                headers.add(name.decode("latin-1"), value.decode("latin-1"))
        if body or request.method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = str(len(body))
        # urllib3 adds these to whoever has none; the sender had none.
        for name in ("user-agent", "accept-encoding"):
            if name not in headers:
                headers[name] = urllib3.util.SKIP_HEADER
        try:
            answer = self.fetch(request.method, path + (f"?{query}" if query else ""), headers, body)
        except urllib3.exceptions.HTTPError as error:
            says = {"error": f"the stack's API does not answer: {type(error).__name__}"}
            return Response(json.dumps(says), 502, media_type="application/json")
        response = Response(answer.data, answer.status)
        response.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.iteritems()
            if name.lower().encode("latin-1") not in _OF_THE_SERVER
        ]
        length = answer.headers.get("content-length") if request.method == "HEAD" else str(len(answer.data))
        if length is not None and answer.status not in (204, 304):
            response.raw_headers.append((b"content-length", length.encode()))
        return response
