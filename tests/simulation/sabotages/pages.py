"""Pages: claimed, sent once, recorded; refusals move on."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

_STALE = """    if incident.state is not State.TRIGGERED:
        return incident.state.value
    if page.cycle < incident.floor:
        return "another_cycle"
"""

_READ = "    incident = ports.store.incident(number)\n"

_CLAIM = """    won, record = ports.store.claim_page(number, page, now, now + LEASE)
    if not won:
        if record.state in FINAL:
            if record.state is PageState.REFUSED and page.kind != "post":
                _refused(ports, number, page, record.reason or "refused")
            return None
        return max(1.0, (record.lease_until - now).total_seconds())
    incident = ports.store.incident(number)
"""

_CLAIM_LATE = _READ + _CLAIM.removesuffix(_READ)

SABOTAGES = (
    Sabotage(
        "a claim has no lease",
        "store/memory.py",
        "        if not expired and stored.state is not PageState.WAITING:\n",
        "        if stored.state not in (PageState.SENDING, PageState.WAITING):\n",
    ),
    Sabotage(
        "a lease never runs out",
        "store/memory.py",
        "        expired = stored.state is PageState.SENDING and stored.lease_until <= now\n",
        "        expired = False\n",
    ),
    Sabotage(
        "a page that is final is sent again",
        "store/memory.py",
        "        if not expired and stored.state is not PageState.WAITING:\n",
        "        if stored.state is PageState.SENDING and not expired:\n",
    ),
    Sabotage(
        "what may have been sent twice is not marked",
        "store/memory.py",
        "            maybe_twice=expired or stored.maybe_twice,\n",
        "            maybe_twice=stored.maybe_twice,\n",
    ),
    Sabotage(
        "a held lease makes a page done with",
        "engine/deliver.py",
        "        return max(1.0, (record.lease_until - now).total_seconds())\n",
        "        return None\n",
    ),
    Sabotage(
        "a page is sent whatever became of its incident",
        "engine/stale.py",
        _STALE,
        "",
    ),
    Sabotage("a page looks at the incident before its claim", "engine/deliver.py", _CLAIM, _CLAIM_LATE),
    Sabotage(
        "a page ignores the cycle",
        "engine/stale.py",
        '    if page.cycle < incident.floor:\n        return "another_cycle"\n',
        "",
    ),
    Sabotage(
        "a page that failed is not given back",
        "functions/page/app.py",
        "            failed.append(record)\n            continue\n",
        "            continue\n",
    ),
    Sabotage(
        "a page that must wait is done with",
        "functions/page/app.py",
        "        if again is not None:\n",
        "        if again is not None and again < 0:\n",
    ),
    Sabotage(
        "an outcome is lost to the first transaction in its way",
        "engine/deliver.py",
        "            if stored is None or stored.tries != finished.tries or stored.state is not PageState.SENDING:\n",
        "            if stored is None or stored.tries >= 0:\n",
    ),
    Sabotage(
        "a refusal that a crash cut short is forgotten",
        "engine/deliver.py",
        '            if record.state is PageState.REFUSED and page.kind != "post":\n'
        '                _refused(ports, number, page, record.reason or "refused")\n'
        "            return None\n",
        "            return None\n",
    ),
    Sabotage(
        "whatever was sent counts as refused",
        "engine/deliver.py",
        "    if outcome.state is PageState.REFUSED and page.kind",
        "    if outcome.state in FINAL and page.kind",
    ),
    Sabotage(
        "a step that reached nobody is not passed",
        "escalation/replans.py",
        "        and not reaching(plan)\n    ):",
        "        and reaching(plan)\n    ):",
    ),
    Sabotage(
        "what nobody verified is paged",
        "engine/deliver.py",
        "    if phone is not None and user.id not in phone.verified:\n",
        "    if phone is not None and phone.verified and user.id not in phone.verified:\n",
    ),
    Sabotage(
        "whoever is verified is passed over, too",
        "engine/deliver.py",
        "    if phone is not None and user.id not in phone.verified:\n",
        "    if phone is not None and user.name not in phone.verified:\n",
    ),
    Sabotage(
        "a call that was held back is not named",
        "engine/deliver.py",
        "    if outcome.note:\n",
        "    if outcome.note and not outcome.channel:\n",
    ),
    Sabotage(
        "support hours wake nobody",
        "incidents/plan.py",
        "        if self.raise_at is not None:\n            instants.append(self.raise_at)\n",
        "",
    ),
    Sabotage(
        "nobody is told which codes there are",
        "engine/opting.py",
        "        if incident is not None and incident.open:\n            found.append((number, code))\n",
        "        if incident is not None and not incident.open:\n            found.append((number, code))\n",
    ),
    Sabotage(
        "nobody is told that it is theirs",
        "engine/told.py",
        "    if answer is Answer.DONE or after is None:\n        return _confirmed",
        "    if after is None:\n        return _confirmed",
    ),
    Sabotage(
        "nobody is tried next after a refusal",
        "engine/deliver.py",
        "    if outcome.state is PageState.REFUSED and page.kind",
        "    if outcome.state is PageState.WAITING and page.kind",
    ),
    Sabotage(
        "a receipt that says never is only noted",
        "engine/receipts.py",
        "    if not receipt.hard:\n",
        "    if receipt.status:\n",
    ),
    Sabotage(
        "two calls may ring at once",
        "paging/throttle.py",
        "    if person and person.page_id != page_id and now < person.at + CALL_GAP:\n",
        "    if person and person.page_id != page_id and now < person.at:\n",
    ),
    Sabotage(
        "a page's id knows no round",
        "incidents/plan.py",
        'f"{number}-c{self.cycle}-r{self.round}-s{self.step}-',
        'f"{number}-c{self.cycle}-r1-s{self.step}-',
    ),
)
