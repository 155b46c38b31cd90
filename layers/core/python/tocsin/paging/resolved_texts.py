"""What somebody hears of an incident without being paged: that it is over, or what became of it. Never by a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.plain import cut, defang, one_line


@dataclass(frozen=True, slots=True)
class Over:
    """An incident that is over; ``how`` in words: "by Ben Okafor (call)". ``part``: what the reader knows of it, where
    that was merged into it."""

    number: int
    service: str
    title: str
    how: str
    part: int | None = None


def sms(overs: Sequence[Over]) -> str:
    """One GSM part: ``#1042 resolved by Ben Okafor (call).``, and what it was; of several the numbers alone."""
    if len(overs) == 1:
        (one,) = overs
        head = f"{_name(one)} resolved {fit(_safe(one.how), 60)}.\n"
        return head + fit(_safe(_about(one)), ONE_PART - septets(head))
    text = f"{len(overs)} incidents resolved:"
    for at, one in enumerate(overs):
        more = f"{',' if at else ''} #{one.number}"
        rest = f" and {len(overs) - at} more."
        # Room is kept for the rest, should the next one have none.
        if at < len(overs) - 1 and septets(text + more + rest) > ONE_PART:
            return text + rest
        text += more
    return f"{text}."


def mail(over: Over) -> tuple[str, str]:
    """Subject and text."""
    about = cut(defang(one_line(_about(over))), 160)
    how = cut(defang(one_line(over.how)), 120)
    return f"Resolved: {about} [#{over.number}]", f"{_name(over)} was resolved {how}.\n\n{about}\n"


def chat(over: Over) -> str:
    """A line under the incident's card."""
    return f"{_name(over)} was resolved {cut(one_line(over.how), 120)}"


def heard(number: int, words: str) -> str:
    """What became of it, as one GSM part. ``words``: a line of its timeline, as ``lines.told`` has it."""
    head = f"#{number}: "
    return head + fit(_safe(words), ONE_PART - septets(head))


def heard_mail(number: int, service: str, title: str, words: str) -> tuple[str, str]:
    """Subject and text of the same."""
    about = cut(defang(one_line(_about(Over(number, service, title, "")))), 160)
    said = cut(defang(one_line(words)), 2_200)
    return f"{about} [#{number}]", f"{said}\n\n#{number}, {about}\n"


def _name(over: Over) -> str:
    return f"#{over.number} (with #{over.part})" if over.part is not None else f"#{over.number}"


def _about(over: Over) -> str:
    title = over.title or "(no title)"
    return f"{over.service}: {title}" if over.service else title


def _safe(text: str) -> str:
    return defang(to_gsm(one_line(text)))
