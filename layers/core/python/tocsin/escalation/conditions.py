"""Branches: whether a step is for an incident such as this one, at such an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.escalation.model import Step, When
from tocsin.oncall.windows import in_windows

#: What people may say of an incident.
SEVS = ("SEV1", "SEV2", "SEV3", "SEV4", "SEV5")
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
#: Whatever an incident's severity may be: that of its alert, until people say otherwise.
SEVERITIES = (*SEVS, "critical", "error", "warning", "info", "unknown")


@dataclass(frozen=True, slots=True)
class Situation:
    """What an incident is like, as far as a policy asks for it.

    ``labels`` are those of its alert; ``repeats`` how often the alert came; ``turn`` the incident's place among those
    of its policy, counted from 0: whom a round robin begins with.
    """

    severity: str = "unknown"
    priority: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 1
    turn: int = 0


#: An incident of which nothing is known.
ANY = Situation()


def holds(step: Step, situation: Situation, at: datetime) -> bool:
    """Whether the step is taken: everything that ``when`` says holds at ``at``, and not everything that ``unless``
    says."""
    return (step.when is None or _all(step.when, situation, at)) and not (
        step.unless is not None and _all(step.unless, situation, at)
    )


def _all(when: When, situation: Situation, at: datetime) -> bool:
    return (
        (not when.severity or situation.severity.casefold() in _folded(when.severity))
        and (not when.priority or situation.priority.casefold() in _folded(when.priority))
        and all(situation.labels.get(name, "") in values for name, values in when.labels.items())
        and situation.repeats >= when.repeated
        and (when.hours is None or in_windows(when.hours.active, when.hours.timezone, at))
    )


def _folded(words: tuple[str, ...]) -> set[str]:
    return {word.casefold() for word in words}
