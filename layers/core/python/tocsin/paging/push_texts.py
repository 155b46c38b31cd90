"""The one line of a notification that stands between what it is about and its buttons."""

from __future__ import annotations

from tocsin.paging.answers import still_on_it_beside_a_button
from tocsin.paging.plain import cut, defang, one_line
from tocsin.paging.texts import Facts


def line(facts: Facts) -> str:
    """``#1042, critical, 3 times. Nobody has it yet.``; or what a reminder, or asking to join, says instead."""
    if facts.purpose == "reminder":
        if facts.until is None:
            return f"Still on #{facts.number}?"
        return still_on_it_beside_a_button(facts.number, facts.until, facts.zone)
    if facts.purpose == "ask":
        who = cut(defang(one_line(facts.asked_by)), 80) or "Somebody"
        words = cut(defang(one_line(facts.words)), 200)
        return f"{who} asks you to join #{facts.number}" + (f": {words}" if words else ".")
    about = [f"#{facts.number}"]
    if facts.severity != "unknown":
        about.append(facts.severity)
    if facts.count > 1:
        about.append(f"{facts.count:,} times")
    return ", ".join(about) + (". Nobody has it yet." if facts.state == "triggered" else ".")
