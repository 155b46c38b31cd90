"""The texts that mean something: durations, wall times, times of day, zones, names, addresses.

Each function gives the value or raises ValueError with what is wrong and how to write it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.config.problems import closest, shown

#: A wait of the state machine lasts a year at most.
MAX_DURATION = timedelta(days=365)

_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WALL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,5})?")  # ISO 3166-1 and 3166-2
_OFFSET = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+ ?(Z|z|[+-][0-9]{2}:?[0-9]{2})")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# E.164: a country code, which begins with 1 to 9, and at most 15 digits in all.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_SLACK_MEMBER = re.compile(r"[UW][A-Z0-9]{5,29}")
_SLACK_CHANNEL = re.compile(r"#[^\s#@<>&|,:/A-Z]{1,80}|[CG][A-Z0-9]{5,29}")
_TELEGRAM_CHAT = re.compile(r"[0-9]{1,16}")
_TELEGRAM_CHANNEL = re.compile(r"-[0-9]{1,16}|@[A-Za-z][A-Za-z0-9_]{3,31}")
_TEAMS_PERSON = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_TEAMS_CHANNEL = re.compile(r"19:[A-Za-z0-9_-]{1,200}@thread\.(?:tacv2|skype|v2)")
_URL = re.compile(r"https?://[^\s\"'<>\\^`{|}]+")
_DAY_MINUTES = 24 * 60

# Files of a machine's zone database that are no zones of the world, or count leap seconds.
_NO_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")


def duration(text: str) -> timedelta:
    """``30s``, ``5m``, ``4h``, ``2d``; zero is one, a year is the most."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no duration: write a whole number and s, m, h or d, such as 5m")
    length = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if length > MAX_DURATION:
        raise ValueError(f"{text} is too long: a year (365d) is the most")
    return length


def spelled(length: timedelta) -> str:
    """A duration as the file has it, in the largest unit that is exact: ``90s``, ``5m``."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s" if seconds else "0m"


def timeout(text: str) -> timedelta | None:
    """A duration longer than nothing, or ``never`` (None)."""
    if text == "never":
        return None
    length = duration(text)
    if not length:
        raise ValueError(f"{text} would end what has just begun: write a longer time, or never")
    return length


def wall(text: str) -> datetime:
    """``2026-01-05T09:00`` or with seconds: a naive time on the wall clock of the schedule's zone."""
    match = _WALL.fullmatch(text)
    if match is None:
        if _OFFSET.fullmatch(text):
            raise ValueError(
                f"{shown(text)} has an offset: write it without, it is read in the schedule's timezone"
            )
        raise ValueError(
            f"{shown(text)} is no date and time: write YYYY-MM-DDTHH:MM, such as 2026-01-05T09:00"
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text} does not exist in the calendar") from None


def wall_or_day(text: str) -> tuple[datetime, bool]:
    """As ``wall``, or a day alone (``2026-12-24``): then its midnight, and True."""
    try:
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text), True
    except ValueError:
        raise ValueError(f"{text} does not exist in the calendar") from None
    return wall(text), False


def country(text: str) -> str:
    """A country whose public holidays are kept, with a part of it where that has its own: ``BR``, ``BR-SP``."""
    if _COUNTRY.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} is no country: write its two letters, and a part's after a dash, such as BR or BR-SP"
        )
    return text


def day_minute(text: str) -> int:
    """``HH:MM``, 00:00 to 24:00, in minutes from midnight."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is no time of day: write HH:MM, such as 09:00")
    minutes = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or minutes > _DAY_MINUTES:
        raise ValueError(f"{text} is no time of day: 00:00 to 23:59, or 24:00 for the day's end")
    return minutes


@lru_cache(maxsize=1024)
def timezone(text: str) -> str:
    """The name of a zone of the IANA database, such as ``Europe/London``."""
    if not text.startswith(_NO_ZONES):
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return text
    from zoneinfo import available_timezones  # reads the whole database: for a mistake only

    known = available_timezones() if text else ()
    raise ValueError(
        f"{shown(text)} is no time zone: write a name such as Europe/London{closest(text, known)}"
    )


def name(text: str) -> str:
    """A name of an object: it becomes part of ids."""
    if _NAME.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} cannot be a name: up to 64 letters, digits, '-', '_' and '.', the first a letter or digit"
        )
    return text


def label(text: str) -> str:
    """A name for people: one line of 1 to 100 characters."""
    if not text.strip() or len(text) > 100 or not text.isprintable() or text != text.strip():
        raise ValueError(
            f"{shown(text)} cannot be a name: one line of 1 to 100 characters, no space at its ends"
        )
    return text


def is_number(text: str) -> bool:
    """Whether it is a telephone number in E.164."""
    return _NUMBER.fullmatch(text) is not None


def email(text: str) -> str:
    """An address of mail, plain ASCII."""
    if len(text) > 254 or _EMAIL.fullmatch(text) is None:
        raise ValueError(f"{shown(text)} is no e-mail address: write it as name@example.com")
    return text


def address(text: str) -> str:
    """A contact's address: a number in E.164, or an e-mail address."""
    if is_number(text) or (len(text) <= 254 and _EMAIL.fullmatch(text)):
        return text
    digits = "".join(char for char in text if char in "+0123456789")
    if "@" not in text and len(digits) >= 4:
        hint = f", such as {digits}" if _NUMBER.fullmatch(digits) else ""
        raise ValueError(f"{shown(text)} is no number: write + and the country's code, digits alone{hint}")
    raise ValueError(f"{shown(text)} is neither a number (+5511955550100) nor an e-mail address")


def slack_member(text: str) -> str:
    """A member's id in Slack, which never changes: ``U012AB3CD``."""
    if _SLACK_MEMBER.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} is no member's id of Slack: it begins with U or W and is all capitals and digits, such as"
            " U012AB3CD (in Slack: the profile, More, Copy member ID)"
        )
    return text


def telegram_chat(text: str) -> str:
    """A person's chat in Telegram, by its number."""
    if _TELEGRAM_CHAT.fullmatch(text) is None:
        raise ValueError(f"{shown(text)} is no chat of Telegram: it is a number, such as 123456789")
    return text


def slack_channel(text: str) -> str:
    """A channel of Slack: ``#incidents``, or its id."""
    if _SLACK_CHANNEL.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} is no channel of Slack: write #incidents, or its id, such as C012AB3CD"
        )
    return text


def telegram_channel(text: str) -> str:
    """A group or channel of Telegram: its number, or ``@name`` of a public one."""
    if _TELEGRAM_CHANNEL.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} is no group of Telegram: write its number, such as -1001234567890, or @name"
        )
    return text


def teams_person(text: str) -> str:
    """A person's id in Microsoft Entra, in small letters."""
    if _TEAMS_PERSON.fullmatch(text) is None:
        raise ValueError(
            f"{shown(text)} is no id of Microsoft Entra: it is the user's Object ID in the Entra admin center, such as"
            " 11111111-2222-3333-4444-555555555555"
        )
    return text.lower()


def teams_channel(text: str) -> str:
    """A channel or group chat of Teams by its conversation's id, also as a link to the channel has it."""
    plain = text.replace("%3A", ":").replace("%3a", ":").replace("%40", "@")
    if _TEAMS_CHANNEL.fullmatch(plain) is None:
        raise ValueError(
            f"{shown(text)} is no channel of Teams: write its id, such as 19:0123456789abcdef@thread.tacv2 (in Teams: "
            "Get link to channel; it stands behind /channel/)"
        )
    return plain


def url(text: str) -> str:
    """An address to open in a browser."""
    if len(text) > 2000 or not text.isprintable() or _URL.fullmatch(text) is None:
        raise ValueError(f"{shown(text)} is no link: write it as https://…")
    return text


def flag(text: str) -> bool:
    """``true`` or ``false``."""
    if text not in ("true", "false"):
        raise ValueError(f"{shown(text)} is neither true nor false")
    return text == "true"
