"""`tocsin contact`: verifies people's contacts and tests them, by the function that takes people's answers."""

from __future__ import annotations

import getpass
import sys
import time
import uuid
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tocsin_cli.aws_commands import asking
from tocsin_cli.writing import counted, print_json, print_table

#: Seconds for which a carrier's answer is waited for.
PATIENCE = 45

_VERDICTS = {
    "wrong": "that is not the code",
    "expired": "that code is over: tocsin contact verify {user} sends another one",
    "too_many": "too many wrong codes: tocsin contact verify {user} sends another one",
    "none": "no code was sent, or another contact has it: tocsin contact verify {user}",
}


def show(args: Namespace) -> int:
    """Prints the contacts. Raises CommandError."""
    return asking(_list, args)


def verify(args: Namespace) -> int:
    """Sends a code, and says what the carrier made of it: 1 when it was refused. Raises CommandError."""
    return asking(_verify, args)


def confirm(args: Namespace) -> int:
    """Confirms a code: 1 when it is not the one. Raises CommandError."""
    return asking(_confirm, args)


def vouch(args: Namespace) -> int:
    """Vouches for contacts. Raises CommandError."""
    return asking(_vouch, args)


def test(args: Namespace) -> int:
    """Tests contacts: 1 when one of them was refused. Raises CommandError."""
    return asking(_test, args)


def push(args: Namespace) -> int:
    """Sends or shows the link of push, or switches it off: 1 when it was not sent. Raises CommandError."""
    return asking(_push, args)


def _list(args: Namespace) -> int:
    found = _ask(args, "list")
    if args.json:
        print_json(found)
        return 0
    rows = found["contacts"]
    print_table(
        ((row["user"], row["contact"], row["address"], state(row)) for row in rows),
        ("user", "contact", "address", ""),
    )
    unverified = [row for row in rows if row["verified"] is None]
    if unverified:
        goes = "passed over" if found["required"] else "paged all the same (ContactVerification is off)"
        print(f"\n{counted(len(unverified), 'contact')} not verified, and {goes}.")
    return 0


def state(row: Mapping[str, Any]) -> str:
    """What is known of a contact, in words."""
    known = row["verified"]
    words = "not verified"
    if known is not None:
        how = {"code": "by a code", "link": "by a link"}.get(known["how"], f"{known['by']} vouched for it")
        words = f"verified {known['at'][:10]}, {how}"
    elif row["code_until"]:
        words = f"not verified; a code waits until {datetime.fromisoformat(row['code_until']):%H:%M} UTC"
    return words + (
        f"; wants no texts since {row['opted_out_at'][:10]} (STOP)" if row["opted_out_at"] else ""
    )


def _verify(args: Namespace) -> int:
    found = _ask(args, "verify", voice=args.voice)
    contact, notice = found["contact"], found["notice"]
    if notice is None:
        if args.json:
            print_json({**found, "said": None})
        else:
            print(f"{contact} is verified already.")
        return 0
    said = _said(args, [notice])[notice]
    if args.json:
        print_json({**found, "said": said})
    elif _refused(said):
        print(f"No code was sent to {contact}: {_words(said)}", file=sys.stderr)
    else:
        sent = "A code was sent" if said == "sent" else "A code is on its way"
        print(f"{sent} to {contact}, good for 15 minutes. Then: tocsin contact confirm {args.user} CODE")
        if not args.voice:
            print("A text can be answered with the code, too.")
    return 1 if _refused(said) else 0


def _confirm(args: Namespace) -> int:
    found = _ask(args, "confirm", code="".join(args.code.split()).replace("-", ""))
    right = found["verdict"] == "right"
    if args.json:
        print_json(found)
    elif right:
        print(f"Verified: {', '.join(found['contacts'])} of {args.user}.")
    elif found["verdict"] == "already":
        names = ", ".join(found["contacts"])
        print(
            f"No code was waiting for this one: {names} of {args.user} was verified before.", file=sys.stderr
        )
    else:
        print(f"Not verified: {_VERDICTS[found['verdict']].format(user=args.user)}", file=sys.stderr)
    return 0 if right else 1


def _vouch(args: Namespace) -> int:
    found = _ask(args, "vouch")
    if args.json:
        print_json(found)
        return 0
    names = ", ".join(row["contact"] for row in found["vouched"])
    print(f"You answer for {names} of {args.user}." if names else "All of it is verified already.")
    return 0


def _push(args: Namespace) -> int:
    found = _ask(args, "push", show=args.show, off=args.off)
    said = _said(args, [found["notice"]])[found["notice"]] if "notice" in found else None
    if args.json:
        print_json({**found, "said": said} if "notice" in found else found)
    elif args.off:
        names = ", ".join(found["off"])
        print(f"Push is off in {names}." if names else f"{args.user} has push in no browser.")
    elif args.show:
        print(found["link"])
        print(
            f"Whoever opens it within a day can switch on the pages of {args.user} in their browser.",
            file=sys.stderr,
        )
    elif _refused(said):
        print(f"No link was sent to {found['contact']}: {_words(said)}", file=sys.stderr)
    else:
        print(f"A link was sent to {found['contact']}, good for a day: {args.user} opens it on their phone.")
    return 1 if _refused(said) else 0


def _test(args: Namespace) -> int:
    tests = _ask(args, "test", voice=args.voice)["tests"]
    said = _said(args, [row["notice"] for row in tests if row["notice"]])
    for row in tests:
        row["said"] = said[row["notice"]] if row["notice"] else f"refused: {row['why']}"
    if args.json:
        print_json({"tests": tests})
    else:
        print_table(
            ((row["contact"], row["via"], _words(row["said"])) for row in tests), ("contact", "by", "")
        )
        if any(row["why"] == "unverified" for row in tests):
            print(f"\nTo verify a contact: tocsin contact verify {args.user}")
    return 1 if any(_refused(row["said"]) for row in tests) else 0


def _refused(said: str | None) -> bool:
    return said is not None and said != "sent"


def _words(said: str | None) -> str:
    from tocsin.paging.channels.base import REASONS

    if said is None:
        return f"no answer within {PATIENCE} s: the carrier is asked again"
    if said == "sent":
        return "sent: the carrier has taken it"
    reason = said.removeprefix("refused: ")
    return f"refused: {REASONS.get(reason, reason)}"


def _said(args: Namespace, notices: Sequence[str]) -> dict[str, str | None]:
    """What the carriers said, as soon as all of them have."""
    deadline = time.monotonic() + PATIENCE
    found: dict[str, str | None] = dict.fromkeys(notices)
    while any(said is None for said in found.values()) and time.monotonic() < deadline:
        found = _ask(args, "said", notices=[*notices])["said"]
        if None in found.values():
            time.sleep(1)
    return found


def _ask(args: Namespace, action: str, **more: Any) -> dict[str, Any]:
    from tocsin_cli.incident import invoke
    from tocsin_cli.stack import open_stack

    stack = open_stack(args.stack, args.region, args.profile, args.endpoint_url)
    row = {
        "action": action,
        "id": uuid.uuid4().hex,
        "user": args.user,
        "contact": getattr(args, "contact", None),
        "by": getattr(args, "by", None) or getpass.getuser(),
        **more,
    }
    return invoke(stack, {"contacts": {name: value for name, value in row.items() if value is not None}})
