"""From YAML text to plain data with a line for everything, by the events of ruamel.yaml's parser.

Composing from events keeps scalars as the text that was written, bounds the nesting, and counts what aliases expand to
before it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from ruamel.yaml.reader import ReaderError

from tocsin.config.problems import Path, Place, Problem, shown

#: Keys, items and values of all files together, aliases expanded.
MAX_NODES = 200_000
#: Nothing in the schema is nested half as deep.
MAX_DEPTH = 30

_CORE = "tag:yaml.org,2002:"
_HARMLESS = {None, "!", _CORE + "str", _CORE + "map", _CORE + "seq"}


@dataclass(slots=True)
class Text:
    """A scalar, as written, and its line."""

    line: int
    value: str


@dataclass(slots=True)
class Items:
    """A list and the line of its beginning."""

    line: int
    items: list[Node]


@dataclass(slots=True)
class Pairs:
    """A mapping and the line of its beginning: keys with their lines, as often as they stand there, and values."""

    line: int
    pairs: list[tuple[str, int, Node]]


Node: TypeAlias = "Text | Items | Pairs"


class Refused(Exception):
    """The file cannot be read any further."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Budget:
    """How many nodes may still be made."""

    def __init__(self, nodes: int) -> None:
        self.nodes = nodes


def parse(name: str, text: str) -> Node | None:
    """The one document of a file called ``name``, None when it has none. Raises Refused."""
    return _Parser(name, text).document()


class _Parser:
    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._line = 1
        self._anchors: dict[str, Node] = {}
        self._open: set[str] = set()
        self._events = self._parsed()

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise self._refused("a second document (---) begins here: a file holds one", self._line)
                root = self._node(next(self._events), 0)
        return None if isinstance(root, Text) and not root.value else root

    def _parsed(self) -> Iterator[Any]:
        """The parser's events; what it raises becomes Refused with the line."""
        try:
            for event in YAML(typ="safe", pure=True).parse(self._text):
                self._line = event.start_mark.line + 1
                yield event
        except MarkedYAMLError as error:
            raise self._refused(*self._explained(error)) from None
        except ReaderError as error:
            line = self._text.count("\n", 0, error.position) + 1
            words = f"is not YAML: a character that must not be there (U+{int(error.character):04X})"
            raise self._refused(words, line) from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            # Its scanner lets Python's own errors out for some broken escapes, such as "\UFFFFFFFF".
            words = "is not YAML: the parser gives up here, perhaps at an escape (\\x, \\u, \\U) that is no character"
            raise self._refused(words, self._line) from error

    def _explained(self, error: MarkedYAMLError) -> tuple[str, int]:
        mark = error.problem_mark or error.context_mark
        lines = self._text.split("\n")
        last = len(lines) - (1 if lines[-1] == "" and len(lines) > 1 else 0)
        if mark is None:
            return f"is not YAML: {error.problem}", self._line
        line = min(mark.line + 1, last)
        if mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
            return "a tab: YAML is indented with spaces", line
        words = f"is not YAML: {error.problem} (column {mark.column + 1})"
        opened = error.context_mark
        if opened is not None and opened.line != mark.line:
            words += f"; {error.context} that began at line {opened.line + 1}"
        if "<stream end>" in words or "end of stream" in words:
            words += "; a [, { or quote is not closed, or a # that should be in quotes began a comment"
        return " ".join(words.split()), line

    def _refused(self, message: str, line: int) -> Refused:
        return Refused(Problem((), message, (self._name, line)))

    def _node(self, event: Any, depth: int) -> Node:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            return self._alias(str(event.anchor), line)
        if event.tag not in _HARMLESS:
            tag = str(event.tag).replace(_CORE, "!!")
            raise self._refused(
                f"the tag {shown(tag)} means nothing here: leave it out, every value is text", line
            )
        if depth > MAX_DEPTH:
            raise self._refused(f"is nested deeper than {MAX_DEPTH} levels", line)
        anchor = None if event.anchor is None else str(event.anchor)
        if anchor is not None:
            self._open.add(anchor)
        node: Node
        if isinstance(event, ScalarEvent):
            node = Text(line, self._scalar(event.value, line))
        elif isinstance(event, MappingStartEvent):
            node = Pairs(line, self._pairs(depth))
        else:
            node = Items(line, self._items(depth))
        if anchor is not None:
            self._anchors[anchor] = node
            self._open.discard(anchor)
        return node

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor in self._open:
            raise self._refused(f"*{anchor} stands inside of &{anchor}: it would never end", line)
        if anchor not in self._anchors:
            raise self._refused(f"*{anchor} refers to nothing: there is no &{anchor} before it", line)
        return self._anchors[anchor]

    def _scalar(self, value: str, line: int) -> str:
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise self._refused("is not YAML: an escape that is half a character", line)
        return value

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _pairs(self, depth: int) -> list[tuple[str, int, Node]]:
        pairs: list[tuple[str, int, Node]] = []
        while not isinstance(event := next(self._events), MappingEndEvent):
            line = event.start_mark.line + 1
            key = self._node(event, depth + 1)
            if not isinstance(key, Text):
                raise self._refused("a key must be text", line)
            if key.value == "<<":
                raise self._refused("merge keys (<<) are not YAML 1.2: use an alias for a whole value", line)
            pairs.append((key.value, line, self._node(next(self._events), depth + 1)))
        return pairs


def expand(root: Node, name: str, where: dict[Path, Place], problems: list[Problem], budget: Budget) -> Any:
    """The plain data of a node of file ``name``; ``where`` gets a place for every key and item.

    A key that stands twice in one mapping is added to ``problems``. Raises Refused when the budget is spent.
    """
    return _Expansion(name, where, problems, budget).value(root, ())


class _Expansion:
    def __init__(self, name: str, where: dict[Path, Place], problems: list[Problem], budget: Budget) -> None:
        self._name = name
        self._where = where
        self._problems = problems
        self._budget = budget
        self._twice: set[tuple[int, int, str]] = set()

    def value(self, node: Node, path: Path) -> Any:
        self._budget.nodes -= 1
        if self._budget.nodes < 0:
            words = f"the aliases expand to more than {MAX_NODES} values: write less by alias"
            raise Refused(Problem(path, words, (self._name, node.line)))
        if len(path) > MAX_DEPTH:
            words = f"is nested deeper than {MAX_DEPTH} levels"
            raise Refused(Problem(path[:3], words, (self._name, node.line)))
        if isinstance(node, Text):
            return node.value
        return self._list(node, path) if isinstance(node, Items) else self._mapping(node, path)

    def _list(self, node: Items, path: Path) -> list[Any]:
        items = []
        for index, item in enumerate(node.items):
            inner = (*path, index)
            self._where[inner] = (self._name, item.line)
            items.append(self.value(item, inner))
        return items

    def _mapping(self, node: Pairs, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key, line, value in node.pairs:
            inner = (*path, key)
            if key in lines:
                if (id(node), line, key) not in self._twice:
                    self._twice.add((id(node), line, key))  # an alias brings the same mapping again
                    words = f"is given twice: first at line {lines[key]}; keep one of the two"
                    self._problems.append(Problem(inner, words, (self._name, line)))
                continue
            lines[key] = line
            self._where[inner] = (self._name, line)
            found[key] = self.value(value, inner)
        return found
