"""Teams' own addresses that follow incidents: they take what is posted, are down, slow, or gone for good."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tests.simulation.dice import Dice
from tests.simulation.effects import Effects
from tests.simulation.kernel import Process, us
from tests.simulation.teams import WEBHOOKS
from tests.simulation.weather import Weather
from tests.simulation.witness import Posted, Witness
from tocsin.paging.channels.http import TIMEOUT, HttpAnswer, HttpFailed

#: All addresses share it.
SECRET = "whsec_c2ltdWxhdGlvbnMgaGF2ZSBzZWNyZXRz"
#: Minutes after the beginning from which a receiver is down, or gone, at the latest.
_LATEST = 40

_CALL = ("crash", "slow")


class Receivers:
    """What stands behind the addresses of a history."""

    def __init__(self, dice: Dice, weather: Weather, witness: Witness) -> None:
        self._dice, self._weather, self._witness = dice, weather, witness
        self._down: dict[str, tuple[int, int]] = {}
        self._gone: dict[str, int] = {}
        self._slow = frozenset(url for url in WEBHOOKS if dice.happens(f"slow: {url}", 0.15))
        for url in WEBHOOKS:
            at = us(60 * dice.between(f"{url}/from", 0, _LATEST))
            if dice.happens(f"down: {url}", 0.2):
                self._down[url] = at, at + us(60 * dice.pick(f"{url}/minutes", (0.5, 3, 10)))
            elif dice.happens(f"gone: {url}", 0.1):
                self._gone[url] = at

    def request(
        self, process: Process, effects: Effects, url: str, body: bytes, headers: Mapping[str, str]
    ) -> HttpAnswer:
        """Raises HttpFailed."""
        now, where = process.kernel.now, f"{process.name} webhook"
        opens, ends = self._down.get(url, (0, 0))
        if opens <= now < ends and not self._weather.over:
            raise HttpFailed("no_connection", "nobody listens", False)
        if url in self._slow and not self._weather.over:
            takes = self._dice.between(f"{where} at {process.effects}/takes", 0, 1.3 * TIMEOUT)
            process.rest(us(min(takes, TIMEOUT)))
            if takes > TIMEOUT:
                raise HttpFailed("timeout", "no answer", True)
        status = self._status(process, url, where)
        doubt = not process.spared and self._weather.strikes("doubt", where, now)

        def take() -> HttpAnswer:
            incident = json.loads(body)["data"]["incident"]
            self._witness.posted.append(
                Posted(
                    process.kernel.now,
                    process.name,
                    process.began,
                    url,
                    status,
                    dict(headers),
                    body,
                    incident["number"],
                    incident["version"],
                    incident["state"],
                )
            )
            self._witness.say(
                "webhook", f"{incident['number']} v{incident['version']} at {url[:30]}: {status}"
            )
            return HttpAnswer(status, b"", {"retry-after": "2"} if status == 429 else {})

        answer = effects(process, "post to a webhook", take, _CALL)
        if doubt:
            raise HttpFailed("timeout", "the answer was lost", True)
        return answer

    def _status(self, process: Process, url: str, where: str) -> int:
        now = process.kernel.now
        if self._gone.get(url, now + 1) <= now:
            return 410
        if process.spared:
            return 204
        if self._weather.strikes("refused", where, now):
            return self._dice.pick(f"{where}/refuses", (400, 302, 410))
        if self._weather.strikes("busy", where, now):
            return self._dice.pick(f"{where}/busy", (429, 503, 500))
        return 204
