"""``tocsin doctor``: what only the real account can show. Each check says what is wrong and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.paging import webpush
from tocsin_cli import mailing, stored, verifying
from tocsin_cli.feeds import ailing
from tocsin_cli.findings import Finding
from tocsin_cli.running import functions
from tocsin_cli.stack import Stack, open_store


def examine(stack: Stack) -> list[Finding]:
    """Every check, in the order of how much depends on it. A check that cannot be made is itself a finding."""
    found: list[Finding] = []
    for check in (
        configuration,
        subscriptions,
        dead_letters,
        clock,
        functions,
        feeds,
        verifying.contacts,
        texts,
        spending,
        mailing.mail,
        mailing.bounces,
        mailing.mail_answers,
        calls,
        whatsapp,
        push,
        alarms,
    ):
        try:
            found.extend(check(stack))
        except Exception as error:  # the next check still has something to say
            found.append(Finding(check.__name__.replace("_", " "), "warn", f"could not be checked: {error}"))
    return found


def configuration(stack: Stack) -> Iterator[Finding]:
    """Is there a configuration at all?"""
    id = open_store(stack).current_revision()
    if id is None:
        yield Finding("configuration", "fail", "none was ever applied", "tocsin apply tocsin.yaml")
    else:
        yield Finding("configuration", "ok", f"revision {id}")


def subscriptions(stack: Stack) -> Iterator[Finding]:
    """Do the watchdog's mails reach anybody?"""
    topic = stack.output("WatchdogTopicArn")
    rows = stack.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    pending = [row for row in rows if not row["SubscriptionArn"].startswith("arn:")]
    for row in pending:
        yield Finding(
            "watchdog",
            "fail",
            f"{row['Protocol']} {row['Endpoint']} has not confirmed its subscription",
            "open the mail from AWS Notifications and confirm it",
        )
    if not rows:
        yield Finding(
            "watchdog",
            "fail",
            "nobody hears when Tocsin itself fails",
            "deploy with WatchdogEmail, WatchdogPhone, or both",
        )
    elif not pending:
        yield Finding("watchdog", "ok", f"{len(rows)} confirmed")


def dead_letters(stack: Stack) -> Iterator[Finding]:
    """Is anything in a dead-letter queue?"""
    queues = {name: url for name, url in stack.outputs.items() if name.endswith("DlqUrl")}
    sqs = stack.client("sqs")
    empty = True
    for name, url in sorted(queues.items()):
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        number = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        if number:
            empty = False
            yield Finding(
                "dead letters",
                "fail",
                f"{number} in {name.removesuffix('Url')}",
                "read them, mend the cause, then start a redrive of the queue",
            )
    if empty:
        yield Finding("dead letters", "ok", f"{len(queues)} queues are empty")


def clock(stack: Stack) -> Iterator[Finding]:
    """Is an incident overdue? Then the auditor's tick does not run."""
    from datetime import UTC, datetime, timedelta

    late = open_store(stack).overdue(datetime.now(UTC) - timedelta(minutes=3), 10)
    if late:
        numbers = ", ".join(f"#{number}" for number in late)
        yield Finding(
            "clock", "fail", f"overdue for more than 3 minutes: {numbers}", "look at the clock function's log"
        )
    else:
        yield Finding("clock", "ok", "no incident is overdue")


def feeds(stack: Stack) -> Iterator[Finding]:
    """Can the calendars be read that the configuration names?"""
    number, found = ailing(open_store(stack))
    for title, words in found:
        yield Finding("feeds", "warn", f"{title} {words}", "mend the calendar, or its address in the file")
    if number and not found:
        yield Finding("feeds", "ok", f"{number} are read")


def texts(stack: Stack) -> Iterator[Finding]:
    """Texts: is the channel on, and is the account out of the sandbox?"""
    by_sns = not stack.has("SmsIdentity") and stack.has("SnsSms")
    if by_sns:
        yield from _texts_by_sns(stack)
    if not stack.has("SmsIdentity") and not stack.has("VoiceIdentity"):
        if not by_sns:
            yield Finding("texts", "off", "no text is sent", "deploy with SmsIdentity (or SnsSms=on)")
        return
    rows = stack.client("pinpoint-sms-voice-v2").describe_account_attributes()["AccountAttributes"]
    tier = next((row["Value"] for row in rows if row["Name"] == "ACCOUNT_TIER"), "unknown")
    if tier.upper() == "SANDBOX":
        yield Finding(
            "texts",
            "fail",
            "the account is in the sandbox: only verified numbers are reached, for one dollar a month",
            "ask for production access in AWS End User Messaging",
        )
    else:
        yield Finding("texts", "ok", f"account tier {tier.lower()}")


def _texts_by_sns(stack: Stack) -> Iterator[Finding]:
    if stack.client("sns").get_sms_sandbox_account_status()["IsInSandbox"]:
        yield Finding(
            "texts",
            "fail",
            "SNS is in its text sandbox: only verified numbers are reached",
            "ask for production access under text messaging in Amazon SNS",
        )
    else:
        yield Finding(
            "texts",
            "warn",
            "by SNS: nobody can answer, and no receipt tells what never arrived",
            "deploy with SmsIdentity, a number of AWS End User Messaging",
        )


def spending(stack: Stack) -> Iterator[Finding]:
    """The monthly spend limits of texts and calls: a limit that is reached silences every page."""
    if not stack.has("SmsIdentity") and stack.has("SnsSms"):
        # Nobody changed it yet when it is not told: it is one dollar then.
        known = stack.client("sns").get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"]
        yield _limit("sns texts", float(known.get("MonthlySpendLimit", 1)), "")
    if not stack.has("SmsIdentity") and not stack.has("VoiceIdentity"):
        return
    for row in stack.client("pinpoint-sms-voice-v2").describe_spend_limits()["SpendLimits"]:
        if "TEXT" not in row["Name"] and "VOICE" not in row["Name"]:
            continue
        yield _limit(row["Name"].lower(), row["EnforcedLimit"], f" of at most {row['MaxLimit']}")


def _limit(what: str, dollars: float, most: str) -> Finding:
    """One dollar, as every account begins, is spent in one night."""
    words = f"{what}: {dollars:g}{most} dollars a month"
    if dollars > 1:
        return Finding("spending", "ok", words)
    return Finding("spending", "warn", words, "raise it in Service Quotas")


def calls(stack: Stack) -> Iterator[Finding]:
    """Calls: by Connect (with keys), by End User Messaging (without), or off."""
    if stack.has("ConnectInstanceId"):
        yield Finding("calls", "ok", "by Amazon Connect: people can press 4, 6 and 9")
    elif stack.has("VoiceIdentity"):
        yield Finding(
            "calls",
            "warn",
            "by End User Messaging: no keys, and 5 calls a day to one number",
            "set up Amazon Connect",
        )
    else:
        yield Finding("calls", "off", "nobody is called", "deploy with ConnectInstanceArn and ConnectNumber")


def whatsapp(stack: Stack) -> Iterator[Finding]:
    """WhatsApp: is its number's account known, and do its events come to the stack?"""
    if not stack.has("WhatsAppPhoneNumberId"):
        return
    number, topic = stack.output("WhatsAppPhoneNumberId"), stack.output("WhatsAppTopicArn")
    social = stack.client("socialmessaging")
    pages = social.get_paginator("list_linked_whatsapp_business_accounts").paginate()
    for account in (one for page in pages for one in page["linkedAccounts"]):
        found = social.get_linked_whatsapp_business_account(id=account["id"])["account"]
        if number not in [one["phoneNumberId"] for one in found["phoneNumbers"]]:
            continue
        if topic in [one["eventDestinationArn"] for one in found["eventDestinations"]]:
            yield Finding("whatsapp", "ok", f"by {account['wabaName']}: answers and receipts come back")
        else:
            words = f"the events of {account['wabaName']} do not come here: nobody can answer"
            yield Finding("whatsapp", "fail", words, f"set its event destination to the topic {topic}")
        return
    yield Finding(
        "whatsapp", "fail", f"no linked account has the number {number}", "deploy with one of this Region"
    )


def push(stack: Stack) -> Iterator[Finding]:
    """Push: is there a key, an address that browsers take it from, and who has switched it on?"""
    store = open_store(stack)
    if store.current_revision() is None:
        return
    _, config, changes = store.in_force()
    users = config.book.users
    for user in sorted(changes.push - users.keys()):
        words = f"the browsers of {user} are kept, who is not in the file"
        yield Finding("push", "warn", words, f"tocsin contact push {user} --off")
    asked = [
        user.id for user in users.values() if any(rule.via == "push" for rule in (*user.high, *user.low))
    ]
    if not asked:
        return
    key = stored.read(stack).get("vapid_private_key")
    try:
        webpush.number_of(key or "")
    except ValueError as error:
        words = str(error) if key else f"nobody can switch it on, and the rules of {len(asked)} have it"
        mend = "tocsin secret remove vapid_private_key, then " if key else ""
        make = f"{mend}tocsin secret make vapid_private_key"
        yield Finding("push", "fail" if key else "off", words, make)
        return
    root = stack.output("PublicUrl")
    if not root.startswith("https://"):
        words = f"browsers take it from https alone, and {root} is none"
        yield Finding("push", "warn", words, "give PublicUrl an address of https, and deploy")
    on = sorted(changes.push & users.keys())
    without = [user for user in asked if user not in changes.push]
    words = f"on for {', '.join(on) or 'nobody'}"
    if without:
        words += f"; not for {', '.join(without)}, whose rules have it"
    yield Finding("push", "ok", words)


def alarms(stack: Stack) -> Iterator[Finding]:
    """The watchdog's own alarms: do they exist, and is one ringing?"""
    rows = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack.name}-")["MetricAlarms"]
    ringing = [row["AlarmName"] for row in rows if row["StateValue"] == "ALARM"]
    for name in ringing:
        yield Finding("alarms", "fail", f"{name} is ringing", "look at its metric")
    if not rows:
        yield Finding("alarms", "fail", "the watchdog's alarms are missing", "deploy the template again")
    elif not ringing:
        yield Finding("alarms", "ok", f"{len(rows)} are quiet")
