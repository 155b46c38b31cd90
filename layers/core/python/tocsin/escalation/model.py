"""What a team says about whom to wake: people, policies, services, and the book that holds them together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from tocsin.oncall.absences import NOBODY_AWAY, Absences
from tocsin.oncall.model import Schedule, Window

ContactKind = Literal["phone", "email", "slack", "telegram", "teams", "push"]
Via = Literal["push", "sms", "voice", "email", "whatsapp", "slack", "telegram", "teams"]
TargetKind = Literal["user", "schedule", "team", "next", "everyone", "slack", "telegram", "teams", "webhook"]
Acks = Literal["first", "all"]
During = Literal["office_hours", "off_hours"]
#: How somebody hears of an end: never by a call.
ResolvedVia = Literal["sms", "email", "slack", "telegram", "teams", "push", "off"]

#: Targets that are no person: what is posted there wakes nobody.
POSTED: frozenset[TargetKind] = frozenset({"slack", "telegram", "teams", "webhook"})

#: The name of the contact that somebody has once they have switched push on in a browser.
PUSH = "push"

DEFAULT_WAIT = timedelta(minutes=5)
DEFAULT_ACK_TIMEOUT = timedelta(minutes=30)
DEFAULT_ACK_REMINDER = timedelta(minutes=5)

#: The kind of contact each way of reaching somebody needs. That of push is in no file: ``PUSH``.
FITS: Mapping[Via, ContactKind] = MappingProxyType(
    {
        "sms": "phone",
        "voice": "phone",
        "email": "email",
        "whatsapp": "phone",
        "slack": "slack",
        "telegram": "telegram",
        "teams": "teams",
        "push": "push",
    }
)


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to a person: an E.164 number (``phone``), an address (``email``), or whom a chat knows them as."""

    name: str
    kind: ContactKind
    address: str


def pushed(user: str) -> Contact:
    """The contact of whoever switched push on: all of their browsers, which are kept under who they are."""
    return Contact(PUSH, "push", user)


@dataclass(frozen=True, slots=True)
class Rule:
    """``after`` the step's beginning, ``via`` a channel, ``to`` a contact by name or the first that fits.

    With ``during`` it applies only if it is due inside, or outside, of the person's office hours.
    """

    after: timedelta
    via: Via
    to: str | None = None
    during: During | None = None


@dataclass(frozen=True, slots=True)
class HandoffRule:
    """``before`` a shift begins or ends, ``via`` a channel, ``to`` a contact by name or the first that fits."""

    before: timedelta
    via: Via
    to: str | None = None


DEFAULT_HIGH: tuple[Rule, ...] = (
    Rule(timedelta(0), "push"),
    Rule(timedelta(minutes=1), "sms"),
    Rule(timedelta(minutes=3), "voice"),
    Rule(timedelta(minutes=5), "email"),
)
DEFAULT_LOW: tuple[Rule, ...] = (Rule(timedelta(0), "email"),)


@dataclass(frozen=True, slots=True)
class Hours:
    """The windows of a zone's week."""

    timezone: str
    active: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``contacts`` in the order in which a rule tries them; the file's ``email:`` is the first, ``email``.

    ``away_feed`` is the address of a calendar of their time off, a secret. In ``do_not_disturb`` pages of low urgency
    are put off to its end. ``resolved`` says how they hear that what they were paged for is over: "off" is not at all,
    None by the way on which they were paged.
    """

    id: str
    name: str
    timezone: str
    contacts: tuple[Contact, ...] = ()
    high: tuple[Rule, ...] = DEFAULT_HIGH
    low: tuple[Rule, ...] = DEFAULT_LOW
    handoff: tuple[HandoffRule, ...] = ()
    away_feed: str | None = None
    office_hours: Hours | None = None
    do_not_disturb: Hours | None = None
    resolved: ResolvedVia | None = None

    def contact_for(self, rule: Rule | HandoffRule) -> Contact | None:
        """The contact a rule reaches, or None when the person has none that fits."""
        kind = FITS[rule.via]
        for contact in self.contacts:
            # Push goes to all of somebody's browsers, whatever a file calls them.
            if contact.kind == kind and (rule.to in (None, contact.name) or kind == "push"):
                return contact
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a step pages: a user, a team, of a schedule whoever is on call, who is on call next, or everyone; or where
    it posts: a chat channel or a webhook, which wakes nobody.

    A webhook's ``name`` is its host, to be shown; ``address`` is all of it, a secret.
    """

    kind: TargetKind
    name: str
    address: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class When:
    """A branch's condition: all that is said must hold. ``severity``, ``priority`` and each label: one of the values;
    ``repeated``: the alert came so often at least; ``hours``: it is in these windows.
    """

    severity: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    repeated: int = 0
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """``wait`` until the next step: of any time, or of the time in ``wait_hours``.

    ``round_robin``: one person of those targeted is paged, another one for each incident. ``ack``: the first ack is
    that of the incident, or everybody reached has to. It is passed unless ``when`` holds, and if ``unless`` does.
    """

    page: tuple[Target, ...]
    wait: timedelta = DEFAULT_WAIT
    wait_hours: Hours | None = None
    round_robin: bool = False
    ack: Acks = "first"
    when: When | None = None
    unless: When | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """``repeat`` n makes n + 1 rounds of the steps; ``last_resort`` is paged when the last of them is over."""

    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    last_resort: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """Those of all steps, then the last resort's."""
        return (*(target for step in self.steps for target in step.page), *self.last_resort)


@dataclass(frozen=True, slots=True)
class Service:
    """``ack_timeout`` and ``auto_resolve`` None are never. Inside ``support_hours`` its incidents are high.

    So long before an ack's timeout (``ack_reminder``) whoever has it is reminded; None: they are not.
    """

    name: str
    policy: str
    ack_timeout: timedelta | None = DEFAULT_ACK_TIMEOUT
    auto_resolve: timedelta | None = None
    support_hours: Hours | None = None
    runbook: str | None = None
    ack_reminder: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the planner asks about: one revision's people, teams, schedules, policies and services, by name.

    ``away`` are the absences of all people; each schedule has them too.
    """

    users: Mapping[str, User] = field(default_factory=dict)
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    away: Absences = NOBODY_AWAY

    def webhook(self, name: str) -> str | None:
        """The address of the webhook that is shown by that name, a secret."""
        targets = (target for policy in self.policies.values() for target in policy.targets)
        return next((one.address for one in targets if (one.kind, one.name) == ("webhook", name)), None)
