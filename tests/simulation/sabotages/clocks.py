"""The clock and the auditor."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a wake-up does not send what a crash left behind",
        "engine/wake.py",
        "        send(ports, incident)\n        if incident.due is None:\n",
        "        if incident.due is None:\n",
    ),
    Sabotage(
        "a wake-up does not send what it made due",
        "engine/wake.py",
        "    send(ports, changed)\n    return END if handover",
        "    return END if handover",
    ),
    Sabotage(
        "an execution that is nobody's clock goes on",
        "engine/wake.py",
        "        if incident is None or incident.clock != clock:\n",
        "        if incident is None:\n",
    ),
    Sabotage(
        "an execution that does not find its name ends at once",
        "engine/wake.py",
        "            return Wait(next((started + age for age in LOOKS if started + age > now), None))\n",
        "            return END\n",
    ),
    Sabotage(
        "a wake-up believes its own clock",
        "engine/wake.py",
        "        now = max(ports.clock.now(), waited_until)\n",
        "        now = ports.clock.now()\n",
    ),
    Sabotage(
        "due is rounded down to the second",
        "incidents/times.py",
        "        return at.replace(microsecond=0) + timedelta(seconds=1)\n",
        "        return at.replace(microsecond=0)\n",
    ),
    Sabotage(
        "the auditor looks after no incident that has a clock",
        "engine/audit.py",
        "    return incident.due is not None and (not incident.clock or incident.due <= now - OVERDUE)\n",
        "    return incident.due is not None and not incident.clock\n",
    ),
    Sabotage(
        "the auditor looks after no incident without a clock",
        "engine/commits.py",
        "    return incident.due if incident.clock else min(now, incident.due)\n",
        "    return incident.due if incident.clock else None\n",
    ),
    Sabotage(
        "the auditor raises no alarm",
        "engine/audit.py",
        "        if incident.clock and not late:\n",
        "        if incident.clock and not late and not incident.open:\n",
    ),
    Sabotage(
        "the auditor gives way to whoever wrote first",
        "engine/audit.py",
        "        except Conflict:\n            # A minute",
        "        except Conflict:\n            return late, False\n            # A minute",
    ),
    Sabotage(
        "the auditor takes everything for overdue",
        "engine/audit.py",
        "OVERDUE = timedelta(seconds=60)",
        "OVERDUE = timedelta(seconds=-60)",
    ),
    Sabotage(
        "the timeline trusts every clock",
        "incidents/incident.py",
        "        return max(now, self.changed_at) if self.changed_at is not None else now\n",
        "        return now\n",
    ),
)
