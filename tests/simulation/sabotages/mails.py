"""What people answer by mail, whose word it is, and what becomes of our own mails."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a mail is taken without DMARC",
        "paging/mail_answers.py",
        '_PASS = ("spfVerdict", "dkimVerdict", "dmarcVerdict")\n',
        '_PASS = ("spfVerdict", "dkimVerdict")\n',
    ),
    Sabotage(
        "what SES cannot say of a mail vouches for it",
        "paging/mail_answers.py",
        '(status := text(mapping(receipt, name), "status")) != "PASS"',
        '(status := text(mapping(receipt, name), "status")) == "FAIL"',
    ),
    Sabotage(
        "a mail's sender is whoever it says",
        "paging/mail_answers.py",
        "[_address(seen)] != [_address(stated)]",
        "[_address(stated)] != [_address(stated)]",
    ),
    Sabotage(
        "an absence assistant acknowledges",
        "paging/mail_answers.py",
        'value.partition(";")[0].strip().lower() != "no"',
        'value.partition(";")[0].strip().lower() == "yes"',
    ),
    Sabotage(
        "a mail's address goes before its words",
        "paging/mail_answers.py",
        '        token="" if reply.number else _token(receipt),\n',
        "        token=_token(receipt),\n",
    ),
    Sabotage(
        "of two commands in a mail one is done",
        "paging/mail_answers.py",
        "asked.pop() if len(asked) == 1 else",
        "asked.pop() if asked else",
    ),
    Sabotage(
        "a mail address is told apart by its capitals",
        "paging/mail_answers.py",
        "found[0][1].lower() if",
        "found[0][1] if",
    ),
    Sabotage(
        "what stands below a mail is somebody's own",
        "paging/mail_text.py",
        "_RULE.fullmatch(line) or _ADDRESS.search(line) or _is_head(plain, at)",
        "_is_head(plain, at)",
    ),
    Sabotage(
        "the address of a mail names nothing",
        "engine/mail.py",
        "mail.token.isdigit() and len(mail.token) <= 12",
        "mail.token.isdigit() and len(mail.token) > 12",
    ),
    Sabotage(
        "a mail that answers ours is about nothing",
        "engine/mail.py",
        "        if message is not None:\n            return message.incident\n",
        "        if message is None:\n            continue\n",
    ),
    Sabotage(
        "what is answered by mail counts as a text",
        "engine/mail.py",
        '    came = Written(id, "mail", "email",',
        '    came = Written(id, "sms", "email",',
    ),
    Sabotage(
        "a mail that bounced has arrived",
        "paging/mail_receipts.py",
        "        hard=bool(reason),\n",
        '        hard=reason == "rejected",\n',
    ),
    Sabotage(
        "a mailbox that is full is a refusal",
        "paging/mail_receipts.py",
        '    if event == "Bounce" and text(part, "bounceType") == "Permanent":\n',
        '    if event == "Bounce":\n',
    ),
)
