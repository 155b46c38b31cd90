"""Whom the events of a feed name."""

from __future__ import annotations

import pytest

from tocsin.oncall.calendars.reading import Attendee, People, people_of

USERS = {
    "ana": ("Ana Souza", "ana@example.com"),
    "ben": ("Ben O'Neill", "ben@example.com"),
    "chi": ("Nguyễn, Chi", "chi@example.com"),
    "sandy": ("Sandy Anderson", ""),
    "twin1": ("Kim Lee", "kim1@example.com"),
    "twin2": ("Kim Lee", "kim2@example.com"),
    "r-and-d": ("R&D phone / day and night", "rd@example.com"),
}


@pytest.mark.parametrize(
    ("summary", "people", "unknown", "level"),
    [
        ("ana", ["ana"], [], 0),
        ("ANA", ["ana"], [], 0),
        ("Ana Souza", ["ana"], [], 0),
        ("  ana   souza ", ["ana"], [], 0),
        ("Ana@Example.com", ["ana"], [], 0),
        ("@ana", ["ana"], [], 0),
        ("[L1] ana", ["ana"], [], 1),
        ("[l12]ana@example.com", ["ana"], [], 12),
        ("[L0] ana", ["ana"], [], 0),
        ("[L9999] ana", [], ["[L9999] ana"], 0),
        ("ana, ben", ["ana", "ben"], [], 0),
        ("ben & Ana Souza", ["ben", "ana"], [], 0),
        ("ben AND ana", ["ben", "ana"], [], 0),
        ("ana/ben;sandy", ["ana", "ben", "sandy"], [], 0),
        ("@ana @ben", ["ana", "ben"], [], 0),
        ("[L2] Ben O'Neill and Nguyễn, Chi", ["ben", "chi"], [], 2),
        ("NGUYỄN, CHI & ana", ["chi", "ana"], [], 0),
        ("Sandy Anderson", ["sandy"], [], 0),
        ("R&D phone / day and night, ana", ["r-and-d", "ana"], [], 0),
        ("ana, ana, Ana Souza", ["ana"], [], 0),
        ("ana, Zoe, zed", ["ana"], ["Zoe", "zed"], 0),
        ("Ana", ["ana"], [], 0),
        ("Souza", [], ["Souza"], 0),
        ("ana souza jr", [], ["ana souza jr"], 0),
        # Two of that name: neither.
        ("Kim Lee", [], ["Kim Lee"], 0),
        ("kim2@example.com", ["twin2"], [], 0),
        ("", [], [], 0),
        ("[L1]", [], [], 1),
        (", / & ;", [], [], 0),
        ("On-call: ana", [], ["On-call: ana"], 0),
    ],
)
def test_a_summary_names_our_users_by_id_e_mail_or_full_name(
    summary: str, people: list[str], unknown: list[str], level: int
):
    assert people_of(summary, USERS) == People(tuple(people), tuple(unknown), level)


def test_an_id_goes_before_an_e_mail_and_that_before_a_name():
    users = {
        "ana": ("ben", ""),
        "ben": ("ana", ""),
        "chi": ("dee@example.com", "x@y"),
        "dee": ("", "dee@example.com"),
    }
    assert people_of("ana, dee@example.com", users).people == ("ana", "dee")


def test_attendees_tell_who_it_is_when_the_summary_does_not():
    attendees = [
        Attendee("", "BEN@example.com"),
        Attendee("Ana Souza", "other@example.com"),
        Attendee("Eve", ""),
    ]
    assert people_of("[L3] Primary on call", USERS, attendees) == People(("ben", "ana"), ("Eve",), 3)
    assert people_of("[L3] sandy", USERS, attendees) == People(("sandy",), (), 3)
    assert people_of("Primary", USERS, [Attendee("Eve", "eve@x")]) == People((), ("Primary", "eve@x"), 0)


def test_a_very_long_summary_is_read_in_part():
    found = people_of("ana, " + "x, " * 100_000, USERS)
    assert found.people == ("ana",)
    assert len(found.unknown) < 100
