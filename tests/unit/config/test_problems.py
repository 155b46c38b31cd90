"""Every mistake is named with its file, line and key, and what to do about it; all of them at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.config.documents import EXAMPLE, SMALL, small
from tocsin.config.compile import compile_config
from tocsin.config.load import load_text
from tocsin.config.problems import ConfigError


def problems(text: str) -> list[str]:
    loaded = load_text(text)
    try:
        compile_config(loaded.document, loaded.where)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def people(*lines: str) -> str:
    return "version: 1\nusers:\n  ana: {}\n" + "\n".join(lines) + "\n"


def user(*lines: str) -> str:
    return "version: 1\nusers:\n  ana:\n" + "".join(f"    {line}\n" for line in lines)


def layer(*lines: str) -> str:
    rows = "".join(f"        {line}\n" for line in lines)
    return people("schedules:", "  s:", "    timezone: UTC", "    layers:", f"      - name: w\n{rows}")


def schedule(*lines: str) -> str:
    return people("schedules:", "  s:", "    timezone: UTC", *(f"    {line}" for line in lines))


def step(page: str, more: str = "") -> str:
    return people("policies:", "  p:", "    steps:", f"      - page: {page}", more)


def service(*lines: str) -> str:
    rows = "".join(f"    {line}\n" for line in lines)
    return people("policies: {p: {steps: [{page: [{user: ana}]}]}}", "services:", "  s:", rows)


TABLE = {
    # the root
    "no version": ("users: {}\n", ["1: version: is missing: a file begins with version: 1"]),
    "another version": ("version: 2\n", ["1: version: '2' is not known: this Tocsin reads version: 1"]),
    "version as a fraction": (
        "version: 1.0\n",
        ["1: version: '1.0' is not known: this Tocsin reads version: 1"],
    ),
    "an unknown section": (
        "version: 1\nuser: {}\n",
        [
            "2: user: is an unknown key (did you mean 'users'?): there are version, users, teams, schedules, policies, "
            "services, integrations, rules, maintenance, catch_all"
        ],
    ),
    "a section that is a list": (
        "version: 1\nusers:\n  - ana\n",
        ["2: users: must be a mapping such as {ana: {name: Ana Souza, email: ana@example.com}}, is a list"],
    ),
    "a member of Slack by the name that is shown": (
        user("chat: {slack: ana}"),
        [
            "4: users.ana.chat.slack: 'ana' is no member's id of Slack: it begins with U or W and is all capitals and "
            "digits, such as U012AB3CD (in Slack: the profile, More, Copy member ID)"
        ],
    ),
    "a contact that is called as a chat": (
        user('contacts: {slack: "+12025550101"}', "chat: {slack: U012AB3CD}"),
        ["5: users.ana.chat.slack: a contact is called slack already: choose another name for that one"],
    ),
    "rules": (
        "version: 1\nrules: [x]\n",
        ["2: rules: is not supported by this version of Tocsin yet: leave it out or empty"],
    ),
    "maintenance": (
        "version: 1\nmaintenance: {a: b}\n",
        ["2: maintenance: is not supported by this version of Tocsin yet: leave it out or empty"],
    ),
    "a catch_all nobody defines": (
        people("catch_all: checkout"),
        ["4: catch_all: there is no service named 'checkout'"],
    ),
    "an empty catch_all": (
        people("catch_all:"),
        ["4: catch_all: is empty: give it a value, in quotes if that begins with # or is a space"],
    ),
    # names
    "a name with a space": (
        "version: 1\nusers:\n  ana souza: {}\n",
        [
            "3: users.'ana souza': 'ana souza' cannot be a name: up to 64 letters, digits, '-', '_' and '.', "
            "the first a letter or digit"
        ],
    ),
    "a name with a slash": ("version: 1\nteams:\n  a/b: []\n", ["3: teams.'a/b': 'a/b' cannot be a name: …"]),
    "a name too long": (f"version: 1\nservices:\n  {'a' * 65}: {{policy: x}}\n", ["3: …", "3: …"]),
    # users
    "an unknown key of a user": (
        user("name: Ana", "emial: ana@example.com"),
        [
            "5: users.ana.emial: is an unknown key (did you mean 'email'?): there are name, email, "
            "timezone, contacts, chat, notify, office_hours, do_not_disturb, away, away_feed, holidays"
        ],
    ),
    "no zone": (
        user("timezone: Europe/Londno"),
        [
            "4: users.ana.timezone: 'Europe/Londno' is no time zone: write a name such as Europe/London "
            "(did you mean 'Europe/London'?)"
        ],
    ),
    "a path for a zone": (
        user("timezone: ../../etc/passwd"),
        ["4: users.ana.timezone: '../../etc/passwd' is no time zone: …"],
    ),
    "a zone of this machine alone": (
        user("timezone: localtime"),
        ["4: users.ana.timezone: 'localtime' is no time zone: …"],
    ),
    "a number with spaces": (
        user("contacts:", "  mobile: +55 11 95555-0100"),
        [
            "5: users.ana.contacts.mobile: '+55 11 95555-0100' is no number: write + and the country's code, "
            "digits alone, such as +5511955550100"
        ],
    ),
    "a number without its country": (
        user("contacts: {mobile: 11955550100}"),
        [
            "4: users.ana.contacts.mobile: '11955550100' is no number: write + and the country's code, digits alone"
        ],
    ),
    "a word for a contact": (
        user("contacts: {mobile: tbd}"),
        ["4: users.ana.contacts.mobile: 'tbd' is neither a number (+5511955550100) nor an e-mail address"],
    ),
    "no address": (
        user("email: ana at example.com"),
        ["4: users.ana.email: 'ana at example.com' is no e-mail address: write it as name@example.com"],
    ),
    "an address with a second header": (user('email: "a@b.c\\nBcc: x@y.z"'), ["4: users.ana.email: …"]),
    "the email twice": (
        user("email: a@b.c", "contacts: {email: d@e.f}"),
        [
            "5: users.ana.contacts.email: the user's email: is the contact of this name already: choose another name"
        ],
    ),
    "a name over two lines": (
        user('name: "Ana\\nSouza"'),
        [
            "4: users.ana.name: 'Ana\\nSouza' cannot be a name: one line of 1 to 100 characters, no space at its ends"
        ],
    ),
    "an unknown way": (
        user("notify:", "  high:", "    - {via: sms}", "    - {via: smss}"),
        [
            "7: users.ana.notify.high[1].via: 'smss' is not known (did you mean 'sms'?): there are push, "
            "sms, voice, email, whatsapp, slack, telegram, teams"
        ],
    ),
    "a rule without a way": (
        user("notify: {low: [{after: 1m}]}"),
        ["4: users.ana.notify.low[0].via: is missing: {after: 0m, via: sms}"],
    ),
    "a rule to nobody's contact": (
        user("contacts: {mobile: +5511955550100}", "notify: {high: [{via: sms, to: moblie}]}"),
        [
            "5: users.ana.notify.high[0].to: there is no contact of this user named 'moblie' (did you mean 'mobile'?)"
        ],
    ),
    "an urgency of one's own": (
        user("notify: {higher: []}"),
        [
            "4: users.ana.notify.higher: is an unknown key (did you mean 'high'?): "
            "there are high, low, handoff, resolved"
        ],
    ),
    "a rule for office hours that nobody said": (
        user("notify: {high: [{via: voice, during: off_hours}]}"),
        [
            "4: users.ana.notify.high[0].during: needs the person's office_hours: add office_hours: "
            '{active: [{days: [mon, fri], from: "09:00", to: "17:00"}]}, or leave it out'
        ],
    ),
    "a rule for other hours": (
        user(
            'office_hours: {active: [{from: "09:00", to: "17:00"}]}',
            "notify: {low: [{via: sms, during: nights}]}",
        ),
        ["5: users.ana.notify.low[0].during: 'nights' is not known: there are office_hours, off_hours"],
    ),
    "office hours with a zone of their own": (
        user('office_hours: {timezone: UTC, active: [{from: "09:00", to: "17:00"}]}'),
        ["4: users.ana.office_hours.timezone: is an unknown key: there are active"],
    ),
    "office hours without windows": (
        user("office_hours: {active: []}"),
        [
            "4: users.ana.office_hours.active: is empty: write something such as "
            '[{days: [mon, fri], from: "09:00", to: "17:00"}]'
        ],
    ),
    "a rest that never ends": (
        user('do_not_disturb: {active: [{from: "00:00", to: "12:00"}, {from: "12:00", to: "24:00"}]}'),
        [
            "4: users.ana.do_not_disturb.active: never ends, so what is put off would never be sent: leave some hours"
            " out, or set notify.low to []"
        ],
    ),
    "handoffs know no office hours": (
        user("email: a@b.c", "notify: {handoff: [{via: email, during: off_hours}]}"),
        ["5: users.ana.notify.handoff[0].during: is an unknown key: there are before, via, to"],
    ),
    "an absence without its end": (
        user("away: [{from: 2026-12-24}]"),
        ["4: users.ana.away[0].to: is missing: {from: 2026-12-24, to: 2026-12-26}"],
    ),
    "an absence that ends before it begins": (
        user("away: [{from: 2026-12-24, to: 2026-12-23}]"),
        ["4: users.ana.away[0].to: must be after from"],
    ),
    "an absence of three years": (
        user("away: [{from: 2026-12-24, to: 2029-12-24}]"),
        ["4: users.ana.away[0].to: is too late: an absence lasts 732 days at most"],
    ),
    "an absence on a day that does not exist": (
        user("away: [{from: 2026-02-30, to: 2026-03-04}]"),
        ["4: users.ana.away[0].from: 2026-02-30 does not exist in the calendar"],
    ),
    "a delegate who is oneself": (
        user("away: [{from: 2026-12-24, to: 2026-12-26, delegate: ana}]"),
        ["4: users.ana.away[0].delegate: is the one who is away: name somebody else, or nobody"],
    ),
    "a delegate whom nobody knows": (
        user("away: [{from: 2026-12-24, to: 2026-12-26, delegate: anna}]"),
        ["4: users.ana.away[0].delegate: there is no user named 'anna' (did you mean 'ana'?)"],
    ),
    "a country by its name": (
        user("holidays: Brazil"),
        [
            "4: users.ana.holidays: 'Brazil' is no country: write its two letters, and a part's after a dash, "
            "such as BR or BR-SP"
        ],
    ),
    "a handoff by a call": (
        user("notify: {handoff: [{before: 1h, via: voice}]}"),
        [
            "4: users.ana.notify.handoff[0].via: 'voice' is not known: there are email, sms, slack, telegram, teams"
        ],
    ),
    "an end told by a call": (
        user("notify: {resolved: voice}"),
        [
            "4: users.ana.notify.resolved: 'voice' is not known:"
            " there are email, sms, slack, telegram, teams, push, off"
        ],
    ),
    "a handoff told of a month before": (
        user("notify: {handoff: [{before: 30d, via: email}]}"),
        ["4: users.ana.notify.handoff[0].before: is too long: 14d is the most"],
    ),
    # teams
    "a team of strangers": (
        people("teams:", "  t:", "    - ana", "    - anna"),
        ["7: teams.t[1]: there is no user named 'anna' (did you mean 'ana'?)"],
    ),
    "a team that is a word": (
        people("teams: {t: ana}"),
        ["4: teams.t: must be a list such as [ana, ben], is 'ana'"],
    ),
    "a team in a team": (people("teams: {t: [[ana]]}"), ["4: teams.t[0]: must be text, is a list"]),
    # schedules
    "a schedule without a zone": (
        people("schedules:", "  s: {layers: []}"),
        ["5: schedules.s.timezone: is missing: {timezone: Europe/London, layers: […]}"],
    ),
    "a layer without a start": (layer("users: [ana]"), ["8: schedules.s.layers[0].starts: is missing: …"]),
    "a layer of nobody": (
        layer("users: []", "starts: 2026-01-05T09:00"),
        ["9: schedules.s.layers[0].users: is empty: write something such as [ana, ben, [chi, dee]]"],
    ),
    "a turn of nobody": (
        layer("users: [[]]", "starts: 2026-01-05T09:00"),
        ["9: schedules.s.layers[0].users[0]: is empty: a turn needs somebody"],
    ),
    "a stranger in a turn": (
        layer("users:", "  - ana", "  - [ana, bob]", "starts: 2026-01-05T09:00", "rotate: {unit: day}"),
        ["11: schedules.s.layers[0].users[1][1]: there is no user named 'bob'"],
    ),
    "a turn in a turn": (
        layer("users: [[[ana]]]", "starts: 2026-01-05T09:00"),
        ["9: schedules.s.layers[0].users[0][0]: must be text, is a list"],
    ),
    "several turns without a rotation": (
        layer("users: [ana, ana]", "starts: 2026-01-05T09:00"),
        [
            "8: schedules.s.layers[0].rotate: is missing: say when the next turn begins, such as {every: 1, unit: week}"
        ],
    ),
    "a start with an offset": (
        layer("users: [ana]", "starts: 2026-01-05T09:00+01:00"),
        [
            "10: schedules.s.layers[0].starts: '2026-01-05T09:00+01:00' has an offset: write it without, it "
            "is read in the schedule's timezone"
        ],
    ),
    "a start in UTC": (
        layer("users: [ana]", "starts: 2026-01-05T09:00:00Z"),
        ["10: schedules.s.layers[0].starts: '2026-01-05T09:00:00Z' has an offset: …"],
    ),
    "a start without a time": (
        layer("users: [ana]", "starts: 2026-01-05"),
        [
            "10: schedules.s.layers[0].starts: '2026-01-05' is no date and time: write YYYY-MM-DDTHH:MM, "
            "such as 2026-01-05T09:00"
        ],
    ),
    "a day that does not exist": (
        layer("users: [ana]", "starts: 2026-02-30T09:00"),
        ["10: schedules.s.layers[0].starts: 2026-02-30T09:00 does not exist in the calendar"],
    ),
    "an end before the start": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "until: 2026-01-05T09:00"),
        ["11: schedules.s.layers[0].until: must be after starts"],
    ),
    "a rotation by nothing": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "rotate: {every: 0, unit: week}"),
        ["11: schedules.s.layers[0].rotate.every: '0' is no whole number from 1 to 9999"],
    ),
    "a rotation by weeks": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "rotate: {every: 2, unit: weeks}"),
        [
            "11: schedules.s.layers[0].rotate.unit: 'weeks' is not known (did you mean 'week'?): there are "
            "hour, day, week, month"
        ],
    ),
    "a rotation without a unit": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "rotate: {every: 2}"),
        ["11: schedules.s.layers[0].rotate.unit: is missing: {every: 1, unit: week}"],
    ),
    "an unknown advance": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "advance: calender"),
        [
            "11: schedules.s.layers[0].advance: 'calender' is not known (did you mean 'calendar'?): there "
            "are served, calendar"
        ],
    ),
    "never active": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "active: []"),
        ["11: schedules.s.layers[0].active: is empty: …"],
    ),
    "a window of no length": (
        layer(
            "users: [ana]", "starts: 2026-01-05T09:00", 'active: [{from: "09:00",', '          to: "09:00"}]'
        ),
        [
            '12: schedules.s.layers[0].active[0].to: is equal to from: a whole day is from: "00:00", to: "24:00"'
        ],
    ),
    "a window that begins at the day's end": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "active: [{from: 24:00, to: 06:00}]"),
        [
            "11: schedules.s.layers[0].active[0].from: 24:00 is a day's end: a window begins at 00:00 of the next day"
        ],
    ),
    "a time of day that is none": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "active: [{from: 9am, to: 24:01}]"),
        [
            "11: schedules.s.layers[0].active[0].from: '9am' is no time of day: write HH:MM, such as 09:00",
            "11: schedules.s.layers[0].active[0].to: 24:01 is no time of day: 00:00 to 23:59, or 24:00 for "
            "the day's end",
        ],
    ),
    "a window without an end": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "active: [{from: 09:00}]"),
        ["11: schedules.s.layers[0].active[0].to: is missing: …"],
    ),
    "a day in full": (
        layer(
            "users: [ana]",
            "starts: 2026-01-05T09:00",
            "active: [{days: [mon, Tuesday], from: 09:00, to: 10:00}]",
        ),
        [
            "11: schedules.s.layers[0].active[0].days[1]: 'Tuesday' is no day (did you mean 'tue'?): there "
            "are mon, tue, wed, thu, fri, sat, sun"
        ],
    ),
    "no day": (
        layer("users: [ana]", "starts: 2026-01-05T09:00", "active: [{days: [], from: 09:00, to: 10:00}]"),
        ["11: schedules.s.layers[0].active[0].days: is empty: …"],
    ),
    "two layers of one name": (
        layer("users: [ana]", "starts: 2026-01-05T09:00")
        + "      - {name: w, users: [ana], starts: 2026-01-05T09:00}\n",
        ["12: schedules.s.layers[1].name: 'w' is the name of layers[0] already: choose another"],
    ),
    "an override that ends first": (
        people(
            "schedules:",
            "  s:",
            "    timezone: UTC",
            "    overrides:",
            "      - user: ana",
            "        from: 2026-01-05T09:00",
            "        to: 2026-01-05T09:00",
        ),
        ["10: schedules.s.overrides[0].to: must be after from"],
    ),
    "an override by and for strangers": (
        people(
            "schedules:",
            "  s:",
            "    timezone: UTC",
            "    overrides:",
            "      - {user: bob, from: 2026-01-05T09:00, to: 2026-01-06T09:00, for: chi}",
        ),
        [
            "8: schedules.s.overrides[0].user: there is no user named 'bob'",
            "8: schedules.s.overrides[0].for: there is no user named 'chi'",
        ],
    ),
    "an override of nobody": (
        people(
            "schedules:",
            "  s:",
            "    timezone: UTC",
            "    overrides:",
            "      - {from: 2026-01-05T09:00, to: 2026-01-06T09:00}",
        ),
        [
            "8: schedules.s.overrides[0].user: is missing: {user: ben, from: 2026-12-24T09:00, to: 2026-12-26T09:00}"
        ],
    ),
    "a temporary schedule without shifts": (
        people(
            "schedules:",
            "  s:",
            "    timezone: UTC",
            "    temporary: [{from: 2026-12-24T09:00, to: 2026-12-27T09:00}]",
        ),
        [
            "7: schedules.s.temporary[0].shifts: is missing: "
            "{name: christmas, from: 2026-12-24T09:00, to: 2026-12-27T09:00, shifts: […]}"
        ],
    ),
    "a shift beyond its temporary schedule": (
        people(
            "schedules:",
            "  s:",
            "    timezone: UTC",
            "    temporary:",
            "      - from: 2026-12-24T09:00",
            "        to: 2026-12-27T09:00",
            "        shifts: [{user: ana, from: 2026-12-24T08:00, to: 2026-12-25T09:00}]",
        ),
        [
            "10: schedules.s.temporary[0].shifts[0]: reaches beyond its temporary schedule: change from and to of "
            "one of them"
        ],
    ),
    "hours to be covered that are none": (
        people("schedules:", "  s:", "    timezone: UTC", "    cover: [{from: 09:00, to: 09:00}]"),
        ['7: schedules.s.cover[0].to: is equal to from: a whole day is from: "00:00", to: "24:00"'],
    ),
    # policies
    "a policy without steps": (
        people("policies: {p: {}}"),
        ["4: policies.p.steps: is missing: {steps: [{page: [{schedule: primary}], wait: 5m}]}"],
    ),
    "a policy of no steps": (
        people("policies:", "  p:", "    steps: []"),
        ["6: policies.p.steps: is empty: …"],
    ),
    "a step that pages nobody": (step("[]"), ["7: policies.p.steps[0].page: is empty: …"]),
    "a page of somebody unknown": (
        step("[{user: anna}]"),
        ["7: policies.p.steps[0].page[0].user: there is no user named 'anna' (did you mean 'ana'?)"],
    ),
    "a page of an unknown schedule": (
        step("[{user: ana}, {schedule: s}]"),
        ["7: policies.p.steps[0].page[1].schedule: there is no schedule named 's'"],
    ),
    "a page of an unknown team": (
        step("[{team: t}]"),
        ["7: policies.p.steps[0].page[0].team: there is no team named 't'"],
    ),
    "a page that is a name": (
        step("[ana]"),
        [
            "7: policies.p.steps[0].page[0]: must be a mapping such as {user: ana} or {schedule: primary}, is 'ana'"
        ],
    ),
    "two targets in one": (
        step("[{user: ana, team: t}]"),
        [
            "7: policies.p.steps[0].page[0]: names 2 keys: each target is one of user, schedule, team, next, "
            "everyone, slack, telegram, teams, webhook",
            "7: policies.p.steps[0].page[0].team: …",
        ],
    ),
    "a channel that YAML took for a comment": (
        step("\n          - slack: #incidents"),
        [
            "8: policies.p.steps[0].page[0].slack: is empty: give it a value, in quotes if that begins with "
            "# or is a space"
        ],
    ),
    "an unknown target": (
        step("[{users: ana}]"),
        [
            "7: policies.p.steps[0].page[0].users: is an unknown key (did you mean 'user'?): there are "
            "user, schedule, team, next, everyone, slack, telegram, teams, webhook"
        ],
    ),
    "a person of Teams by their address": (
        user("chat: {teams: ana@example.com}"),
        [
            "4: users.ana.chat.teams: 'ana@example.com' is no id of Microsoft Entra: it is the user's Object ID in the "
            "Entra admin center, such as 11111111-2222-3333-4444-555555555555"
        ],
    ),
    "a channel of Teams by its name": (
        step('[{teams: "#incidents"}]'),
        [
            "7: policies.p.steps[0].page[0].teams: '#incidents' is no channel of Teams: write its id, such as "
            "19:0123456789abcdef@thread.tacv2 (in Teams: Get link to channel; it stands behind /channel/)"
        ],
    ),
    "a webhook without encryption": (
        step("[{webhook: 'http://hooks.example.com/s3cr3t'}]"),
        [
            "7: policies.p.steps[0].page[0].webhook: must begin with https:// and a host: "
            "write it as https://hooks.example.com/…"
        ],
    ),
    "a webhook with a password, and one inside": (
        step("[{webhook: 'https://ana:s3cr3t@hooks.example.com/'}, {webhook: 'https://10.0.0.1/s3cr3t'}]"),
        [
            "7: policies.p.steps[0].page[0].webhook: has a user before its host: "
            "write it as https://hooks.example.com/…",
            "7: policies.p.steps[0].page[1].webhook: does not belong to the open internet: "
            "write it as https://hooks.example.com/…",
        ],
    ),
    "a branch that asks for nothing": (
        step("[{user: ana}]", "        when: {}"),
        [
            "8: policies.p.steps[0].when: says nothing: write a condition such as {severity: [critical, SEV1], "
            "labels: {team: [payments]}}, or leave it out"
        ],
    ),
    "a branch on what no incident can be": (
        step("[{user: ana}]", "        when: {severity: [critcal, sev1], priority: [P9]}"),
        [
            "8: policies.p.steps[0].when.severity[0]: 'critcal' is not known (did you mean 'critical'?): there are "
            "SEV1, SEV2, SEV3, SEV4, SEV5, critical, error, warning, info, unknown",
            "8: policies.p.steps[0].when.priority[0]: 'P9' is not known: there are P1, P2, P3, P4, P5",
        ],
    ),
    "a branch that always holds": (
        step("[{user: ana}]", "        unless: {labels: {}, repeated: 0}"),
        [
            "8: policies.p.steps[0].unless.labels: says nothing: write labels such as {team: [payments, web]}, or "
            "leave it out",
            "8: policies.p.steps[0].unless.repeated: '0' is no whole number from 1 to 1000000",
        ],
    ),
    "a branch on something unknown": (
        step("[{user: ana}]", "        unless: {sevirity: [critical]}"),
        [
            "8: policies.p.steps[0].unless.sevirity: is an unknown key (did you mean 'severity'?): there are severity, "
            "priority, labels, repeated, hours"
        ],
    ),
    "an ack of a few": (
        step("[{user: ana}]", "        ack: two"),
        ["8: policies.p.steps[0].ack: 'two' is not known: there are first, all"],
    ),
    "hours of a wait without windows": (
        step("[{user: ana}]", "        wait_hours: {timezone: Europe/London}"),
        [
            "8: policies.p.steps[0].wait_hours.active: is missing: {timezone: Europe/London, "
            'active: [{days: [mon, fri], from: "09:00", to: "17:00"}]}'
        ],
    ),
    "a wait in words": (
        step("[{user: ana}]", "        wait: 5 minutes"),
        [
            "8: policies.p.steps[0].wait: '5 minutes' is no duration: write a whole number and s, m, h or d, such as 5m"
        ],
    ),
    "a wait without a unit": (
        step("[{user: ana}]", "        wait: 5"),
        ["8: policies.p.steps[0].wait: '5' is no duration: …"],
    ),
    "a negative wait": (
        step("[{user: ana}]", "        wait: -5m"),
        ["8: policies.p.steps[0].wait: '-5m' is no duration: …"],
    ),
    "a wait of a year and a day": (
        step("[{user: ana}]", "        wait: 366d"),
        ["8: policies.p.steps[0].wait: 366d is too long: a year (365d) is the most"],
    ),
    "ten repeats": (
        step("[{user: ana}]", "    repeat: 10"),
        ["8: policies.p.repeat: '10' is no whole number from 0 to 9"],
    ),
    "repeat in other digits": (
        step("[{user: ana}]", "    repeat: ٣"),
        ["8: policies.p.repeat: '٣' is no whole number from 0 to 9"],
    ),
    "an unknown last resort": (
        step("[{user: ana}]", "    last_resort: [{user: dee}]"),
        ["8: policies.p.last_resort[0].user: there is no user named 'dee'"],
    ),
    # services
    "a service without a policy": (
        people("services: {s: {}}"),
        ["4: services.s.policy: is missing: {policy: payments}"],
    ),
    "a service of an unknown policy": (
        service("policy: q"),
        ["7: services.s.policy: there is no policy named 'q'"],
    ),
    "an ack that ends at once": (
        service("policy: p", "ack_timeout: 0m"),
        ["8: services.s.ack_timeout: 0m would end what has just begun: write a longer time, or never"],
    ),
    "a timeout in words": (
        service("policy: p", "auto_resolve: sometime"),
        ["8: services.s.auto_resolve: 'sometime' is no duration: …"],
    ),
    "a runbook that runs": (
        service("policy: p", 'runbook: "javascript:alert(1)"'),
        ["8: services.s.runbook: 'javascript:alert(1)' is no link: write it as https://…"],
    ),
    "support hours without hours": (
        service("policy: p", "support_hours: {timezone: UTC}"),
        ["8: services.s.support_hours.active: is missing: …"],
    ),
    "support hours without a zone": (
        service("policy: p", "support_hours: {active: [{from: 09:00, to: 17:00}]}"),
        ["8: services.s.support_hours.timezone: is missing: …"],
    ),
    # integrations
    "an unknown source": (
        service("policy: p", "").rstrip() + "\nintegrations:\n  i: {service: s, source: alertmanger}\n",
        [
            "9: integrations.i.source: 'alertmanger' is not known (did you mean 'alertmanager'?): "
            "there are alertmanager, cloudwatch, generic, pagerduty"
        ],
    ),
    "an integration of no service": (
        people("integrations: {i: {source: generic}}"),
        ["4: integrations.i.service: is missing: {service: checkout, source: alertmanager}"],
    ),
    "an integration of an unknown service": (
        people("integrations: {i: {service: x, source: generic}}"),
        ["4: integrations.i.service: there is no service named 'x'"],
    ),
    "two defaults": (
        service("policy: p", "").rstrip()
        + "\nintegrations:\n  a: {service: s, source: generic, default: true}\n"
        + "  b: {service: s, source: generic,\n      default: true}\n",
        ["11: integrations.b.default: 'a' is the default already: there is at most one"],
    ),
    # feeds
    "a feed by its address alone": (
        schedule("feed: https://calendar.example.com/secret.ics"),
        [
            "7: schedules.s.feed: must be a mapping such as {url: https://calendar.example.com/on-call.ics, "
            "as: overrides}"
        ],
    ),
    "a feed without an address": (
        schedule("feed: {as: schedule}"),
        [
            "7: schedules.s.feed.url: is missing: {url: https://calendar.example.com/on-call.ics, as: overrides}"
        ],
    ),
    "a feed as something else": (
        schedule("feed: {url: https://calendar.example.com/secret.ics, as: layer}"),
        ["7: schedules.s.feed.as: 'layer' is not known: there are overrides, schedule"],
    ),
    "a feed that anybody can change on its way": (
        schedule("feed: {url: http://calendar.example.com/secret.ics}"),
        [
            "7: schedules.s.feed.url: must begin with https://: what comes without it can be changed on its way",
        ],
    ),
    "a feed for a calendar's own programs": (
        user("away_feed: webcal://calendar.example.com/secret.ics"),
        [
            "4: users.ana.away_feed: webcal:// is no address to read from: most calendars answer under https:// as well"
        ],
    ),
    "a feed with a password": (
        user("away_feed: https://ana:secret@calendar.example.com/"),
        [
            "4: users.ana.away_feed: has a user before its host: use the calendar's own secret address instead",
        ],
    ),
    "a feed on another port": (
        user("away_feed: https://calendar.example.com:8443/"),
        ["4: users.ana.away_feed: names port 8443: calendars are read from port 443 alone"],
    ),
    **{
        f"no address of a feed: {url[:20]}": (
            user(f'away_feed: "{url}"'),
            ["4: users.ana.away_feed: is no address of a calendar: write it as https://…, in plain ASCII"],
        )
        for url in (
            "calendar.example.com",
            "ftp://calendar.example.com/a",
            "file:///etc/passwd",
            "https://",
            "https:///a",
            "https://[::1/a",
            "https://calendar.example.com:99999/",
            "https://kalénder.example.com/",
            "https://calendar.example.com/a b",
            f"https://calendar.example.com/{'a' * 2000}",
        )
    },
    "a default in other words": (
        service("policy: p", "").rstrip()
        + "\nintegrations:\n  a: {service: s, source: generic, default: yes}\n",
        ["9: integrations.a.default: 'yes' is neither true nor false"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), TABLE.values(), ids=TABLE.keys())
def test_a_mistake_is_named_with_file_line_and_key(text, expected):
    found = problems(text)
    assert len(found) == len(expected), found
    for line, words in zip(found, expected, strict=True):
        if words.endswith("…"):
            assert line.startswith(f"tocsin.yaml:{words[:-1]}")
        else:
            assert line == f"tocsin.yaml:{words}"


def test_the_examples_have_no_problem():
    assert problems(EXAMPLE) == []
    assert problems(SMALL) == []


def test_all_problems_come_at_once_in_the_order_of_the_file():
    text = """\
catch_all: nowhere
services:
  checkout: {policy: gone, ack_timeout: soon}
users:
  ana: {contacts: {mobile: 123456}, nmae: Ana}
version: 3
teams: {t: [zoe]}
"""
    assert [line.split(": ")[:2] for line in problems(text)] == [
        ["tocsin.yaml:1", "catch_all"],
        ["tocsin.yaml:3", "services.checkout.policy"],
        ["tocsin.yaml:3", "services.checkout.ack_timeout"],
        ["tocsin.yaml:5", "users.ana.contacts.mobile"],
        ["tocsin.yaml:5", "users.ana.nmae"],
        ["tocsin.yaml:6", "version"],
        ["tocsin.yaml:7", "teams.t[0]"],
    ]


def test_without_a_file_the_key_stands_alone_in_the_order_of_the_document():
    with pytest.raises(ConfigError) as refused:
        compile_config(small(catch_all="gone", teams={"t": ["zoe"]}, users={"ana": {"email": None}}))
    assert str(refused.value).splitlines() == [
        "users.ana.email: must be text, is None",
        "catch_all: there is no service named 'gone'",
        "teams.t[0]: there is no user named 'zoe'",
    ]
    assert refused.value.problems[0].path == ("users", "ana", "email")


def test_a_reference_to_something_wrong_is_no_second_problem():
    text = people("schedules: {s: {timezone: nowhere}}", "policies: {p: {steps: [{page: [{schedule: s}]}]}}")
    assert len(problems(text)) == 1


def test_what_a_message_quotes_stays_on_one_line_and_obeys_nobody():
    found = problems('version: "1\\n\\e[2Jnext"\n"users\\nx": {}\n')
    assert len(found) == 2
    assert all(line.isprintable() for line in found)
    assert len(problems(f"version: {'9' * 5000}\n")[0]) < 200


def test_thousands_of_mistakes_are_told_without_comparing_each_with_every_name():
    names: dict[str, object] = {f"u{number}": {} for number in range(3000)}
    wrong = [f"x{number}" for number in range(3000)]
    with pytest.raises(ConfigError) as refused:
        compile_config({"version": "1", "users": names, "teams": {"t": wrong}})
    assert len(refused.value.problems) == 3000
    assert sum("did you mean" in problem.message for problem in refused.value.problems) <= 40


PLAIN = st.recursive(
    st.sampled_from(
        ["", "1", "ana", "primary", "5m", "UTC", "2026-01-05T09:00", "+5511955550100", "#x", "\n"]
    )
    | st.none()
    | st.integers()
    | st.booleans()
    | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ana", "primary", "user", "page", "users", "via", "from", "name"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["version", "users", "teams", "schedules", "policies", "services", "integrations", "rules"]
        ),
        PLAIN,
    ),
    st.data(),
)
def test_any_document_compiles_or_is_refused_with_problems(document, data):
    if data.draw(st.booleans()):
        document = small(**document)
        section = data.draw(st.sampled_from(sorted(document)))
        _replace_one(document, section, data)
    refused = None
    try:
        compile_config(document)
    except ConfigError as error:
        refused = error
    assert refused is None or 0 < len(refused.problems) == len(str(refused).splitlines())


def _replace_one(holder, key, data):
    """Something in the document, at any depth, becomes something else."""
    inner = holder[key]
    if isinstance(inner, (dict, list)) and inner and data.draw(st.integers(0, 3)):
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        _replace_one(inner, data.draw(st.sampled_from(list(keys))), data)
    else:
        holder[key] = data.draw(PLAIN)
