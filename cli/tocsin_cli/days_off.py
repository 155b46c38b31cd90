"""Public holidays, as the `holidays` library knows them: only for a file that asks for some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tocsin.config.away import countries
from tocsin.config.problems import ConfigError, Problem, Where

#: So many years before and after those that are asked about: an apply must last until the next one.
_BEFORE, _AFTER = 1, 3


def public_holidays(
    document: Mapping[str, Any], where: Where | None, moments: Iterable[datetime]
) -> dict[str, tuple[date, ...]]:
    """The days off in the years around ``moments``, by the code that the document has (``BR``, ``BR-SP``).

    A code that is none is left to the schema. Raises ConfigError for a country or a part that is not known.
    """
    wanted = countries(document)
    if not wanted:
        return {}
    from holidays import country_holidays  # takes a tenth of a second

    asked = [at.year for at in moments]
    years = range(max(1, min(asked) - _BEFORE), max(asked) + _AFTER + 1)
    found: dict[str, tuple[date, ...]] = {}
    problems: list[Problem] = []
    for code, path in wanted.items():
        country, _, part = code.partition("-")
        if not (country.isalpha() and len(country) == 2):
            continue
        try:
            found[code] = tuple(sorted(country_holidays(country, subdiv=part or None, years=years)))
        except NotImplementedError as error:
            problems.append(Problem(path, f"the public holidays of {code} are not known: {error}"))
    if problems:
        raise ConfigError(problems, where, document)
    return found
