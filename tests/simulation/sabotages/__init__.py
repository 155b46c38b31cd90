"""The sabotages, by the promise that they break."""

from __future__ import annotations

from tests.simulation.sabotages import (
    alerts,
    answers,
    branches,
    browsers,
    clocks,
    commands,
    commits,
    ends,
    logs,
    mails,
    mutes,
    notices,
    pages,
    plans,
    reminders,
    rota,
    turns,
    webhooks,
    whatsapp,
)

ALL = (
    *alerts.SABOTAGES,
    *commits.SABOTAGES,
    *clocks.SABOTAGES,
    *pages.SABOTAGES,
    *plans.SABOTAGES,
    *answers.SABOTAGES,
    *logs.SABOTAGES,
    *rota.SABOTAGES,
    *notices.SABOTAGES,
    *reminders.SABOTAGES,
    *turns.SABOTAGES,
    *branches.SABOTAGES,
    *commands.SABOTAGES,
    *ends.SABOTAGES,
    *mutes.SABOTAGES,
    *whatsapp.SABOTAGES,
    *mails.SABOTAGES,
    *webhooks.SABOTAGES,
    *browsers.SABOTAGES,
)
