"""The document while it is made, and which of its names each object of the export has become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.config import scalars
from tocsin.config.policies import MAX_REPEAT, SOURCES
from tocsin_cli.importing import names
from tocsin_cli.importing.report import Report, Thing

SECTIONS = ("users", "teams", "schedules", "policies", "services", "integrations")

#: A target of a step, as the file has it: ``{"user": "ana"}``.
Target = dict[str, str]


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call from ``start`` to ``end`` (aware) as the product itself worked it out: our names of users."""

    start: datetime
    end: datetime
    users: tuple[str, ...]


@dataclass(slots=True)
class Step:
    """Whom a step pages, and how long after it the next one begins (None: not said)."""

    page: list[Target]
    wait: timedelta | None = None


@dataclass(slots=True)
class Draft:
    """``now`` is the time of the import; ``since`` (None: not asked for) the time from which the schedules have to be
    right. ``shifts`` are the product's own, by our name of the schedule; ``comments`` stand beside (section, name)."""

    report: Report
    now: datetime
    since: datetime | None = None
    sections: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in SECTIONS})
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    shifts: dict[str, list[Shift]] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)
    _taken: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in SECTIONS})
    _catch_all: str | None = None

    def name(self, section: str, thing: Thing, *more: str) -> str:
        """Our name for an object that is going to be in a section; ``more`` are tried when its own gives none."""
        found = names.unique(
            (
                names.slug(thing.name),
                *map(names.slug, more),
                names.slug(thing.id),
                thing.kind.replace(" ", "-"),
            ),
            self._taken[section],
        )
        self._names.setdefault((section, thing.id), found)
        self.report.became[thing] = found
        if thing.id and thing.id != found:
            self.comments[section, found] = f"{thing.kind} {names.label(thing.id, '')}"
        return found

    def find(self, section: str, id: str | None) -> str | None:
        """Our name for the object with that id, None when there is none."""
        return None if id is None else self._names.get((section, id))

    def alias(self, section: str, id: str, name: str) -> None:
        """Another way in which the export refers to an object, such as a user's address."""
        self._names.setdefault((section, id), name)

    def reference(self, shifts: Sequence[Shift]) -> datetime:
        """The time from which a schedule has to be right: as asked, or now, or the first shift it is compared with."""
        return self.since or min([self.now, *(shift.start for shift in shifts)])

    def policy(self, thing: Thing, steps: Sequence[Step], repeat: int) -> None:
        """Adds a policy; a step that pages nobody leaves its wait to the one before. Without a step there is none."""
        kept: list[Step] = []
        for step in steps:
            if step.page:
                kept.append(
                    Step(
                        [dict(row) for row in {tuple(row.items()): row for row in step.page}.values()],
                        step.wait,
                    )
                )
            elif kept and step.wait is not None:
                kept[-1].wait = (kept[-1].wait or timedelta(0)) + step.wait
        if not kept:
            words = "is not mapped: no step of it pages anybody that the export has"
            self.report.missing(thing, words, "write a policy by hand, or export what it refers to")
            return
        if repeat > MAX_REPEAT:
            self.report.approximate(
                thing, f"repeats {repeat} times, and {MAX_REPEAT} times here: that is the most"
            )
        rows = []
        for step in kept:
            row: dict[str, Any] = {"page": step.page}
            if step.wait is not None:
                row["wait"] = scalars.spelled(min(step.wait, scalars.MAX_DURATION))
            rows.append(row)
        policy: dict[str, Any] = {"steps": rows}
        if repeat:
            policy["repeat"] = str(min(repeat, MAX_REPEAT))
        self.sections["policies"][self.name("policies", thing)] = policy

    def service(self, thing: Thing, policy: str | None, **more: Any) -> str | None:
        """Adds a service with its policy by our name, and gives its name; without a policy there is none."""
        if policy is None:
            words = "is not mapped: its escalation policy is not in the export, or is not mapped itself"
            self.report.missing(thing, words, "export the policy too, or write the service by hand")
            return None
        found = self.name("services", thing)
        self.sections["services"][found] = {"policy": policy, **more}
        self._catch_all = self._catch_all or found
        return found

    def integration(self, thing: Thing, service: str, *sources: str, words: str = "") -> None:
        """Adds an integration with the first source that a parser exists for; else ``generic``, with ``words`` why."""
        source = next((one for one in sources if one in SOURCES), "generic")
        found = self.name("integrations", thing)
        self.sections["integrations"][found] = {"service": service, "source": source}
        if source == "generic" and "generic" not in sources:
            why = words or "sends a format that no parser is for: the generic one reads what it can"
            advice = f"try it with: tocsin parse --source generic PAYLOAD, before {found} is relied upon"
            self.report.approximate(thing, why, advice)

    def document(self) -> dict[str, Any]:
        """The document, without what is empty."""
        found: dict[str, Any] = {"version": "1"}
        found.update({section: rows for section, rows in self.sections.items() if rows})
        if self._catch_all is not None:
            found["catch_all"] = self._catch_all
            words = (
                f"catch_all is {self._catch_all}, the first service: what no integration claims goes there"
            )
            self.report.check(None, words, "name another service if that team should not be woken for it")
        return found
