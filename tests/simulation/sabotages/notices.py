"""Handoffs: told once, in time, to whom they concern."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "no handoff is told",
        "functions/clock/app.py",
        "    told = _tell(ports)\n",
        "    told = 0\n",
    ),
    Sabotage(
        "handoffs are told a minute too early",
        "escalation/handoffs.py",
        "        asked = look if not lead else timeline\n"
        "        for handoff in handoffs_of(schedule, since + lead, now + lead, asked):\n",
        "        asked = look if not lead else timeline\n"
        "        for handoff in handoffs_of(schedule, since + lead, now + lead + timedelta(minutes=1), asked):\n",
    ),
    Sabotage(
        "nobody hears that their time is taken",
        "escalation/covering.py",
        "        if user is not None and since < part.at <= now:\n",
        "        if user is not None and since < part.start <= part.at:\n",
    ),
    Sabotage(
        "whoever takes time is told so instead of whoever gave it",
        "escalation/covering.py",
        '            yield from _to(user, name, "taken", cover, tuple(cover.open(now)), part)\n',
        '            yield from _to(book.users[part.user], name, "taken", cover, tuple(cover.open(now)), part)\n',
    ),
    Sabotage(
        "nobody hears that their time stays theirs",
        "escalation/covering.py",
        "    left = tuple(cover.open(cover.start))\n",
        "    left = tuple(cover.open(cover.end))\n",
    ),
    Sabotage(
        "what is taken stays theirs all the same",
        "escalation/covering.py",
        "    left = tuple(cover.open(cover.start))\n",
        "    left = ((cover.start, cover.end),)\n",
    ),
    Sabotage(
        "nobody is asked to take time",
        "escalation/covering.py",
        "    times = [cover.made.at, *(due for due in reminders if due > cover.made.at)]\n",
        "    times = [due for due in reminders if due > cover.made.at]\n",
    ),
    Sabotage(
        "people are asked to take time in the night",
        "escalation/covering.py",
        "        for at in sorted({_in_working_hours(user, due) for due in times}):\n",
        "        for at in sorted(times):\n",
    ),
    Sabotage(
        "a swap is offered to everybody",
        "escalation/covering.py",
        "    names = {cover.swap.user} if cover.swap is not None else others\n",
        "    names = others\n",
    ),
    Sabotage(
        "a notice is sent as often as it comes",
        "engine/notices.py",
        "    if claim is not NoticeClaim.WON:\n",
        "    if claim is NoticeClaim.HELD:\n",
    ),
    Sabotage(
        "a notice is not recorded as sent",
        "engine/notices.py",
        '    ports.store.finish_notice(notice.id, ports.clock.now(), f"refused: {why}" if why else SENT)\n',
        "",
    ),
    Sabotage(
        "a notice that the carrier cannot take now is given up",
        "engine/notices.py",
        "            return LEASE.total_seconds() + 1\n",
        "            return None\n",
    ),
    Sabotage(
        "handoffs are told to everybody",
        "escalation/handoffs.py",
        "    for id in sorted({*handoff.before} ^ {*handoff.after}):\n",
        "    for id in sorted(book.users):\n",
    ),
    Sabotage(
        "only whoever comes is told",
        "escalation/handoffs.py",
        "    for id in sorted({*handoff.before} ^ {*handoff.after}):\n",
        "    for id in sorted({*handoff.after} - {*handoff.before}):\n",
    ),
    Sabotage(
        "who goes is told to come",
        "escalation/handoffs.py",
        "        comes = id in handoff.after\n",
        "        comes = id in handoff.before\n",
    ),
    Sabotage(
        "everybody is told at the handoff, whenever they want to know",
        "escalation/handoffs.py",
        "        for handoff in handoffs_of(schedule, since + lead, now + lead, asked):\n",
        "        for handoff in handoffs_of(schedule, since, now, asked):\n",
    ),
    Sabotage(
        "no channel hears of a handoff",
        "escalation/handoffs.py",
        "            yield from _to_channels(schedule, handoff, lead)\n",
        "",
    ),
    Sabotage(
        "a tick tells what is in its own minute alone",
        "engine/handoffs.py",
        "    since = max(last - OVERLAP, now - STALE) if last is not None else now - OVERLAP\n",
        "    since = now - OVERLAP\n",
    ),
    Sabotage(
        "a tick does not look back",
        "engine/handoffs.py",
        "OVERLAP = timedelta(minutes=1)",
        "OVERLAP = timedelta(0)",
    ),
    Sabotage(
        "a tick that could not tell has told",
        "engine/handoffs.py",
        "    if notices:\n        ports.pages.put(notices)\n",
        "    ports.store.put_mark(MARK, now)\n    if notices:\n        ports.pages.put(notices)\n",
    ),
    Sabotage(
        "a tick remembers when it was done instead of when it looked",
        "engine/handoffs.py",
        "    ports.store.put_mark(MARK, now)\n",
        "    ports.store.put_mark(MARK, ports.clock.now() + timedelta(minutes=1))\n",
    ),
    Sabotage(
        "handoffs know nothing of what was changed",
        "engine/handoffs.py",
        "    book = book_with(config, changes)\n",
        "    book = config.book\n",
    ),
    Sabotage(
        "handoffs know only the revision of now",
        "engine/handoffs.py",
        "    if applied == [revision]:\n",
        "    if applied:\n",
    ),
)
