"""What people change from day to day, applies, and handoffs."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

_FORCE = """        begins = max(start, self.at)
        ends = min(end, self.cancelled_at) if self.cancelled_at is not None else end
"""

SABOTAGES = (
    Sabotage(
        "a cancelled change still counts",
        "oncall/changes.py",
        _FORCE,
        "        begins = max(start, self.at)\n        ends = end\n",
    ),
    Sabotage(
        "a cancelled change never counted",
        "oncall/changes.py",
        _FORCE,
        "        begins = max(start, self.at)\n        ends = end if self.cancelled_at is None else begins\n",
    ),
    Sabotage(
        "a change counts from its own beginning",
        "oncall/changes.py",
        _FORCE,
        _FORCE.replace("max(start, self.at)", "start"),
    ),
    Sabotage(
        "a change counts from when it was asked for",
        "engine/rota.py",
        "        return replace(change, made=replace(change.made, at=now))\n",
        "        return change\n",
    ),
    Sabotage(
        "a change made again is a new one",
        "engine/rota.py",
        "        if changes.find(change.made.id) is not None:\n            return None\n",
        "",
    ),
    Sabotage(
        "a change writes over another's",
        "store/memory.py",
        "        if self._changes.version != upon.version:\n            raise",
        "        if self._changes.version < upon.version:\n            raise",
    ),
    Sabotage(
        "what is over may be changed",
        "engine/rota.py",
        '        raise Refused("it is over already: the past is not changed")\n',
        "        return\n",
    ),
    Sabotage(
        "whoever is in nobody's file may be on call",
        "engine/rota.py",
        "    for user in _people(change):\n        if user not in book.users:\n",
        "    for user in _people(change):\n        if user in ():\n",
    ),
    Sabotage(
        "two may take the same cover",
        "engine/rota.py",
        "    if not any(opens <= begins < ends <= closes for opens, closes in left):\n",
        "    if begins >= ends:\n",
    ),
    Sabotage(
        "a swap is for anybody",
        "engine/rota.py",
        "        if user != cover.swap.user:\n",
        "        if not user:\n",
    ),
    Sabotage(
        "a swap gives nothing in return",
        "oncall/changed.py",
        "    if row.swap is not None and row.parts and row.user in users:\n",
        "    if row.swap is not None and not row.parts and row.user in users:\n",
    ),
    Sabotage(
        "changes come in the order of their beginnings",
        "oncall/changed.py",
        "    made = tuple(one for *_, one in sorted(overrides, key=lambda one: one[:3]))\n",
        "    made = tuple(one for *_, one in sorted(overrides, key=lambda one: one[3].start))\n",
    ),
    Sabotage(
        "leave does not pass the turn on",
        "oncall/order.py",
        "        return tuple(user for user in self.groups[place] if not self._absences.passed_over(user, at))\n",
        "        return tuple(self.groups[place])\n",
    ),
    Sabotage(
        "who was away loses their place",
        "oncall/order.py",
        "            credited = next(place for place in queue if served[place] == most)\n",
        "            credited = queue[0]\n",
    ),
    Sabotage(
        "the delegate is ignored",
        "oncall/changed.py",
        "            noted.append(Away(row.user, *span, row.delegate if row.delegate in users else None))\n",
        "            noted.append(Away(row.user, *span, None))\n",
    ),
    Sabotage(
        "a policy's people have no delegates",
        "escalation/targets.py",
        "    if not book.away.delegates:\n        return users\n",
        "    if book.away is not None:\n        return users\n",
    ),
    Sabotage(
        "a temporary schedule is over with its last shift",
        "oncall/temporary.py",
        "    if not opening(clock, temporary.start) <= at < closing(clock, temporary.end):\n",
        "    if not opening(clock, temporary.start) <= at < closing(clock, temporary.shifts[-1].end):\n",
    ),
    Sabotage(
        "a temporary schedule stands beside the layers",
        "oncall/changed.py",
        "        temporary=(*fed, *schedule.temporary, *temporary),\n",
        "        temporary=(*fed, *schedule.temporary),\n",
    ),
    Sabotage(
        "who has left the file is still on call",
        "oncall/changed.py",
        "    return tuple(user for user in people if user in users)\n",
        "    return people\n",
    ),
    Sabotage(
        "a change is forgotten when it is over",
        "oncall/changes.py",
        "_TOLD = timedelta(hours=2)",
        "_TOLD = timedelta(minutes=-1)",
    ),
    Sabotage(
        "leave is forgotten when it is over",
        "oncall/changes.py",
        "        return settled is None or change.end > min(now, settled) - _INCIDENT\n",
        "        return change.end > now\n",
    ),
    Sabotage(
        "history forgets what was cancelled",
        "store/memory.py",
        "        found = (change for change in self._all_changes.values() if over(change) > at)\n",
        "        found = (one for one in self._all_changes.values() if over(one) > at and not one.made.cancelled)\n",
    ),
    Sabotage(
        "the past is asked of the revision of today",
        "store/memory.py",
        "        before = [one for one in known if one.at <= start]\n"
        "        return (*before[-1:], *(one for one in known if start < one.at < end))\n",
        "        return tuple(known[-1:])\n",
    ),
    Sabotage(
        "an apply forgets the order that it carries on",
        "config/history.py",
        "                carried[name] = orders\n",
        "                carried[name] = {}\n",
    ),
    Sabotage(
        "an apply carries on the order without what was changed",
        "config/history.py",
        "        before = book_with(old, changes)\n",
        "        before = old.book\n",
    ),
    Sabotage(
        "an apply begins with the list's next one",
        "oncall/succession.py",
        "    queue = _queue_now(old, past, now)\n",
        "    queue = rotated(_queue_now(old, past, now) or (0,), 1)\n",
    ),
    Sabotage(
        "leave counts twice after an apply",
        "escalation/amended.py",
        "    absences = with_leaves(book.away, changes.rows, book.users, settled)\n",
        "    absences = with_leaves(book.away, changes.rows, book.users, None)\n",
    ),
    Sabotage(
        "an apply counts before the one that it replaces",
        "engine/history.py",
        "    return max([now, *(last.at + _LATER for last in store.applies(_FAR, _FAR))])\n",
        "    return now\n",
    ),
    Sabotage(
        "an apply takes the place of one that it does not know",
        "store/memory.py",
        "        if self._pointer != expected:\n",
        "        if self._pointer is None and expected:\n",
    ),
    Sabotage(
        "steps do not know what was changed",
        "engine/commits.py",
        "    if changes.rows or changes.push:\n",
        "    if changes.rows[:0] or changes.push:\n",
    ),
)
