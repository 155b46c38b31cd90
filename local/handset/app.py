"""The handset as an ASGI app: the carriers, the page and its control API, and the stack's clean root."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.handset.chats.control import ChatControl
from local.handset.control import Control
from local.handset.desk import Desk
from local.handset.network import Timing
from local.handset.proxy import Proxy
from local.handset.push_control import PushControl
from local.handset.stack import Stack
from local.handset.wire import Carriers

STATIC = Path(__file__).parent / "static"
#: What the page may do: its own files, and small pages of the stack in a frame. Nothing from elsewhere.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(
    aws_endpoint: str,
    api_base: str,
    config_path: Path,
    inbound_topic_arn: str,
    receipts_topic_arn: str,
    reply_function: str,
    region: str = "us-east-1",
    *,
    demo_key: str | None = None,
    timing: Timing | Mapping[str, float] | None = None,
    poll: float = 1.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    chats: Mapping[str, Mapping[str, Any]] | None = None,
    inbound_mail_topic_arn: str = "",
    mail_reply_to: str = "",
    whatsapp_topic_arn: str = "",
) -> Starlette:
    """The app, on one event loop of one process (its state lives in memory).

    Args:
        aws_endpoint: where the emulated account answers, for SNS, Lambda, and what SES and SNS have sent.
        api_base: the URL under which the stack's HTTP API has its root.
        config_path: the ``tocsin.yaml`` whose people get a phone.
        inbound_topic_arn: the topic of two-way SMS. Empty: nobody hears an answer, and the page says so.
        receipts_topic_arn: the topic of the configuration set's event destination.
        reply_function: name or ARN of the function that a Connect flow invokes for a key.
        demo_key: an integration key for the page's buttons; by default ``TOCSIN_DEMO_KEY``.
        timing: how long phones ring and calls wait; a mapping gives the fields of ``Timing``.
        poll: seconds between two looks at what SES and SNS have sent; 0 never looks.
        clock: the present, aware.
        inbound_mail_topic_arn: the topic of the receipt rule for answers by mail.
        whatsapp_topic_arn: the event destination of the WhatsApp Business Account.
        mail_reply_to: where answers to mails go. Empty: no mail can be answered.
        chats: the vendors whose chat is shown, and each one's settings, by name: ``{"slack": {}}`` (chats.slack,
            chats.telegram, chats.teams).

    Raises:
        ConfigError: the file is not a valid configuration.
    """
    stack = Stack(
        aws_endpoint,
        region,
        inbound_topic_arn,
        receipts_topic_arn,
        reply_function,
        inbound_mail_topic_arn,
        whatsapp_topic_arn,
    )
    desk = Desk(
        stack,
        config_path,
        clock,
        timing=timing if isinstance(timing, Timing) else Timing(**(timing or {})),
        poll=poll,
        demo_key=os.environ.get("TOCSIN_DEMO_KEY", "") if demo_key is None else demo_key,
        app=api_base,
        mail_reply_to=mail_reply_to,
        chats=chats,
    )
    carriers = Carriers(desk.network, clock)
    proxy = Proxy(api_base, stack.pool, desk.passed)
    control = Control(desk, proxy)
    push = PushControl(desk, proxy)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(desk.run())
        try:
            yield
        finally:
            desk.hub.close()
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    return Starlette(
        routes=[
            Route("/", _page),
            Route("/_carriers/sms-voice", carriers.sms_voice, methods=["POST"]),
            Route("/_carriers/sms-voice/", carriers.sms_voice, methods=["POST"]),
            Route("/_carriers/connect/contact/outbound-voice", carriers.outbound_voice, methods=["PUT"]),
            Route("/_carriers/social-messaging/v1/whatsapp/send", carriers.send_whatsapp, methods=["POST"]),
            push.service(),
            Mount("/_handset/static", StaticFiles(directory=STATIC)),
            Mount("/_handset/chats", routes=ChatControl(desk.chats).routes()),
            Mount("/_handset", routes=[*control.routes(), *push.routes()]),
            *desk.chats.routes(),
            *(Route(f"/{root}/{{rest:path}}", proxy) for root in ("v1", "v2", "l", "push")),
        ],
        lifespan=lifespan,
    )


async def _page(request: Request) -> Response:
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return FileResponse(STATIC / "index.html", headers=headers)
