"""What became of each object of an export: exactly, approximately, not at all, and what somebody has to check."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tocsin_cli.importing.names import label

Grade = Literal["approximate", "missing", "check"]

_WIDTH = 110
_HEADS: tuple[tuple[Grade, str], ...] = (
    ("approximate", "Approximately"),
    ("missing", "Not mapped"),
    ("check", "To check"),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the export: its kind in the product's words, its id and its name there."""

    kind: str
    id: str
    name: str

    def __str__(self) -> str:
        """``schedule "Primary" (PI7DH85)``, on one line."""
        id = "" if not self.id or self.id == self.name else f" ({label(self.id, '')})"
        return f'{self.kind} "{label(self.name, self.id)}"{id}'


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be said of an object, or of the whole export when it is None; ``place`` is a part of the object."""

    grade: Grade
    thing: Thing | None
    place: str
    words: str
    advice: str


@dataclass(slots=True)
class Report:
    """``became``: the objects that are in the document, and their name there."""

    product: str
    became: dict[Thing, str] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    def approximate(self, thing: Thing, words: str, advice: str = "", place: str = "") -> None:
        """It is in the document, and differs as ``words`` say."""
        self.entries.append(Entry("approximate", thing, place, words, advice))

    def missing(self, thing: Thing | None, words: str, advice: str, place: str = "") -> None:
        """It, or this part of it, is not in the document."""
        self.entries.append(Entry("missing", thing, place, words, advice))

    def check(self, thing: Thing | None, words: str, advice: str = "", place: str = "") -> None:
        """A choice was made, or something is to be known."""
        self.entries.append(Entry("check", thing, place, words, advice))

    def exact(self) -> dict[Thing, str]:
        """The objects of which there is nothing else to say than that they are in the document."""
        differing = {entry.thing for entry in self.entries if entry.grade != "check"}
        return {thing: name for thing, name in self.became.items() if thing not in differing}

    def as_json(self) -> dict[str, Any]:
        return {
            "exact": [{**_thing(thing), "became": name} for thing, name in self.exact().items()],
            **{
                grade: [
                    {
                        **_thing(entry.thing),
                        "became": self.became.get(entry.thing) if entry.thing else None,
                        "place": entry.place,
                        "message": entry.words,
                        "advice": entry.advice,
                    }
                    for entry in self.entries
                    if entry.grade == grade
                ]
                for grade, _ in _HEADS
            },
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        exact = self.exact()
        if exact:
            yield f"Exactly ({len(exact)}):"
            for kind in dict.fromkeys(thing.kind for thing in exact):
                names = [_known(thing, name) for thing, name in exact.items() if thing.kind == kind]
                yield from _wrapped(f"{kind}: {', '.join(names)}", "  ", "    ")
            yield ""
        for grade, head in _HEADS:
            entries = [entry for entry in self.entries if entry.grade == grade]
            if not entries:
                continue
            yield f"{head} ({len(entries)}):"
            said: str | None = None
            for entry in entries:
                where = self._where(entry)
                if where and where != said:
                    yield from _wrapped(where, "  ", "    ")
                said = where
                words = f"{entry.place}: {entry.words}" if entry.place else entry.words
                yield from _wrapped(words, "    - " if where else "  - ", "      " if where else "    ")
                if entry.advice:
                    yield from _wrapped(f"→ {entry.advice}", "      " if where else "    ", "        ")
            yield ""

    def _where(self, entry: Entry) -> str:
        if entry.thing is None:
            return ""
        name = self.became.get(entry.thing)
        return str(entry.thing) + (f" → {name}" if name is not None else "")


def _thing(thing: Thing | None) -> dict[str, Any]:
    return (
        {"kind": thing.kind, "id": thing.id, "name": thing.name}
        if thing
        else {"kind": "", "id": "", "name": ""}
    )


def _known(thing: Thing, name: str) -> str:
    # An id that nobody reads by heart is only in the way here.
    return f"{name} ({label(thing.id, '')})" if 0 < len(thing.id) <= 16 and thing.id != name else name


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    flat = label_of(text)
    return textwrap.wrap(
        flat,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def label_of(text: str) -> str:
    """Text of any length on one line, without what a terminal would obey."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
