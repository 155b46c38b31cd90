"""Time that somebody gives away: those who could take it are asked, in their own working hours.

Whoever gives it hears of each part that is taken, and when it begins and nobody took it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.simulation.cloud import Cloud
from tests.simulation.duty import Era
from tests.simulation.invariants.clocks import slowest
from tests.simulation.invariants.notices import CALM, MINUTE, STALE
from tests.simulation.kernel import us
from tests.simulation.teams import names, number_of
from tests.simulation.witness import Written
from tocsin.oncall.changes import Cover

_ID = re.compile(r"cover-(change-\d+|earlier-\d+)-(?:taken-(\d+)|(expired)|(\d{8}T\d{6}))-(\w+)")


def _versions(cloud: Cloud) -> dict[str, list[tuple[Written, Cover]]]:
    found: dict[str, list[tuple[Written, Cover]]] = {}
    for one in cloud.witness.written:
        if isinstance(one.row, Cover):
            found.setdefault(one.row.made.id, []).append((one, one.row))
    return found


def what_is_said_of_cover_is_so(cloud: Cloud) -> Iterator[str]:
    versions, eras = _versions(cloud), [one.era for one in cloud.witness.applied]
    for taken in cloud.witness.taken:
        if not taken.page_id.startswith("cover-"):
            continue
        found = _ID.fullmatch(taken.page_id)
        rows = [row for one, row in versions.get(found[1], []) if one.at <= taken.at] if found else []
        words = f"{taken.to} was told {taken.text!r} ({taken.page_id})"
        if found is None or not rows or names().get(taken.to) != found[5]:
            yield f"{words}, which is no word of cover"
        elif found[2] is not None:
            parts = rows[-1].parts
            if found[5] != rows[-1].user or int(found[2]) >= len(parts):
                yield f"{words}, and nobody took that"
            # Who has left the file since has no name there any more.
            elif not taken.text.lower().startswith(f"{parts[int(found[2])].user} takes your time"):
                yield f"{words}, and it was {parts[int(found[2])].user} who took it"
        elif found[3] is not None:
            begun = rows[-1].start <= cloud.kernel.instant(taken.at + us(cloud.weather.skew))
            begins = cloud.kernel.since(rows[-1].start) - us(2 * cloud.weather.skew)
            # What it was when its time came, and since: what was taken before that is not left to anybody.
            since = sum(one.at <= begins for one, _ in versions[found[1]])
            left = any(_left(row, row.start) for row in rows[max(0, since - 1) :])
            if found[5] != rows[-1].user or not begun or not left:
                yield f"{words}, and it was not left to them"
        else:
            asked_at = datetime.strptime(found[4], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
            if found[5] not in _could(cloud, rows[0]) or not _working(found[5], asked_at, eras):
                yield f"{words}, who cannot take it, or not at that hour"
            elif not any(_left(row, row.made.at) for row in rows):
                yield f"{words}, and there is nothing to be taken"


def whoever_gives_time_away_hears_of_it(cloud: Cloud) -> Iterator[str]:
    told = {taken.page_id for taken in cloud.witness.taken} | cloud.witness.refused
    for id, versions in _versions(cloud).items():
        last = versions[-1][1]
        for index, part in enumerate(last.parts):
            landed = next(one.at for one, row in versions if len(row.parts) > index)
            if _heard(cloud, last, landed) and f"cover-{id}-taken-{index}-{last.user}" not in told:
                yield f"{last.user} was never told that {part.user} took a part of {id}"
        begins, first = cloud.kernel.since(last.start), versions[0][0].at
        open_then = all(
            _left(row, row.start) for one, row in versions if one.at <= begins + _late(cloud, begins)
        )
        in_time = first < begins and last.made.at < last.start
        if (
            open_then
            and in_time
            and _heard(cloud, last, begins)
            and f"cover-{id}-expired-{last.user}" not in told
        ):
            yield f"{last.user} was never told that nobody took {id}"


def who_could_take_time_is_asked(cloud: Cloud) -> Iterator[str]:
    """At once, when they are at work. Where somebody is on leave, or it changes at once, others may be asked."""
    told = {taken.page_id for taken in cloud.witness.taken} | cloud.witness.refused
    for id, versions in _versions(cloud).items():
        landed, row = versions[0][0].at, versions[0][1]
        end = landed + _late(cloud, landed)
        duty = cloud.witness.story(landed).at(cloud.kernel.instant(landed))
        begins = min([row.start, *([row.swap.start] if row.swap is not None else [])])
        quiet = len([one for one, _ in versions if one.at <= end]) == 1 and _stays(cloud, landed, end)
        soon = row.made.at < row.start if row.swap is None else True
        late = soon and cloud.kernel.since(begins) <= end
        if not quiet or late or duty is None or duty.away or end > cloud.ended - CALM or not landed:
            continue
        for user in _could(cloud, row) & {one for group in duty.groups(row.schedule) for one in group}:
            name = f"cover-{id}-{row.made.at:%Y%m%dT%H%M%S}-{user}"
            if _working(user, row.made.at, [duty.era]) and _reached(cloud, user, landed) and name not in told:
                yield f"{user} could take {id}, and was not asked"


def _left(row: Cover, at: datetime) -> bool:
    """Whether some of it is nobody's yet."""
    if row.made.cancelled:
        return False
    begins = max(row.start, at)
    for part in sorted(row.parts, key=lambda part: part.start):
        if part.start <= begins:
            begins = max(begins, part.end)
    return begins < row.end


def _could(cloud: Cloud, row: Cover) -> set[str]:
    if row.swap is not None:
        return {row.swap.user}
    eras = [one.era.document for one in cloud.witness.applied]
    groups = [layer["users"] for era in eras for layer in era["schedules"][row.schedule]["layers"]]
    found = {user for users in groups for one in users for user in ([one] if isinstance(one, str) else one)}
    return found - {row.user}


def _working(user: str, at: datetime, eras: Iterable[Era]) -> bool:
    """Nine to five, Monday to Friday, on their own clock, by any of these."""
    known = [era.document["users"] for era in eras]
    zones = {users[user].get("timezone", "UTC") for users in known if user in users}
    here = [at.astimezone(ZoneInfo(zone)) for zone in zones]
    return any(one.weekday() < 5 and 9 <= one.hour < 17 for one in here)


def _heard(cloud: Cloud, row: Cover, since: int) -> bool:
    """Whether a tick had to tell whoever asked: nothing was taken back, or applied, before it came."""
    end = since + _late(cloud, since)
    gone = row.made.cancelled_at is not None and cloud.kernel.since(row.made.cancelled_at) <= end
    return (
        since > 0
        and end < cloud.ended - CALM
        and not gone
        and _stays(cloud, since, end)
        and _reached(cloud, row.user, since)
    )


def _stays(cloud: Cloud, since: int, end: int) -> bool:
    return not any(since <= one.at <= end for one in cloud.witness.applied)


def _reached(cloud: Cloud, user: str, when: int) -> bool:
    """Whether the first way in which they hear of handoffs reaches them."""
    story = cloud.witness.story(when)
    row = story.of(len(story.eras) - 1).users.get(user)
    if row is None or any(act.who == user and act.wish == "STOP" for act in cloud.witness.acts):
        return False
    for rule in row.get("notify", {}).get("handoff", ({"via": "email"},)):
        if rule["via"] == "email" or "contacts" in row:
            to = row["email"] if rule["via"] == "email" else number_of(user)
            return rule["via"] not in cloud.carriers.off and to not in cloud.unverified
    return False


def _late(cloud: Cloud, since: int) -> int:
    """How long a tick may be in coming."""
    struck = [fault.at for fault in cloud.weather.faults if fault.where.startswith("clock(")]
    slack = us(2 * cloud.weather.skew) + slowest(cloud)
    return MINUTE + slack + sum(us(130) for at in struck if since - MINUTE <= at <= since + STALE // 3)
