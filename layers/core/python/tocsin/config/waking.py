"""Who is counted on to be woken and is not: findings about people with turns, and about steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tocsin.config.finding import Finding
from tocsin.config.problems import Path
from tocsin.escalation.model import POSTED, Book, User
from tocsin.escalation.personal import rules_of
from tocsin.incidents.incident import Urgency


def wakes_nobody(user: User, turns: Sequence[str]) -> Finding:
    """Of somebody whom nothing reaches that wakes. Whoever has turns is counted on at night; push may be registered."""
    ways = dict.fromkeys(rule.via for _, rule, _ in rules_of(user, Urgency.HIGH))
    by = " and ".join("e-mail" if way == "email" else way for way in ways)
    words = f"is reached by {by} alone, which wakes nobody: add a number"
    if not turns or any(rule.via == "push" for rule in user.high):
        return Finding("only_email", ("users", user.id), words, "info")
    rules = " and a rule for sms or voice" if not {"sms", "voice"} & {rule.via for rule in user.high} else ""
    return Finding("nothing_wakes", ("users", user.id), f"has turns on {', '.join(turns)} and {words}{rules}")


def turns_of(book: Book) -> dict[str, list[str]]:
    """Who has turns in the layers of schedules that policies page, and on which."""
    paged = {
        target.name for policy in book.policies.values() for step in policy.steps for target in step.page
    }
    paged.update(target.name for policy in book.policies.values() for target in policy.last_resort)
    found: dict[str, list[str]] = {}
    for name, schedule in book.schedules.items():
        members = {user for layer in schedule.layers for turn in layer.users for user in turn}
        for user in sorted(members) if name in paged else ():
            found.setdefault(user, []).append(name)
    return found


def steps_that_wake_nobody(book: Book) -> Iterator[Finding]:
    """Steps that only post, and acks of all in a round robin, which are those of one."""
    for name, policy in book.policies.items():
        for index, step in enumerate(policy.steps):
            path: Path = ("policies", name, "steps", index)
            if step.round_robin and step.ack == "all":
                words = "all waits for one ack alone: round_robin pages one person; leave out one of the two"
                yield Finding("ack_of_one", (*path, "ack"), words)
            if all(target.kind in POSTED for target in step.page):
                words = "only posts, which wakes nobody: it is passed at once, without its wait"
                yield Finding("only_posts", path, words, "info")
