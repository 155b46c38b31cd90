"""Deployed stacks as CloudFormation describes them, and what else of AWS the command asks and moto cannot answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

#: What is answered here: a service, or one operation of a service.
ANSWERED = (
    "cloudformation",
    "lambda",
    "pinpoint-sms-voice-v2",
    "ses",
    "sesv2",
    "socialmessaging",
    "sns.GetSMSSandboxAccountStatus",
)


@dataclass
class Account:
    """``stacks``: outputs by the stack's name. ``answers``: what other operations answer, by their names.

    An operation without an answer is one that the person may not use.
    """

    stacks: dict[str, dict[str, str]] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and the parsed answer of a request."""
        if operation == "DescribeStacks":
            return self._stack(asked["StackName"])
        if operation not in self.answers:
            return 403, {"Error": {"Code": "AccessDeniedException", "Message": f"not allowed: {operation}"}}
        return 200, self.answers[operation]

    def _stack(self, name: str) -> tuple[int, dict[str, Any]]:
        if name not in self.stacks:
            words = f"Stack with id {name} does not exist"
            return 400, {"Error": {"Code": "ValidationError", "Message": words}}
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.stacks[name].items()]
        created = datetime(2026, 1, 5, 9, tzinfo=UTC)
        stack = {
            "StackName": name,
            "StackStatus": "CREATE_COMPLETE",
            "CreationTime": created,
            "Outputs": outputs,
        }
        return 200, {"Stacks": [stack]}


def connect(account: Account, patch: pytest.MonkeyPatch) -> None:
    """Has every boto3 client that is made from now on ask ``account`` what moto cannot answer."""
    make: Callable[..., Any] = boto3.Session.client

    def client(self: boto3.Session, service: str, *more: Any, **options: Any) -> Any:
        made = make(self, service, *more, **options)
        for name in ANSWERED:
            if name.partition(".")[0] == service:
                made.meta.events.register(f"before-call.{name}", answer)
        return made

    def answer(model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        asked = params["body"] if isinstance(params["body"], dict) else {}
        status, parsed = account.answer(model.name, asked)
        return SimpleNamespace(status_code=status), {**parsed, "ResponseMetadata": {"HTTPStatusCode": status}}

    patch.setattr(boto3.Session, "client", client)
