"""Policies made up by chance, small enough to be lived through: waits are seconds, rounds are few."""

from __future__ import annotations

import json
import random
from typing import Any

#: The people and schedules of ``team.yaml`` that are there for this.
TARGETS: tuple[dict[str, str], ...] = (
    {"user": "p1"},
    {"user": "p2"},
    {"user": "p3"},
    {"user": "silent"},
    {"schedule": "empty"},
    {"schedule": "pair"},
    {"team": "everyone"},
)
#: Each seed is a policy, a service and an integration of the name ``gen-<seed>``.
SEEDS = (4, 7, 29)


def name(seed: int) -> str:
    return f"gen-{seed}"


def document() -> str:
    """A configuration with the policies of all seeds; YAML that is JSON."""
    whole: dict[str, Any] = {"version": "1", "policies": {}, "services": {}, "integrations": {}}
    for seed in SEEDS:
        whole["policies"][name(seed)] = _policy(random.Random(seed))
        whole["services"][name(seed)] = {"policy": name(seed)}
        whole["integrations"][name(seed)] = {"service": name(seed), "source": "generic"}
    return json.dumps(whole, indent=2)


def _policy(chance: random.Random) -> dict[str, Any]:
    steps = [
        {"page": chance.sample(TARGETS, chance.randint(1, 2)), "wait": f"{chance.randint(4, 11)}s"}
        for _ in range(chance.randint(2, 3))
    ]
    # Somebody is reached in every round: one that reaches nobody is another test's.
    steps.append({"page": [{"user": chance.choice(("p1", "p2", "p3"))}], "wait": f"{chance.randint(4, 9)}s"})
    return {"steps": steps, "repeat": str(chance.randint(0, 1)), "last_resort": [{"user": "p3"}]}
