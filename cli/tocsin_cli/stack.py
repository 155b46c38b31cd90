"""The deployed stack, as the command finds it: by name, through its outputs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

#: Clocks that differ by no more than this are taken for the same.
_SAME = timedelta(seconds=5)


class StackError(Exception):
    """The stack cannot be read: the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its outputs, and a session to ask AWS with."""

    name: str
    outputs: Mapping[str, str]
    session: Any
    endpoint_url: str | None
    #: How far this machine's clock is behind AWS's, where that is more than a few seconds.
    behind: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The time (aware UTC) by AWS's clock: what is written counts from when it is written."""
        return datetime.now(UTC) + self.behind

    def client(self, service: str) -> Any:
        """A client of the stack's account; a service's own endpoint in the environment goes first, as for botocore."""
        own = os.environ.get("AWS_ENDPOINT_URL_" + service.upper().replace("-", "_"))
        return self.session.client(service, endpoint_url=own or self.endpoint_url)

    def has(self, name: str) -> bool:
        """Whether an output says that something is set: a dash stands for what is off."""
        return bool(self.outputs.get(name, "").strip("-"))

    def output(self, name: str) -> str:
        """Raises StackError for an output that the stack does not have."""
        if name not in self.outputs:
            raise StackError(
                f"the stack {self.name!r} has no output {name}: is it a stack of this version of Tocsin?"
            )
        return self.outputs[name]


def open_stack(name: str, region: str | None, profile: str | None, endpoint_url: str | None) -> Stack:
    """Reads a stack's outputs. Raises StackError."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError as error:
        raise StackError(
            "this command talks to AWS and needs boto3 and pynamodb: pip install 'tocsin[aws]'"
        ) from error
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        if session.region_name is None:
            raise StackError("no AWS region: give --region, or set AWS_REGION")
        client = session.client("cloudformation", endpoint_url=endpoint_url)
        answer = client.describe_stacks(StackName=name)
        found = answer["Stacks"][0]
    except ClientError as error:
        words = error.response.get("Error", {}).get("Message", str(error))
        raise StackError(
            f"the stack {name!r} cannot be read: {words} (give --stack, --region, --profile)"
        ) from error
    except BotoCoreError as error:
        raise StackError(f"AWS cannot be asked: {error}") from error
    outputs = {row["OutputKey"]: row["OutputValue"] for row in found.get("Outputs", ())}
    return Stack(name, outputs, session, endpoint_url, _behind(answer))


def _behind(answer: Mapping[str, Any]) -> timedelta:
    """By the answer's ``Date``, which is of whole seconds and took its time: a few seconds are none."""
    text = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        behind = parsedate_to_datetime(text) - datetime.now(UTC) if text else timedelta(0)
    except (TypeError, ValueError):
        return timedelta(0)
    return behind if abs(behind) > _SAME else timedelta(0)


def open_store(stack: Stack) -> Any:
    """The stack's table, as the functions see it."""
    credentials = stack.session.get_credentials()
    if credentials is not None:
        frozen = credentials.get_frozen_credentials()
        os.environ["AWS_ACCESS_KEY_ID"] = frozen.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = frozen.secret_key
        os.environ.pop("AWS_SESSION_TOKEN", None)
        if frozen.token:
            os.environ["AWS_SESSION_TOKEN"] = frozen.token
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = stack.session.region_name
    if stack.endpoint_url:
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = stack.endpoint_url
    from tocsin.store.dynamo import DynamoStore

    return DynamoStore(stack.output("TableName"))
