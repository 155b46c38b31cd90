"""Compiles a document (the plain data of `tocsin.yaml`) into a configuration, or says everything that is wrong with it.

The standard library alone: the functions compile the stored revision with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.config import away, people, policies, scalars, schedules
from tocsin.config.facts import NO_FACTS, Facts
from tocsin.config.model import Config, Integration
from tocsin.config.notes import Notes
from tocsin.config.plain import as_text
from tocsin.config.problems import ConfigError, Problem, Where, shown
from tocsin.escalation.model import Book

__all__ = ["VERSION", "Config", "ConfigError", "Integration", "Problem", "compile_config"]

VERSION = "1"

_SECTIONS = ("users", "teams", "schedules", "policies", "services", "integrations")
_LATER = ("rules", "maintenance")
_KEYS = ("version", *_SECTIONS, *_LATER, "catch_all")
_LIKE = {
    "users": "{ana: {name: Ana Souza, email: ana@example.com}}",
    "teams": "{payments: [ana, ben]}",
    "schedules": "{primary: {timezone: Europe/London, layers: […]}}",
    "policies": "{payments: {steps: […]}}",
    "services": "{checkout: {policy: payments}}",
    "integrations": "{checkout-prometheus: {service: checkout, source: alertmanager}}",
}


def compile_config(
    document: Mapping[str, Any],
    where: Where | None = None,
    facts: Facts = NO_FACTS,
    *,
    stored: bool = False,
) -> Config:
    """The configuration of a document: mappings, lists and texts (whole numbers and booleans are taken as their text).

    The same document and facts always give the same configuration. Public holidays that ``facts`` do not know are
    nobody's day off. ``where`` adds file and line to the problems, which come in the order of the files. A ``stored``
    revision is read as it was when it was applied, whatever would be refused since.

    Raises ConfigError with all of the problems.
    """
    notes = Notes(stored)
    plain = as_text(document)
    root = notes.fields(plain, (), _KEYS, ("version",), like="a file begins with version: 1")
    if "version" in root and (version := notes.text(root["version"], ("version",))) not in (None, VERSION):
        notes.add(("version",), f"{shown(version)} is not known: this Tocsin reads version: {VERSION}")
    rows = {section: _section(root, section, notes) for section in _SECTIONS}
    known = policies.Known(
        rows["users"], rows["teams"], rows["schedules"], rows["policies"], rows["services"]
    )
    absences = away.absences(rows["users"], facts, notes)
    config = Config(
        book=Book(
            users=people.users(rows["users"], notes),
            teams=people.teams(rows["teams"], known.users, notes),
            schedules=schedules.schedules(rows["schedules"], known.users, absences, facts, notes),
            policies=policies.policies(rows["policies"], known, notes),
            services=policies.services(rows["services"], known, notes),
            away=absences,
        ),
        integrations=policies.integrations(rows["integrations"], known, notes),
        catch_all=(
            notes.reference(root["catch_all"], ("catch_all",), "service", known.services)
            if "catch_all" in root
            else None
        ),
        document=root,
        facts=facts,
    )
    for section in _LATER:
        value = root.get(section, "")
        if value not in ("", [], {}):
            notes.add((section,), "is not supported by this version of Tocsin yet: leave it out or empty")
    if notes.problems:
        raise ConfigError(notes.problems, where, root)
    return config


def _section(root: Mapping[str, Any], section: str, notes: Notes) -> Mapping[str, Any]:
    """The objects of a top-level key by name. One whose content is all commented out has none."""
    value = root.get(section, "")
    rows: Mapping[str, Any] = {} if value == "" else notes.mapping(value, (section,), _LIKE[section])
    for name in rows:
        notes.scalar(name, (section, name), scalars.name)
    return rows
