"""Configurations to start from."""

from __future__ import annotations

from typing import Any

#: The file of the handbook, with everything it leaves to the reader filled in.
EXAMPLE = """\
version: 1
users:
  ana:  {name: Ana Souza, email: ana@example.com, timezone: America/Sao_Paulo,
         contacts: {mobile: "+5511955550100"},
         notify: {high: [{after: 0m, via: push}, {after: 0m, via: sms}, {after: 2m, via: voice}],
                  low:  [{after: 0m, via: email}]}}
  ben:  {name: Ben Okafor, email: ben@example.com, contacts: {mobile: +442071838750}}
  chi:  {name: Chi Tanaka, contacts: {mobile: +81312345678}}
  dee:  {contacts: {mobile: +12025550104, home: +12025550105, private: dee@example.net}}
teams:
  payments: [ana, ben]
schedules:
  payments-primary:
    timezone: Europe/London
    layers:
      - name: weekly
        users: [ana, ben, [chi, dee]]     # a nested list is on call together
        starts: 2026-01-05T09:00
        rotate: {every: 1, unit: week}    # hour | day | week | month
        active: [{days: [mon, tue, wed, thu, fri], from: "09:00", to: "17:00"}]   # absent: always
        advance: served                   # served (default) | calendar
        until: 2027-01-01T00:00           # absent: no end
    overrides: [{user: ben, from: 2026-12-24T09:00, to: 2026-12-26T09:00, for: ana}]
  payments-secondary:
    timezone: America/New_York
    layers:
      - {name: all, users: [dee], starts: 2026-01-05T09:00:30}
policies:
  payments:
    steps:
      - {page: [{schedule: payments-primary}], wait: 5m}
      - {page: [{user: chi}, {schedule: payments-secondary}], wait: 10m}
      - {page: [{team: payments}, {slack: "#incidents"}], wait: 15m}
    repeat: 2
    last_resort: [{user: dee}]
services:
  checkout: {policy: payments, ack_timeout: 30m, auto_resolve: 4h,
             support_hours: {timezone: Europe/London, active: [{days: [mon, fri], from: "22:00", to: "06:00"}]},
             runbook: "https://runbooks.example.com/checkout"}
integrations:
  checkout-prometheus: {service: checkout, source: alertmanager}
"""

#: A small file in which nothing is amiss: one person, always on call.
SMALL = """\
version: 1
users:
  ana: {name: Ana Souza, email: ana@example.com, contacts: {mobile: "+5511955550100"}}
schedules:
  primary: {timezone: Europe/London, layers: [{name: all, users: [ana], starts: 2026-01-05T09:00}]}
policies:
  shop: {steps: [{page: [{schedule: primary}], wait: 10m}], last_resort: [{user: ana}]}
services:
  checkout: {policy: shop}
integrations:
  prometheus: {service: checkout, source: alertmanager}
catch_all: checkout
"""


def small(**sections: Any) -> dict[str, Any]:
    """The small file as a document, with other sections in place of its own; None takes one out."""
    document: dict[str, Any] = {
        "version": "1",
        "users": {
            "ana": {"name": "Ana Souza", "email": "ana@example.com", "contacts": {"mobile": "+5511955550100"}}
        },
        "schedules": {
            "primary": {
                "timezone": "Europe/London",
                "layers": [{"name": "all", "users": ["ana"], "starts": "2026-01-05T09:00"}],
            }
        },
        "policies": {
            "shop": {
                "steps": [{"page": [{"schedule": "primary"}], "wait": "10m"}],
                "last_resort": [{"user": "ana"}],
            }
        },
        "services": {"checkout": {"policy": "shop"}},
        "integrations": {"prometheus": {"service": "checkout", "source": "alertmanager"}},
        "catch_all": "checkout",
    }
    document.update(sections)
    return {key: value for key, value in document.items() if value is not None}
