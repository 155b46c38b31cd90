"""What the handing over of a page came to, and what follows from a carrier's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tocsin.paging.channels.base import Later, Refused, Sent
from tocsin.paging.text_throttle import Held
from tocsin.store.pages import PageRecord, PageState

if TYPE_CHECKING:
    from tocsin.paging.throttle import HeldBack

#: Twice the page function's timeout: a claim this old belongs to a function that is dead.
LEASE = timedelta(seconds=60)
#: A carrier that cannot take a page is asked again after these waits; then the next contact is tried.
PATIENCE = (timedelta(seconds=3), timedelta(seconds=8), timedelta(seconds=20))
#: So often a call waits for the person to be free; then the next contact is tried.
CALL_WAITS = 10
#: How the reason begins of what was refused because the carrier could not in all that time.
UNAVAILABLE = "carrier_unavailable"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a claim came to, and by which channel; ``to`` is where it went. ``shown``: the version that a chat shows.
    Held back ``until`` (aware), or ``carried`` by the text of the page with that id. ``gone``: the ids of browsers that
    cannot be pushed to any more.
    """

    state: PageState
    reason: str | None = None
    provider_id: str | None = None
    channel: str | None = None
    wait: timedelta | None = None
    note: str | None = None
    maybe_sent: bool = False
    to: str = ""
    shown: int = 0
    until: datetime | None = None
    carried: str | None = None
    gone: tuple[str, ...] = ()


def held_back(held: Held, now: datetime, channel: str) -> Outcome:
    """It waits for its turn on the phone."""
    wait = max(held.until - now, timedelta(seconds=1))
    return Outcome(PageState.WAITING, held.reason, channel=channel, wait=wait, until=held.until)


def call_held_back(
    held: HeldBack, refused: Outcome, record: PageRecord, channel: str, now: datetime
) -> Outcome:
    """A call that is held back and whose text was ``refused``: it is made when the person may be called again, unless
    that is a matter of hours."""
    if held.reason != "called_recently" or record.tries > CALL_WAITS:
        return refused
    return held_back(Held("call_waits", held.until), now, channel)


def outcome_of(
    result: Sent | Refused | Later,
    record: PageRecord,
    channel: str,
    to: str,
    note: str | None = None,
    shown: int = 0,
) -> Outcome:
    """The outcome of a claim by what the carrier said."""
    match result:
        case Sent():
            return Outcome(PageState.SENT, None, result.provider_id, channel, note=note, to=to, shown=shown)
        case Refused():
            return Outcome(PageState.REFUSED, result.reason, channel=channel)
        case Later():
            if record.tries > len(PATIENCE):
                reason = f"{UNAVAILABLE}: {result.reason}"
                return Outcome(PageState.REFUSED, reason, channel=channel, maybe_sent=result.maybe_sent)
            wait = PATIENCE[record.tries - 1]
            if result.after_seconds is not None:
                wait = min(PATIENCE[-1], timedelta(seconds=result.after_seconds))
            return Outcome(
                PageState.WAITING, result.reason, channel=channel, wait=wait, maybe_sent=result.maybe_sent
            )
