"""A page's turn to call somebody: counted before the call is made."""

from __future__ import annotations

from tocsin.engine.ports import ATTEMPTS, Ports, TooBusy
from tocsin.paging import throttle
from tocsin.store.people import Calls
from tocsin.store.ports import Conflict


def claim_call(
    ports: Ports, user: str, number: str, page_id: str, channel: str
) -> throttle.Call | throttle.HeldBack | throttle.OverLimit:
    """Counts the call before it is made. Two pages to one person cannot both be allowed."""
    for attempt in range(ATTEMPTS):
        known = ports.store.calls(user)
        now = ports.clock.now()
        of_number = known.numbers.get(number, ())
        verdict = throttle.judge(now, page_id, known.last, of_number, throttle.daily_limit(channel))
        if not isinstance(verdict, throttle.Call):
            return verdict
        numbers = {**known.numbers, number: throttle.counted(now, page_id, of_number)}
        try:
            ports.store.put_calls(Calls(user, throttle.Called(now, page_id), numbers, known.version))
        except Conflict:
            ports.clock.pause(attempt)
            continue
        return verdict
    raise TooBusy(f"the calls to {user} were counted by others {ATTEMPTS} times in a row")
