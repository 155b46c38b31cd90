"""The page behind a signed link: what is broken, who has it, and two large buttons."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader

from tocsin.engine import links
from tocsin.engine.links import View
from tocsin.engine.ports import Ports
from tocsin.escalation.commands import Action
from tocsin.escalation.drafts import Answer
from tocsin.incidents.incident import State

#: What the page offers; a form that names anything else does nothing.
BUTTONS = (Action.ACKNOWLEDGE, Action.KEEP, Action.RESOLVE, Action.ESCALATE, Action.ACCEPT, Action.DECLINE)
_NOTED = "Noted. It is taken once everybody who was paged has acknowledged; the others are still being woken."


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    html: str


@cache
def environment() -> Environment:
    """The templates of these pages."""
    return Environment(
        loader=PackageLoader("tocsin.web"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


@cache
def style() -> str:
    """The one style sheet of these pages."""
    return environment().get_template("link.css").render()


def headers() -> dict[str, str]:
    """Nothing is loaded, framed, cached, indexed or told to another site."""
    return page_headers()


def page_headers(more: str = "") -> dict[str, str]:
    """The same, but for what the policy ``more`` says in addition."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-robots-tag": "noindex, nofollow",
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'" + (f"; {more}" if more else "")
        ),
    }


def asked(body: str, encoded: bool) -> tuple[Action | None, int | None]:
    """The button that a posted form names, and the version of the incident on the page that it stood on.

    None for anything else. ``encoded``: the body is in base64.
    """
    try:
        form = parse_qs(base64.b64decode(body, validate=True).decode() if encoded else body, max_num_fields=8)
    except ValueError:
        return None, None
    named, seen = form.get("action"), form.get("seen", [""])[0]
    action = next((action for action in BUTTONS if [action.value] == named), None)
    return action, int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None


def answered(ports: Ports, event: Mapping[str, Any]) -> dict[str, Any]:
    """Answers a request of the HTTP API, payload format 2.0."""
    token = (event.get("pathParameters") or {}).get("token", "")
    body = (event.get("body") or "") if event["requestContext"]["http"]["method"] == "POST" else ""
    view = found(ports, token, body, bool(event.get("isBase64Encoded")))
    went = links.whole(ports, token) if view is None else None
    if "application/json" in (event.get("headers") or {}).get("accept", ""):
        state = view.incident.state.value if view is not None else None
        said = (
            (_said(view) or f"It is {state} now.")
            if view is not None
            else f"{_went(went).removesuffix('.')}: nothing was changed."
        )
        told = {"said": said, "state": state}
        answer = {**headers(), "content-type": "application/json"}
        return {"statusCode": 200 if view is not None else 410, "headers": answer, "body": json.dumps(told)}
    page = render(view, went)
    return {"statusCode": page.status, "headers": headers(), "body": page.html}


def found(ports: Ports, token: str, body: str, encoded: bool) -> View | None:
    """What a link shows that is looked at, or whose form is posted (``body``; ``encoded``: in base64)."""
    action, seen = asked(body, encoded)
    return links.press(ports, token, action, seen) if action else links.look(ports, token)


def render(view: View | None, went: tuple[int, int] | None = None) -> Page:
    """The page for a view; for none, one that says that the link is over, and where its incident ``went``."""
    template = environment().get_template("link.html")
    if view is None:
        return Page(410, template.render(view=None, style=style(), over=_went(went)))
    incident = view.incident
    opened = incident.opened_at.astimezone(ZoneInfo(view.timezone))
    return Page(
        200,
        template.render(
            view=view,
            incident=incident,
            style=style(),
            said=_said(view),
            done=view.answer is Answer.DONE,
            actions=_actions(view),
            opened=f"{opened.day} {opened:%b, %H:%M %Z}",
        ),
    )


def _went(went: tuple[int, int] | None) -> str:
    """``went``: an incident that was merged, and what it is a part of now."""
    return f"#{went[0]} is a part of #{went[1]} now." if went is not None else "This link is over."


def _said(view: View) -> str:
    if view.answer is Answer.DONE and view.asked == "joined":
        return "You joined it. Thank you."
    if view.answer is Answer.DONE and view.asked == "declined":
        return "You declined to join it. You are not asked again."
    if view.answer is Answer.DONE:
        return {
            State.ACKNOWLEDGED: "It is yours. Nobody else is being woken.",
            State.RESOLVED: "Resolved. Thank you. Sleep well.",
            State.TRIGGERED: "Escalated. The next people are being woken.",
            State.SNOOZED: "It is quiet for a while.",
        }[view.incident.state]
    if view.answer is Answer.PARTLY or (
        view.answer is Answer.ALREADY and view.user in view.incident.plan.acked
    ):
        return _NOTED
    if view.answer in (Answer.ALREADY, Answer.CLOSED):
        by = view.incident.acked_by if view.incident.open else view.incident.resolved_by
        if by is not None and (by.kind, by.name) == ("user", view.user):
            return f"You were here before: it is already {view.incident.state.value}."
        return f"{view.holder or 'Somebody'} was faster: it is already {view.incident.state.value}."
    return ""


def _actions(view: View) -> list[dict[str, Any]]:
    """The buttons that make sense now, the likeliest first."""
    take = {"action": Action.ACKNOWLEDGE.value, "label": "Acknowledge", "hint": "I have it"}
    end = {"action": Action.RESOLVE.value, "label": "Resolve", "hint": "It is over"}
    on = {"action": Action.ESCALATE.value, "label": "Escalate", "hint": "Wake the next person"}
    keep = {"action": Action.KEEP.value, "label": "Still on it", "hint": "The ack's time begins anew"}
    if view.asked == "asked" and view.incident.open:
        return [
            {"action": Action.ACCEPT.value, "label": "Join", "hint": "I come and help"},
            {"action": Action.DECLINE.value, "label": "Decline", "hint": "I cannot"},
        ]
    match view.incident.state:
        case State.TRIGGERED:
            return [take, end, on]
        case State.ACKNOWLEDGED | State.SNOOZED:
            by = view.incident.acked_by
            mine = by is not None and (by.kind, by.name) == ("user", view.user)
            # Not where it was acknowledged a moment ago: a second, hasty tap is to press nothing.
            stays = mine and view.incident.ack_timeout_at is not None and view.answer is None
            return [keep, end, on] if stays else [end, on]
        case State.RESOLVED:
            return []
