"""Reminders before an ack ends, and acks that are kept."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "nobody is reminded",
        "escalation/decide.py",
        "    return replace(incident, ack_timeout_at=now + timeout, remind_at=remind)\n",
        "    return replace(incident, ack_timeout_at=now + timeout, remind_at=None)\n",
    ),
    Sabotage(
        "a reminder comes right after the ack",
        "escalation/decide.py",
        "    remind = now + timeout - before if before is not None and before < timeout else None\n",
        "    remind = now + before if before is not None and before < timeout else None\n",
    ),
    Sabotage(
        "what is kept ends as it would have",
        "escalation/taking.py",
        "    draft.incident = kept(incident, context.service, draft.now)\n",
        "    draft.incident = incident\n",
    ),
    Sabotage(
        "whoever keeps it takes it from another",
        "escalation/taking.py",
        "    if incident.state is not State.ACKNOWLEDGED or not theirs:\n",
        "    if incident.state is not State.ACKNOWLEDGED:\n",
    ),
    Sabotage(
        "no answer is given that changes nothing",
        "paging/passive.py",
        "    return any(one.text_id == text_id for one in kept) or len(kept) < MOST\n",
        "    return False\n",
    ),
)
