"""What people answer, and what they are told."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "a text that failed is not given back",
        "edge/answers.py",
        "            failed.append(record)\n",
        "            pass\n",
    ),
    Sabotage(
        "a text that comes again means what it means today",
        "store/memory.py",
        "        return self._texts.setdefault(id, BoundText(incident, None, others))\n",
        "        return BoundText(incident, None, others)\n",
    ),
    Sabotage(
        "a text that has its answer acts when it comes again",
        "engine/reply.py",
        "    if bound.words is not None:\n",
        "    if bound.words == '':\n",
    ),
    Sabotage(
        "a code is given again as soon as it is free",
        "engine/texting.py",
        "    held = dict(phone.codes)\n",
        "    held = {code: other for code, other in phone.codes.items() if _is_open(ports, other)}\n",
    ),
    Sabotage(
        "a phone is written whatever others wrote",
        "store/memory.py",
        "        if (stored.version if stored is not None else 0) != phone.version:\n",
        "        if stored is None and phone.version:\n",
    ),
    Sabotage(
        "an answer is sent as often as it comes",
        "store/memory.py",
        "            if lease is None:\n                return NoticeClaim.DONE\n",
        "            if lease is None:\n                return NoticeClaim.WON\n",
    ),
    Sabotage(
        "no key does anything",
        "engine/keys.py",
        "    if press.incident is None or action is None:\n",
        "    if press.incident is not None or action is None:\n",
    ),
    Sabotage(
        "STOP stops nothing",
        "engine/texting.py",
        "        if phone.opted_out_at is not None:\n",
        "        if not phone.number:\n",
    ),
    Sabotage(
        "every link is over",
        "engine/links.py",
        "    if grant is None or incident is None or not incident.open:\n"
        "        return None\n    return _view(ports, incident, grant)",
        "    if grant is None or incident is None or incident.open:\n"
        "        return None\n    return _view(ports, incident, grant)",
    ),
    Sabotage(
        "a link acts when it is looked at",
        "web/links.py",
        "    return links.press(ports, token, action, seen) if action else links.look(ports, token)\n",
        "    return links.press(ports, token, action or Action.ACKNOWLEDGE, seen)\n",
    ),
    Sabotage(
        "a button counts as often as it is posted",
        "engine/links.py",
        '    page = f"v{seen}" if seen is not None else f"{incident.plan.cycle}-{incident.state.value}"\n',
        '    page = f"{incident.version}"\n',
    ),
    Sabotage(
        "everybody is told that it is theirs",
        "engine/told.py",
        "    if answer is Answer.DONE or after is None:\n        return _confirmed",
        "    if answer is not Answer.UNKNOWN or after is None:\n        return _confirmed",
    ),
    Sabotage(
        "the stream's function leaves the last line of a batch out",
        "functions/react/app.py",
        'new_entries(event["Records"])',
        'new_entries(event["Records"][:-1])',
    ),
)
