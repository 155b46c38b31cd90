"""A phone's turn: how often it is texted, and what one text carries of several pages."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a phone is texted as often as anybody likes",
        "paging/text_throttle.py",
        "    if kept and now < kept[-1].at + gap:\n",
        "    if not kept and now < kept[-1].at + gap:\n",
    ),
    Sabotage(
        "a text is counted by nobody",
        "paging/text_throttle.py",
        "    return trimmed(text.at, (*texts, text))\n",
        "    return trimmed(text.at, texts)\n",
    ),
    Sabotage(
        "a page counts as carried before anybody sent it",
        "engine/texting.py",
        "        if lead is not None and lead.state is PageState.SENT and not in_vain(lead):\n",
        "        if lead is not None:\n",
    ),
    Sabotage(
        "a text of several tells only of its own incident",
        "engine/texting.py",
        "        pages.append(id)\n        named[number] = about\n",
        "        pages.append(id)\n",
    ),
    Sabotage(
        "a page that waits for its minute waits for ever",
        "engine/outcomes.py",
        "    wait = max(held.until - now, timedelta(seconds=1))\n",
        "    wait = timedelta(days=1)\n",
    ),
    Sabotage(
        "what a text carried did arrive though the text did not",
        "engine/receipts.py",
        "    for id in (page, *carried):\n",
        "    for id in (page,):\n",
    ),
)
