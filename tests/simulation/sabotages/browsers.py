"""Push: who has it, where it goes, and what becomes of browsers that are gone."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "whoever has push is paged as if they had none",
        "engine/commits.py",
        "    if changes.rows or changes.push:\n",
        "    if changes.rows:\n",
    ),
    Sabotage(
        "a page is pushed to one browser alone",
        "engine/browsers.py",
        "    rows = ports.store.browsers(message.to).rows\n",
        "    rows = ports.store.browsers(message.to).rows[:1]\n",
    ),
    Sabotage(
        "a browser that did not answer makes a page of another one wait",
        "engine/browsers.py",
        "    if sent := next((one for one in found if isinstance(one, Sent)), None):\n",
        "    if found and (sent := found[0]) and isinstance(sent, Sent):\n",
    ),
    Sabotage(
        "one browser that is gone is a refusal of them all",
        "engine/browsers.py",
        "    if sent := next((one for one in found if isinstance(one, Sent)), None):\n        return sent\n",
        "    if gone := next((one for one in found if isinstance(one, NotSent)), None):\n        return gone\n"
        "    if sent := next((one for one in found if isinstance(one, Sent)), None):\n        return sent\n",
    ),
    Sabotage(
        "what a browser may have taken goes again without a word",
        "engine/browsers.py",
        "        return replace(later[0], maybe_sent=any(one.maybe_sent for one in later))\n",
        "        return replace(later[0], maybe_sent=False)\n",
    ),
    Sabotage(
        "a browser that is gone is kept",
        "engine/browsers.py",
        "    switch_off(ports, user, frozenset(row.id for row in rows))\n",
        "    return\n",
    ),
    Sabotage(
        "nobody hears that a browser is gone",
        "engine/browsers.py",
        '    _tell(ports, user, rows, "gone", contact_texts.push_gone_text)\n',
        "",
    ),
    Sabotage(
        "whoever has a link adds a browser of which nobody hears",
        "engine/browsers.py",
        '            _tell(ports, user, [one], "on", contact_texts.push_on_text)\n',
        "            pass\n",
    ),
    Sabotage(
        "that somebody has push stays when the last browser is gone",
        "oncall/changes.py",
        "    push = changes.push | {user} if on else changes.push - {user}\n",
        "    push = changes.push | {user}\n",
    ),
    Sabotage(
        "a change from day to day takes push away",
        "oncall/changes.py",
        "    return replace(changes, rows=tuple(rows), version=changes.version + 1)\n",
        "    return Changes(tuple(rows), changes.version + 1, changes.settled)\n",
    ),
)
