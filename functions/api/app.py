"""The HTTP API: who is on call, incidents, what would happen, and calendars to subscribe to."""

from __future__ import annotations

from typing import Any

from tocsin.edge import wiring
from tocsin.edge.log import observed
from tocsin.edge.requests import answer_of, request_of
from tocsin.edge.settings import settings
from tocsin.engine.api import answer


@observed
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A request of the HTTP API, payload format 2.0."""
    ports = wiring.ports()
    return answer_of(answer(ports.store, request_of(event), settings().public_url, ports.clock.now()))
