"""`tocsin check` says whether a configuration is valid and ready, and its exit code says so too."""

from __future__ import annotations

from tests.unit.config.documents import EXAMPLE, SMALL

AT = ("--at", "2026-11-23T02:00Z")


def test_a_ready_file_ends_with_0_even_when_strict(tocsin, ready):
    done = tocsin("check", ready, "--strict", *AT)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "Valid: 1 user, 1 schedule, 1 policy, 1 service, 1 integration.\nReady: nothing to mend.\n"
    )  # fmt: skip


def test_findings_end_with_0_and_with_1_when_strict(tocsin, example):
    done = tocsin("check", example, *AT)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "Valid: 4 users, 1 team, 2 schedules, 1 policy, 1 service, 1 integration.",
        f"{example}:1: warning: catch_all: is missing: an alert that no integration claims has no service; "
        "name one (plan and apply ask for it)",
        f"{example}:13: note: schedules.payments-primary: nobody is on call from Mon 2026-11-23 02:00 "
        "to Mon 2026-11-23 09:00 (+00:00), and at 10 more times: 256 h of the next 14 days",
        "1 finding to mend; 1 note that may be meant.",
    ]
    assert tocsin("check", example, "--strict", *AT).code == 1


def test_notes_alone_are_no_findings(tocsin, example):
    example.write_text(EXAMPLE + "catch_all: checkout\n")
    done = tocsin("check", example, "--strict", *AT)
    assert done.code == 0
    assert done.out.splitlines()[-1] == "Ready; 1 note that may be meant."


def test_as_json_each_finding_has_its_place(tocsin, example):
    done = tocsin("check", example, "--json", *AT)
    assert done.json["findings"] == [
        {
            "code": "no_catch_all",
            "path": "catch_all",
            "message": "is missing: an alert that no integration claims has no service; "
            "name one (plan and apply ask for it)",
            "file": str(example),
            "line": 1,
        }
    ]
    assert [(note["code"], note["line"]) for note in done.json["notes"]] == [
        ("schedule_gap", 13),
    ]


def test_a_config_error_is_on_standard_error_and_ends_with_2(tocsin, tmp_path):
    file = tmp_path / "tocsin.yaml"
    file.write_text(
        SMALL.replace("{policy: shop}", "{policy: shoq}").replace(
            "source: alertmanager", "sauce: alertmanager"
        )
    )
    for command in (
        ("check", file),
        ("check", "--json", "--strict", file),
        ("oncall", file, "--schedule", "primary"),
        ("simulate", file, "--service", "checkout", "--at", "2026-01-05T09:00Z"),
        ("plan", file),
        ("apply", file),
    ):
        done = tocsin(*command)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines() == [
            f"{file}:9: services.checkout.policy: there is no policy named 'shoq' (did you mean 'shop'?)",
            f"{file}:11: integrations.prometheus.source: is missing: {{service: checkout, source: alertmanager}}",
            f"{file}:11: integrations.prometheus.sauce: is an unknown key (did you mean 'source'?): "
            "there are service, source, default",
        ]


def test_files_folders_and_standard_input_are_read_together(tocsin, tmp_path):
    head, _, tail = SMALL.partition("services:")
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "people.yaml").write_text(head)
    done = tocsin("check", tmp_path / "team", "-", "--strict", stdin=f"services:{tail}".encode())
    assert (done.code, done.err) == (0, "")
    done = tocsin("check", tmp_path / "team", "-", stdin=b"users:\n  ana: {}\n")
    assert done.code == 2
    assert done.err == (
        f"<stdin>:2: users.ana: is defined twice: first at {tmp_path}/team/people.yaml:3; keep one of the two\n"
    )


def test_an_unreadable_file_is_a_sentence(tocsin, tmp_path):
    done = tocsin("check", tmp_path / "nope.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"{tmp_path}/nope.yaml: cannot be read: No such file or directory\n"
