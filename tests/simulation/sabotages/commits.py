"""Arm, commit, send."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

_COMMIT = """        try:
            ports.store.commit(commit, audit_at(changed, now))
        except Conflict:
            ports.clock.pause(attempt)
            continue
        send(ports, changed)
"""

SABOTAGES = (
    Sabotage(
        "pages are sent before their commit",
        "engine/commits.py",
        _COMMIT,
        _COMMIT.replace("        send(ports, changed)\n", "").replace(
            "        try:\n", "        send(ports, changed)\n        try:\n"
        ),
    ),
    Sabotage(
        "pages of a command are not sent",
        "engine/commits.py",
        _COMMIT,
        _COMMIT.replace("        send(ports, changed)\n", ""),
    ),
    Sabotage(
        "pages are marked sent before they are",
        "engine/commits.py",
        "    ports.pages.put([PageMessage(incident.number, page) for page in incident.outbox.values()])\n"
        "    ports.store.mark_sent(incident.number, tuple(incident.outbox))\n",
        "    ports.store.mark_sent(incident.number, tuple(incident.outbox))\n"
        "    ports.pages.put([PageMessage(incident.number, page) for page in incident.outbox.values()])\n",
    ),
    Sabotage(
        "an incident is read without consistency",
        "store/memory.py",
        "        return self._incidents.get(number)\n",
        "        about = number, self.requests['incident'] // 4\n"
        "        stale = self.__dict__.setdefault('stale', {})\n"
        "        return stale.setdefault(about, self._incidents.get(number))  # type: ignore[no-any-return]\n",
    ),
    Sabotage(
        "a commit does not look at the version",
        "store/memory.py",
        "        number = commit.incident.number\n        stored = self._incidents.get(number)\n"
        "        if stored is None or stored.version != commit.version:\n",
        "        number = commit.incident.number\n        stored = self._incidents.get(number)\n"
        "        if stored is None:\n",
    ),
    Sabotage(
        "a command that comes again is a new one",
        "engine/commits.py",
        "        if (answer := taken_before(incident, command_id)) is not None:\n",
        "        if (answer := taken_before(incident, command_id)) is not None and not command_id:\n",
    ),
    Sabotage(
        "a command arms no clock",
        "engine/commits.py",
        '        clock = arming.name(number, decision.incident.due) if decision.incident.due is not None else ""\n',
        '        clock = "" if arming else ""\n',
    ),
    Sabotage(
        "a command keeps the old clock",
        "engine/commits.py",
        '        clock = arming.name(number, decision.incident.due) if decision.incident.due is not None else ""\n',
        '        clock = incident.clock if arming else ""\n',
    ),
    Sabotage(
        "the first wake-up is ten minutes away",
        "engine/commits.py",
        "FIRST_WAKE = timedelta(seconds=15)",
        "FIRST_WAKE = timedelta(minutes=10)",
    ),
    Sabotage(
        "alarms are raised after the commit",
        "engine/commits.py",
        "        raise_alarms(ports, decision)\n        clock = arming",
        "        clock = arming",
    ),
    Sabotage(
        "the clock's alarms are raised after the commit",
        "engine/wake.py",
        "    raise_alarms(ports, decision)\n    try:\n",
        "    try:\n",
    ),
    Sabotage(
        "a decision rests on the configuration of today",
        "engine/commits.py",
        "    config = config or ports.store.revision(incident.revision)\n",
        "    config = config or ports.store.config()[1]\n",
    ),
)
