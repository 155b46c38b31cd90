"""What a configuration would change against another, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tocsin.config.model import Config
from tocsin.config.problems import Path, dotted, shown

Kind = Literal["add", "change", "remove"]

#: The file's sections, and what one of their objects is called.
_KINDS = {
    "users": "user",
    "teams": "team",
    "schedules": "schedule",
    "policies": "policy",
    "services": "service",
    "integrations": "integration",
}
#: Keys of addresses that are secrets: whoever has one can read the calendar, or post; and a plan is read by many.
_SECRET = ("url", "away_feed", "webhook")


@dataclass(frozen=True, slots=True)
class Change:
    """One object that comes, goes or becomes another; ``detail`` says how it changes, empty when it comes or goes."""

    kind: Kind
    what: str
    name: str
    detail: str = ""


def difference(old: Config | None, new: Config) -> list[Change]:
    """The changes in the order of the file's sections, in each what the new file has and then what it has no more.

    Only what means something counts: a duration written in another way, or a default written out, is no change.
    """
    old = Config(book=type(new.book)()) if old is None else old
    changes: list[Change] = []
    for section, what in _KINDS.items():
        before, after = _objects(old, section), _objects(new, section)
        for name, value in after.items():
            if name not in before:
                changes.append(Change("add", what, name))
            elif before[name] != value:
                changes.append(Change("change", what, name, _detail(section, name, old, new)))
        changes.extend(Change("remove", what, name) for name in before if name not in after)
    if old.catch_all != new.catch_all:
        kind: Kind = "add" if old.catch_all is None else "remove" if new.catch_all is None else "change"
        detail = f"{old.catch_all} → {new.catch_all}" if kind == "change" else ""
        changes.append(Change(kind, "catch_all", new.catch_all or old.catch_all or "", detail))
    return changes


def _objects(config: Config, section: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        config.integrations if section == "integrations" else getattr(config.book, section)
    )
    return found


def _detail(section: str, name: str, old: Config, new: Config) -> str:
    before, after = old.document.get(section, {}).get(name), new.document.get(section, {}).get(name)
    rows = list(_rows(before, after, ()))
    return "; ".join(rows) if rows else "another order"


def _rows(before: Any, after: Any, path: Path) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in (*before, *(key for key in after if key not in before)):
            inner = (*path, key)
            if key not in after:
                yield f"{dotted(inner)}: {_brief(before[key], key)} removed"
            elif key not in before:
                yield f"{dotted(inner)}: {_brief(after[key], key)} added"
            else:
                yield from _rows(before[key], after[key], inner)
    elif (
        isinstance(before, list)
        and isinstance(after, list)
        and len(before) == len(after)
        and _deep(before, after)
    ):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _rows(one, other, (*path, index))
    elif before != after:
        label = f"{dotted(path)}: " if path else ""
        key = path[-1] if path else ""
        yield f"{label}{_brief(before, key)} → {_brief(after, key)}"


def _deep(before: list[Any], after: list[Any]) -> bool:
    """Whether the items are mappings, whose changes are told one by one."""
    return all(isinstance(item, Mapping) for item in (*before, *after))


def _brief(value: Any, key: str | int = "") -> str:
    """A value on one line: short texts bare, the rest as the file might have it, of an address the host."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_brief(inner, key)}" for key, inner in value.items()) + "}"
    if key in _SECRET:
        return "/".join([*str(value).split("/")[:3], "…"])
    if isinstance(value, list):
        return "[" + ", ".join(_brief(inner) for inner in value) + "]"
    text = str(value)
    return text if text and len(text) <= 60 and text.isprintable() else shown(text)
