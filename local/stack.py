"""The whole stack on one machine, as a library: what `make run` starts and what the stack tests drive.

    with Stack(aws_port=free_port(), handset_port=free_port(), home=tmp_path) as stack:
        stack.deploy(build(tmp_path))
        stack.start_handset(Path("local/demo.yaml"))

Several can run side by side when their ports and homes differ. Each start is a fresh account.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config

from local import ministack, sam
from local.child import ROOT, Child, StackFailed
from local.handset.chats import slack, teams, telegram
from local.ministack import ACCOUNT, REGION
from tocsin.paging import webpush

__all__ = ["PACKAGES", "PortBusy", "Stack", "StackFailed", "build", "free_port"]

#: PYTHONPATH of a process that imports this repository's packages from their folders.
PACKAGES = os.pathsep.join(str(ROOT / folder) for folder in ("layers/core/python", "cli"))


class PortBusy(StackFailed):
    """Somebody else has the port."""


def free_port() -> int:
    """A port of loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, what: str, how: str) -> None:
    """Raises PortBusy, saying ``what`` wants the port and ``how`` to name another one."""
    with socket.socket() as probe:
        # As the server will: what only lingers in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortBusy(
                f"port {port} is in use, and {what} wants it: stop what listens there, "
                f"or name another port ({how})"
            ) from error


def build(home: Path) -> Path:
    """Builds the template's functions and layer for this interpreter, and gives the built template.

    Builds in the same ``home`` share a cache; one for AWS is kept elsewhere (`.aws-sam`). Raises StackFailed.
    """
    home.mkdir(parents=True, exist_ok=True)
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    return sam.build(home / f"sam-{version}", ministack.environment(0), home / "sam-build.log")


class Stack:
    """One emulated account with the template deployed to it, and a handset in front.

    Args:
        aws_port: where the account answers.
        handset_port: where the handset, the carriers and the API's clean root answer.
        home: a folder for logs and state of this stack alone.
        name: the CloudFormation stack's name.
        parameters: template parameters, over those of ``defaults``; an empty value leaves a default out.
        auth: enforce the functions' roles.
        concurrency: how many functions may run at once in all.
    """

    def __init__(
        self,
        *,
        aws_port: int,
        handset_port: int,
        home: Path,
        name: str = "tocsin",
        parameters: Mapping[str, str] | None = None,
        auth: bool = True,
        concurrency: int = ministack.CONCURRENCY,
    ) -> None:
        self.aws_port = aws_port
        self.handset_port = handset_port
        self.home = home
        self.name = name
        self.parameters = {**self.defaults(), **(parameters or {})}
        self.outputs: dict[str, str] = {}
        self.session = _Session(self.endpoint)
        self._auth = auth
        self._concurrency = concurrency
        self._children: list[Child] = []

    @property
    def endpoint(self) -> str:
        """Where the emulated account answers."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def address(self) -> str:
        """Where people and senders reach the stack: the handset's address."""
        return f"http://127.0.0.1:{self.handset_port}"

    @property
    def api_base(self) -> str:
        """The HTTP API's root as the emulated account serves it."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs['ApiId']}/$default"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for a process that talks to this account as its root user."""
        return ministack.environment(self.aws_port)

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root user."""
        return self.session.client(service)

    def defaults(self) -> dict[str, str]:
        """Every channel on, all carriers being the handset."""
        own = f"{REGION}:{ACCOUNT}"
        return {
            "PublicUrl": self.address,
            "SmsIdentity": f"arn:aws:sms-voice:{own}:phone-number/phone-local",
            "SmsConfigurationSet": "tocsin-local",
            "SmsVoiceEndpoint": f"{self.address}/_carriers/sms-voice",
            "ConnectInstanceArn": f"arn:aws:connect:{own}:instance/7d1f7c50-0000-4000-8000-000000000000",
            "ConnectFlowId": "7d1f7c50-0000-4000-8000-000000000001",
            "ConnectNumber": "+12025550100",
            "ConnectEndpoint": f"{self.address}/_carriers/connect",
            "SlackEndpoint": f"{self.address}/slack/api",
            "TelegramEndpoint": f"{self.address}/telegram",
            "TeamsEndpoint": f"{self.address}/teams",
            "TeamsLoginEndpoint": f"{self.address}/teams/login",
            "TeamsKeysEndpoint": f"{self.address}/teams/openid",
            "PushEndpoint": f"{self.address}/_carriers/push",
            "MailFrom": "tocsin@example.com",
            "MailReplyTo": "ack@in.example.com",
            "WhatsAppPhoneNumberId": "phone-number-id-7d1f7c50000040008000000000000002",
            "WhatsAppTemplate": "tocsin_page",
            "WhatsAppEndpoint": f"{self.address}/_carriers/social-messaging",
            # Nobody who tries it out waits for a minute.
            "TextGap": "5",
            "WatchdogEmail": "watchdog@example.com",
        }

    def start(self) -> None:
        """Starts the emulated account. Raises PortBusy, StackFailed."""
        require_free(self.aws_port, "the emulated AWS account", "TOCSIN_AWS_PORT")
        require_free(self.handset_port, "the handset", "TOCSIN_PORT")
        self.home.mkdir(parents=True, exist_ok=True)
        self._children.append(
            ministack.start(self.aws_port, self.home, auth=self._auth, concurrency=self._concurrency)
        )

    def deploy(self, template: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Deploys a built template, with ``more`` secrets than the handset's; gives the outputs. Raises StackFailed."""
        self.client("s3").create_bucket(Bucket=sam.BUCKET)
        sam.deploy(template, self.name, self.parameters, self.environment, self.home / "sam-deploy.log")
        ministack.accommodate(self.session, self.name, self.parameters)
        found = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        self.outputs = {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}
        own = {
            "slack_token": slack.TOKEN,
            "slack_signing_secret": slack.SIGNING_SECRET,
            "telegram_token": telegram.TOKEN,
            "telegram_secret": telegram.SECRET,
            "telegram_bot": telegram.BOT,
            "teams_app_id": teams.APP,
            "teams_tenant": teams.TENANT,
            "teams_app_password": teams.PASSWORD,
            "vapid_private_key": webpush.private_key(secrets.randbelow(webpush.ORDER - 1) + 1),
        }
        self.client("ssm").put_parameter(
            Name=f"/{self.name}/secrets", Value=json.dumps({**own, **(more or {})}), Type="SecureString"
        )
        return self.outputs

    def warm(self) -> None:
        """Starts the functions that an alert meets first, so that it does not wait for them.

        Raises:
            StackFailed: one of them cannot even take an empty batch.
        """

        def invoke(name: str) -> None:
            answer = self.client("lambda").invoke(FunctionName=self.outputs[name], Payload=b'{"Records": []}')
            said = answer["Payload"].read().decode()
            if "FunctionError" in answer:
                raise StackFailed(f"the function {self.outputs[name]} cannot start:\n{said}")

        names = ("IngestFunctionName", "TriageFunctionName", "PageFunctionName", "ReplyFunctionName")
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(invoke, names))

    def start_handset(self, config: Path, demo_key: str = "", **options: Any) -> None:
        """Starts the handset for the people of a configuration. ``options`` go to ``create_app``, as JSON.

        Raises:
            StackFailed: it ended, or did not answer in time.
        """
        arguments = {
            "aws_endpoint": self.endpoint,
            "api_base": self.api_base,
            "config_path": str(config.resolve()),
            "inbound_topic_arn": self.outputs["InboundSmsTopicArn"],
            "receipts_topic_arn": self.outputs["ReceiptsTopicArn"],
            "inbound_mail_topic_arn": self.outputs["InboundMailTopicArn"],
            "whatsapp_topic_arn": self.outputs["WhatsAppTopicArn"],
            "mail_reply_to": self.outputs["MailReplyTo"].strip("-"),
            "reply_function": self.outputs["ReplyFunctionName"],
            "chats": {"slack": {}, "telegram": {}, "teams": {}},
            **options,
        }
        child = Child(
            "The handset",
            "local.serve",
            "local.serve:handset",
            str(self.handset_port),
            "--call",
            json.dumps(arguments),
            env={**self.environment, "TOCSIN_DEMO_KEY": demo_key, "PYTHONPATH": PACKAGES},
            log=self.home / "handset.log",
        )
        self._children.append(child)
        child.until(lambda: ministack.answers(self.handset_port, "/"), 20)

    def check(self) -> None:
        """Raises StackFailed when a part of the stack has ended by itself."""
        for child in self._children:
            if child.ended:
                raise child.failed("ended by itself")

    def pids(self) -> list[int]:
        """The process groups of the stack's parts, each named by its leader."""
        return [child.pid for child in self._children]

    def stop(self) -> None:
        """Ends everything. Safe to call more than once."""
        while self._children:
            self._children.pop().stop()
        ministack.forget(self.home)

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Session:
    """Makes clients of one emulated account, whatever the environment says of AWS."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = boto3.Session(
            aws_access_key_id=ministack.CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ministack.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    def client(self, service: str) -> Any:
        config = Config(proxies={}, connect_timeout=2, read_timeout=65, retries={"total_max_attempts": 2})
        return self._session.client(service, endpoint_url=self._endpoint, config=config)
