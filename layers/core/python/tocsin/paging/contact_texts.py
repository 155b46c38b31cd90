"""What is sent to a contact to prove whose it is, or to try whether it reaches its person."""

from __future__ import annotations

from tocsin.paging.gsm import ONE_PART, fit, septets, to_gsm
from tocsin.paging.verification import LIFE, Verdict

_MINUTES = int(LIFE.total_seconds() // 60)


def code_text(via: str, user: str, code: str) -> tuple[str, str]:
    """The subject and the words. ``user`` is the person's id in the file."""
    if via == "voice":
        digits = ", ".join(code)
        return (
            "",
            f"This is Tocsin. The code for {user} is {digits}. Once more: {digits}. Nobody else needs it.",
        )
    confirm = f"tocsin contact confirm {user} {code}"
    if via == "sms":
        who, more = to_gsm(user), f" Or: {to_gsm(confirm)}"
        words = (
            f"Tocsin: {code} proves that this phone is {who}'s. Answer with the code within {_MINUTES} min."
        )
        return "", words + more if septets(words + more) <= ONE_PART else fit(words, ONE_PART)
    return f"Tocsin: {code} is your code", (
        f"The code {code} proves that this address is {user}'s. Within {_MINUTES} minutes, run:\n\n"
        f"    {confirm}\n\nYou did not ask for it? Somebody wrote your address into a file by mistake: do nothing."
    )


def test_text(via: str, user: str) -> tuple[str, str]:
    """The subject and the words of a test of somebody's pager."""
    if via == "voice":
        return (
            "",
            f"This is a test by Tocsin for {user}. There is no incident. Pages will call you like this.",
        )
    words = f"Tocsin: a test for {user}. There is no incident. Pages reach you here."
    return "Tocsin: a test", fit(to_gsm(words), ONE_PART) if via == "sms" else words


def push_text(via: str, link: str) -> tuple[str, str]:
    """The subject and the words that bring somebody the link by which they switch push on, for a day."""
    if via == "sms":
        return "", f"Tocsin: switch push on in your browser, within a day: {link}"
    return "Tocsin: switch push on", (
        f"Open this in the browser on your phone, and in any other that shall show your pages:\n\n{link}\n\n"
        "It works for a day, and for you alone: do not pass it on.\n"
    )


def push_on_text(user: str, browser: str) -> tuple[str, str]:
    """The subject and the words: ``browser`` is pushed to from now on."""
    return f"Tocsin: push is on in {browser}", (
        f"Pages of {user} come to {browser} from now on.\n\n"
        f"That was not you? Then tocsin contact push {user} --off, and ask who had your link.\n"
    )


def push_gone_text(user: str, browser: str) -> tuple[str, str]:
    """The subject and the words: ``browser`` cannot be pushed to any more."""
    return f"Tocsin: push is off in {browser}", (
        f"Pages of {user} do not reach {browser} any more: push was switched off there, or the browser forgot it.\n\n"
        f"Shall they? Then switch it on again: tocsin contact push {user}\n"
    )


def as_text(words: str) -> str:
    """The first of some paragraphs, as one GSM part."""
    return fit(to_gsm(f"Tocsin: {words.partition(chr(10))[0]}"), ONE_PART)


def proved_text(user: str) -> str:
    return fit(to_gsm(f"Tocsin: verified. Pages for {user} reach this phone."), ONE_PART)


def not_proved_text(verdict: Verdict) -> str:
    match verdict:
        case "expired":
            return "Tocsin: that code is over. Ask for a new one: tocsin contact verify."
        case "too_many":
            return "Tocsin: too many wrong codes. Ask for a new one: tocsin contact verify."
    return "Tocsin: that is not the code."
