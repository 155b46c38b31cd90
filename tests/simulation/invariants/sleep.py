"""While somebody has an incident, or has snoozed it, nobody is paged for it; and a snooze ends when it says."""

from __future__ import annotations

from collections.abc import Iterator

from tests.simulation.cloud import Cloud
from tests.simulation.invariants.clocks import bound
from tests.simulation.invariants.timelines import Replay
from tests.simulation.kernel import SECOND, us
from tocsin.incidents.incident import State
from tocsin.incidents.times import from_iso


def nobody_is_paged_while_somebody_has_it_or_it_is_quiet(cloud: Cloud) -> Iterator[str]:
    """As the timeline has it, line by line: of its own policy nothing is due then."""
    for number, changes in cloud.witness.changes.items():
        told = Replay()
        for line in (line for change in changes for line in change.entries):
            told.read(line)
            if (
                line.kind in ("page_due", "step")
                and "purpose" not in line.details
                and told.state is not State.TRIGGERED
            ):
                what = line.details.get("page") or f"step {line.details.get('step')}"
                yield f"{what} of #{number} was due while it was {told.state.value}"


def a_snooze_ends_when_it_says(cloud: Cloud) -> Iterator[str]:
    """Unless somebody does something else before: then it is triggered again, and begins anew."""
    for number, changes in cloud.witness.changes.items():
        for place, change in enumerate(changes):
            snoozed = next((line for line in reversed(change.entries) if line.kind == "snoozed"), None)
            if snoozed is None or change.incident.state is not State.SNOOZED:
                continue
            over = cloud.kernel.since(from_iso(str(snoozed.details["until"])))
            after = next(
                (one for one in changes[place + 1 :] if one.incident.state is not State.SNOOZED), None
            )
            again = next(
                (one for one in changes[place + 1 :] if any(x.kind == "snoozed" for x in one.entries)), None
            )
            end = min([one.at for one in (after, again) if one is not None], default=cloud.ended)
            if end - over > bound(cloud, change.at, end):
                yield f"#{number} was to be quiet until {from_iso(str(snoozed.details['until']))}, and is so still"
            early = [
                line
                for line in (after.entries if after is not None and after.at == end else ())
                if line.kind == "unacknowledged" and line.details["reason"] == "snooze_over"
            ]
            if early and end < over - us(2 * cloud.weather.skew):
                yield f"#{number} was to be quiet for {(over - end) / SECOND:.0f} s more"
