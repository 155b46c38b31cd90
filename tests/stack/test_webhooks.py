"""A webhook in a step, on the running stack. Nothing but the open internet is posted to, so here nobody is reached.

What arrives at a receiver is in ``tests/functions/test_webhooks.py``.
"""

from __future__ import annotations

from tests.stack.conftest import Tocsin
from tests.stack.test_who import tocsin_command


def test_a_webhook_that_cannot_be_reached_delays_nobody_and_is_told_by_its_host_alone(
    tocsin: Tocsin, name: str
) -> None:
    tocsin.send(tocsin.key("hooked"), {"action": "trigger", "dedup_key": name, "title": "Nobody listens"})
    number = tocsin.incident_of(name, "hooked").number
    tocsin.wait(
        lambda: [one for one in tocsin.handset.messages("ops", "email") if f"#{number}" in str(one)],
        what="the person's page",
    )

    def waiting() -> list[dict[str, object]]:
        return [
            dict(line.details)
            for line in tocsin.timeline(number)
            if line.kind == "post_waiting" and line.details["via"] == "webhook"
        ]

    [first, *_] = tocsin.wait(waiting, what="the post waits")
    assert (first["contact"], first["channel"]) == ("hooks.invalid", "webhook")
    assert first["reason"] in ("no_connection", "timeout")
    shown = tocsin_command(tocsin, "incident", "show", str(number))
    assert "hooks.invalid" in str(shown)
    assert "s3cr3t" not in str(shown) + str(tocsin.timeline(number))
    tocsin_command(tocsin, "incident", "resolve", str(number), "--as", "ops")
    tocsin.until(number, "resolved")
