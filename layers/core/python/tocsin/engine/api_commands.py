"""Commands over the HTTP API: the same as every other surface's, in the name of the user whom the request names."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tocsin.engine.api_body import checked
from tocsin.engine.api_incidents import incident_of
from tocsin.engine.ports import Ports
from tocsin.engine.requests import ACTS, Request, Response, Wrong, authorised, known, refused
from tocsin.engine.wishes import wished
from tocsin.store.configuration import Access

ROUTE = "POST /v1/incidents/{number}/commands"
#: Bytes of a request, and characters of an idempotency key.
LONGEST, LONGEST_KEY = 20_000, 100
_REFUSED = "refused"


def commanded(ports: Ports, request: Request) -> Response:
    """Does what the body asks for: ``{"action", "user", …}``, once for each ``Idempotency-Key`` of a token.

    Gives ``{"answer", "why", "incident"}``; what is refused is 409. Raises TooBusy.
    """
    try:
        if request.route != ROUTE:
            raise Wrong(404, "there is no such address")
        return _commanded(ports, request, authorised(ports.store, request))
    except Wrong as wrong:
        return refused(wrong)


def _commanded(ports: Ports, request: Request, token: Access) -> Response:
    if token.subject != ACTS:
        raise Wrong(403, "this token only reads: tocsin token create NAME --acts makes one that may do more")
    number = incident_of(ports.store, request).number
    row = checked(_body(request))
    user = row.get("user")
    if not isinstance(user, str) or not user:
        raise Wrong(400, 'say in whose name: "user" is the id of a user of the configuration')
    _, config = ports.store.config()
    known("user", user, config.book.users)
    key = _key(request)
    id = f"api-{token.hash[:12]}-{key}" if key else f"api-{ports.ids.fresh()}"
    if not key:
        return _done(ports, {**row, "id": id, "incident": number, "actor": user, "via": "api"})
    # The answer is kept: what was so already, and comes again when it is not, must not be done after all.
    asked = hashlib.sha256(request.body).hexdigest()[:32]
    bound = ports.store.bind_text(id, number, ports.clock.now())
    if bound.words is not None:
        return _again(bound.incident == number, asked, bound.words)
    if bound.incident != number:
        raise _other()
    answered = _done(ports, {**row, "id": id, "incident": number, "actor": user, "via": "api"})
    kept = {"asked": asked, "status": answered.status, "told": answered.body}
    ports.store.settle_text(id, json.dumps(kept))
    return answered


def _done(ports: Ports, row: dict[str, Any]) -> Response:
    told = wished(ports, row)
    if "error" in told:
        raise Wrong(400, str(told["error"]))
    return Response(409 if told["answer"] == _REFUSED else 200, told)


def _again(same: bool, asked: str, words: str) -> Response:
    kept = json.loads(words)
    if not same or kept["asked"] != asked:
        raise _other()
    return Response(int(kept["status"]), kept["told"])


def _other() -> Wrong:
    return Wrong(422, "this Idempotency-Key stands for another command: give each command a key of its own")


def _key(request: Request) -> str:
    """Of the same token the same key is the same command, whenever it comes in seven days; "" for none."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Wrong(400, f"an Idempotency-Key has at most {LONGEST_KEY} characters, all printable")
    return key


def _body(request: Request) -> dict[str, Any]:
    if len(request.body) > LONGEST:
        raise Wrong(413, f"a command has at most {LONGEST} bytes")
    try:
        row = json.loads(request.body)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise Wrong(400, 'the body is a JSON object, such as {"action": "acknowledge", "user": "ana"}')
    return row
