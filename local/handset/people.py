"""Who has a phone here: the users of a ``tocsin.yaml``, read as the product itself reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.config.compile import compile_config
from tocsin.config.load import load


@dataclass(frozen=True, slots=True)
class Person:
    """``numbers`` are E.164, ``emails`` addresses as written; ``timezone`` is an IANA name.

    ``chats`` has whom each vendor knows the person as, by the vendor's name.
    """

    user: str
    name: str
    timezone: str
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    chats: Mapping[str, str] = field(default_factory=dict)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else self.user


def read_people(path: Path) -> tuple[Person, ...]:
    """Everybody of the file, in its order.

    Raises:
        ConfigError: the file is not a valid configuration; each problem names file, line and key.
    """
    loaded = load([path])
    config = compile_config(loaded.document, where=loaded.where)
    return tuple(
        Person(
            user=user.id,
            name=user.name,
            timezone=user.timezone,
            numbers=tuple(contact.address for contact in user.contacts if contact.kind == "phone"),
            emails=tuple(contact.address for contact in user.contacts if contact.kind == "email"),
            chats={
                contact.kind: contact.address
                for contact in user.contacts
                if contact.kind in ("slack", "telegram", "teams")
            },
        )
        for user in config.book.users.values()
    )
