"""WhatsApp: by its template go pages alone, and what it reports is noted, in whatever order it says so."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.simulation.cloud import Cloud


def what_goes_by_whatsapp_outside_of_an_answer_is_a_page(cloud: Cloud) -> Iterator[str]:
    """With the buttons of its own incident: nobody who is asked to join, or reminded, could answer by it."""
    for taken in cloud.witness.taken:
        if taken.channel != "whatsapp" or taken.page_id.startswith("whatsapp-"):
            continue
        record = cloud.store.page(taken.incident, taken.page_id) if taken.incident is not None else None
        if record is None or record.page.kind != "page":
            yield f"{taken.page_id} went by WhatsApp, and is no page"
            continue
        parts = json.loads(taken.text)["components"]
        payloads = [part["parameters"][0]["payload"] for part in parts if part["type"] == "button"]
        named = [payload.split(":")[:2] for payload in payloads]
        if named != [[action, str(taken.incident)] for action in ("acknowledge", "resolve")]:
            yield f"the buttons of {taken.page_id} are {payloads}"


def what_whatsapp_reports_is_noted(cloud: Cloud) -> Iterator[str]:
    """That it went is no news, and takes the place of none."""
    reported: dict[str, set[str]] = {}
    for one in cloud.witness.reported:
        reported.setdefault(one.page, set()).update({one.status} - {"sent"})
    for number in cloud.store.numbers():
        for record in cloud.store.pages(number):
            if record.page.via != "whatsapp":
                continue
            known = reported.get(record.id, set())
            if not (record.receipt in known if known else record.receipt is None):
                yield f"of {record.id} WhatsApp says {sorted(known)}, and noted is {record.receipt}"
