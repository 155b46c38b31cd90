"""Nobody is bothered about what was muted, nothing is lost, and it ends."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a muted key opens an incident",
        "engine/triage.py",
        "    if alert is not None and alert.muted(ports.clock.now()):\n",
        "    if alert is not None and alert.muted(ports.clock.now()) and alert.incident is None:\n",
    ),
    Sabotage(
        "a mute never ends",
        "incidents/alert.py",
        "self.muted_until is not None and now < self.muted_until\n",
        "self.muted_until is not None\n",
    ),
    Sabotage(
        "a mute swallows a resolve",
        "engine/triage.py",
        "    if alert is None or not alert.open or alert.incident is None:\n",
        "    if alert is None or not alert.open or alert.incident is None or alert.muted_until is not None:\n",
    ),
    Sabotage(
        "a resolve behind a muted trigger is dropped with it",
        "engine/triage.py",
        "        run = list(takewhile(partial(_not_late, alert), _run_of_triggers(rest, fates)))\n",
        "        run = list(takewhile(partial(_not_late, alert), rest))\n",
    ),
    Sabotage(
        "what a mute drops has no fate",
        "engine/triage.py",
        "[_fate(ports, key, one.event, FateKind.DROPPED, alert.incident, rule) for one in run]\n",
        "[]\n",
    ),
    Sabotage(
        "a mute that comes while an incident is being opened is written over",
        "store/memory.py",
        "    return (alert.open, alert.incident, alert.muted_until) if alert is not None else None\n",
        "    return (alert.open, alert.incident, None) if alert is not None else None\n",
    ),
    Sabotage(
        "an open incident is muted, and paged on",
        "escalation/muting.py",
        "    if incident.open:\n",
        "    if incident.snoozed_until is not None:\n",
    ),
    Sabotage(
        "a mute may be as long as anybody likes",
        "escalation/muting.py",
        "    if span is None or not SHORTEST_MUTE <= span <= LONGEST_MUTE:\n",
        "    if span is None or span < SHORTEST_MUTE:\n",
    ),
    Sabotage(
        "unmuting leaves the alerts muted",
        "engine/actions.py",
        "    return replace(decision, mutes=dict.fromkeys((one.key for one in alerts), until))\n",
        "    return replace(decision, mutes=dict.fromkeys((one.key for one in alerts), until) if until else {})\n",
    ),
    Sabotage(
        "reopening leaves the mute",
        "engine/actions.py",
        "    return replace(decision, opens=[one.key for one in alerts if not one.open], mutes=unmuted)\n",
        "    return replace(decision, opens=[one.key for one in alerts if not one.open])\n",
    ),
    Sabotage(
        "a merge ends the mute of what goes over",
        "store/memory.py",
        "            self._alerts[alert.key] = replace(self._alerts[alert.key], incident=target.incident.number)\n",
        "            self._alerts[alert.key] = replace(alert, incident=target.incident.number, muted_until=None)\n",
    ),
    Sabotage(
        "the larger incident does not know that it is muted",
        "escalation/record.py",
        "    if source.alerts and brought is not None and brought > max(now, mine or now):\n",
        "    if source.alerts and brought is not None and mine is not None and brought > max(now, mine):\n",
    ),
)
