"""What ``tocsin doctor`` says of mail: whether it goes out, whether bounces come back, whether it can be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin_cli.findings import Finding
from tocsin_cli.stack import Stack


def mail(stack: Stack) -> Iterator[Finding]:
    """Mail: is the channel on, and may it be sent to anybody?"""
    if not stack.has("MailFrom"):
        yield Finding("mail", "off", "no mail is sent", "deploy with MailFrom, an identity verified in SES")
        return
    account = stack.client("sesv2").get_account()
    if not account.get("ProductionAccessEnabled"):
        yield Finding(
            "mail", "warn", "SES is in its sandbox: only verified addresses", "ask for production access"
        )
    else:
        yield Finding("mail", "ok", "production access")


def bounces(stack: Stack) -> Iterator[Finding]:
    """Does a mail that never arrives move on to the next contact?"""
    if not stack.has("MailFrom"):
        return
    if not stack.has("MailConfigurationSet"):
        yield Finding(
            "bounces",
            "warn",
            "nobody hears of a mail that bounces: the page waits for its next contact as if it had arrived",
            "deploy with CreateMailConfigurationSet=on",
        )
        return
    name, topic = stack.output("MailConfigurationSet"), stack.output("ReceiptsTopicArn")
    found = stack.client("sesv2").get_configuration_set_event_destinations(ConfigurationSetName=name)
    for one in found.get("EventDestinations", ()):
        told = one.get("SnsDestination", {}).get("TopicArn") == topic
        if told and one.get("Enabled") and "BOUNCE" in one.get("MatchingEventTypes", ()):
            yield Finding("bounces", "ok", f"come back by the configuration set {name}")
            return
    yield Finding(
        "bounces",
        "fail",
        f"no event destination of the configuration set {name} tells them to Tocsin",
        f"give it one for bounces, complaints and rejects, with the SNS topic {topic}",
    )


def mail_answers(stack: Stack) -> Iterator[Finding]:
    """Answers by mail: is there an active receipt rule that hands them over? The domain's MX is not looked at."""
    if not stack.has("MailReplyTo"):
        if stack.has("MailFrom"):
            mend = "deploy with MailReplyTo, an address whose mail SES receives (docs/mail.md)"
            yield Finding("mail answers", "off", "no mail can be answered", mend)
        return
    address, topic = stack.output("MailReplyTo"), stack.output("InboundMailTopicArn")
    found = stack.client("ses").describe_active_receipt_rule_set()
    mend = f"make a receipt rule for {address.rpartition('@')[2]} with an SNS action, topic {topic}"
    if "Metadata" not in found:
        words = "no receipt rule set is active in this Region: SES receives no mail at all"
        yield Finding("mail answers", "fail", words, f"{mend}, and set its rule set active")
        return
    rules = [rule for rule in found.get("Rules", ()) if _hands_over(rule, topic)]
    takes = [rule for rule in rules if _takes(rule, address)]
    if not takes:
        words = f"no active receipt rule hands mails to {address} over to Tocsin"
        if rules:
            words += f" ({rules[0]['Name']} is for other addresses)"
        yield Finding("mail answers", "fail", words, mend)
    elif not any(rule.get("Enabled") for rule in takes):
        yield Finding("mail answers", "fail", f"the receipt rule {takes[0]['Name']} is off", "enable it")
    else:
        name = next(rule["Name"] for rule in takes if rule.get("Enabled"))
        words = f"the receipt rule {name} hands them over; whether the domain's MX names SES, a mail shows"
        yield Finding("mail answers", "ok", words)


def _hands_over(rule: Mapping[str, Any], topic: str) -> bool:
    return any(action.get("SNSAction", {}).get("TopicArn") == topic for action in rule.get("Actions", ()))


def _takes(rule: Mapping[str, Any], address: str) -> bool:
    """Whether a rule is for this address: one without recipients is for every domain that is verified."""
    domain = address.rpartition("@")[2].lower()
    for one in rule.get("Recipients", ()):
        wanted = one.lower()
        if wanted in (address.lower(), domain) or (wanted.startswith(".") and domain.endswith(wanted)):
            return True
    return not rule.get("Recipients")
