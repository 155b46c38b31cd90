"""Webhooks: each address that follows an incident has it in the end as it is, and nothing tells of the address."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.receivers import SECRET
from tests.simulation.teams import WEBHOOKS
from tests.simulation.witness import Posted
from tocsin.incidents.incident import Entry
from tocsin.store.pages import FINAL, PageRecord, PageState


def whoever_follows_an_incident_has_it_as_it_is(cloud: Cloud) -> Iterator[str]:
    """The highest version that an address took is the incident's latest, but for changes that are about pages alone;
    unless the address did not want that one, or was given up; or the first post to it was refused.
    """
    if cloud.metrics.counts["WebhookGivenUp"]:
        return
    for number, changes in cloud.witness.changes.items():
        news = [one.incident for one in changes if any(is_news(line) for line in one.entries)]
        latest, revision = news[-1], changes[-1].incident.revision
        for contact, records in _posts(cloud, number).items():
            address = cloud.book(revision).webhook(contact)
            if address is None or not any(_follows(record) for record in records):
                continue
            about = [one for one in cloud.witness.posted if (one.url, one.number) == (address, number)]
            if any(one.version >= latest.version and _unwanted(one) for one in about):
                continue
            has = max(
                ((one.version, one.state) for one in about if one.status == 204), default=(0, "nothing")
            )
            if has[0] < latest.version or has[1] != latest.state.value:
                yield f"of #{number} {contact} has {has}, and it is v{latest.version}, {latest.state.value}"


def is_news(line: Entry) -> bool:
    return not line.kind.startswith(("page_", "post_"))


def _posts(cloud: Cloud, number: int) -> dict[str, list[PageRecord]]:
    found: dict[str, list[PageRecord]] = {}
    for record in cloud.store.pages(number):
        if record.page.via == "webhook":
            found.setdefault(record.page.contact, []).append(record)
    return found


def _follows(record: PageRecord) -> bool:
    """Whether the first post was taken, or nobody could be reached for it."""
    late = record.state is PageState.REFUSED and str(record.reason).startswith("carrier_unavailable")
    return record.state is PageState.SENT or late


def _unwanted(one: Posted) -> bool:
    """Refused for good: neither taken, nor asked to come again."""
    return one.status not in (204, 408, 425, 429) and one.status < 500


def whoever_refused_the_first_post_gets_no_other(cloud: Cloud) -> Iterator[str]:
    """Only what later steps post, which are tries of their own."""
    for number in cloud.store.numbers():
        revisions = {change.incident.revision for change in cloud.witness.changes[number]}
        for contact, records in _posts(cloud, number).items():
            if any(_follows(record) for record in records) or len(revisions) > 1:
                continue
            address = cloud.store.revision(next(iter(revisions))).book.webhook(contact)
            about = [one for one in cloud.witness.posted if (one.url, one.number) == (address, number)]
            tries = sum(record.tries for record in records)
            if len(about) > tries:
                yield f"{contact} refused #{number}, and it was posted {len(about)} times in {tries} tries"


def what_is_posted_is_the_incident_as_it_then_is(cloud: Cloud) -> Iterator[str]:
    """No version is older than the one that there was when its run began, and each is as it was."""
    for one in cloud.witness.posted:
        changes = cloud.witness.changes[one.number]
        now = cloud.witness.at(one.number, one.began)
        was = next((change.incident for change in changes if change.incident.version == one.version), None)
        if was is None or was.state.value != one.state:
            yield f"#{one.number} was posted as {one.state} in v{one.version}, which it was not"
        if now is not None and one.version < now.version:
            yield f"#{one.number} was posted as v{one.version}, and was v{now.version} when {one.by} began"


def each_step_posts_where_the_file_says(cloud: Cloud) -> Iterator[str]:
    """Two addresses of one host are two, whatever they are called where they are shown."""
    documents = {one.era.revision: one.era.document for one in cloud.witness.applied}
    for number, changes in cloud.witness.changes.items():
        first = changes[0].incident
        elsewhere = ("moved", "revision_changed", "reassigned")
        if any(line.kind in elsewhere for change in changes for line in change.entries):
            continue
        steps = documents[first.revision]["policies"][first.policy]["steps"]
        went = {one.url for one in cloud.witness.posted if one.number == number and one.status == 204}
        for records in _posts(cloud, number).values():
            for record in records:
                target = steps[record.page.step - 1]["page"][record.page.target]
                if record.state is PageState.SENT and target["webhook"] not in went:
                    yield f"{record.id} counts as posted, and its address was posted nothing"


def a_version_has_one_name_and_is_signed(cloud: Cloud) -> Iterator[str]:
    """The receiver knows by the id that it has seen it, whoever sends it; and by the signature whose it is."""
    named: dict[str, tuple[str, int, int]] = {}
    names: dict[tuple[str, int, int], str] = {}
    for one in cloud.witness.posted:
        id, at = one.headers["webhook-id"], one.headers["webhook-timestamp"]
        what = (one.url, one.number, one.version)
        if named.setdefault(id, what) != what or names.setdefault(what, id) != id:
            yield f"{id} is #{one.number} v{one.version}, and another one has that id, or it has another one"
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = base64.b64encode(hmac.digest(key, f"{id}.{at}.".encode() + one.body, "sha256")).decode()
        if f"v1,{signed}" not in one.headers["webhook-signature"].split():
            yield f"{id} of #{one.number} is signed by nobody"


def every_post_ends(cloud: Cloud) -> Iterator[str]:
    """A committed post is taken, refused or withdrawn, and its timeline says which."""
    for number, changes in cloud.witness.changes.items():
        lines = cloud.store.timeline(number)
        due = [
            line.details["post"] for change in changes for line in change.entries if line.kind == "post_due"
        ]
        withdrawn = {
            line.details["post"] for line in lines if "post" in line.details and line.kind == "post_cancelled"
        }
        for id in due:
            record = cloud.store.page(number, str(id))
            if record is None:
                if id not in withdrawn:
                    yield f"the post {id} was due and nobody ever claimed it"
                continue
            told = {line.kind for line in lines if line.details.get("page") == id}
            if record.state not in FINAL or f"post_{record.state.value}" not in told:
                yield f"the post {id} is {record.state.value}, and the timeline says {sorted(told)}"


def no_address_is_told(cloud: Cloud) -> Iterator[str]:
    """Of a webhook its host is told and nothing else, in no line of a timeline and in no alarm."""
    secrets = [SECRET, *(url.partition("/in/")[2] for url in WEBHOOKS)]
    for number in cloud.store.numbers():
        if not any(True for record in cloud.store.pages(number) if record.page.via == "webhook"):
            continue
        text = str([dict(line.details) for line in cloud.store.timeline(number)])
        if any(secret in text for secret in secrets):
            yield f"the timeline of #{number} tells where its webhook is"
    if any(secret in str(cloud.witness.alarms) for secret in secrets):
        yield "an alarm tells where a webhook is"
