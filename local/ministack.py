"""The emulated AWS account, and what it needs beyond the template to behave as AWS would."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.child import Child

REGION = "us-east-1"
ACCOUNT = "000000000000"
#: The root user of the emulated account. The functions do not get it: each has the session of its own role.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_NOT_OURS = ("AWS_", "SAM_", "PYTHON")
#: No real account's settings, and no proxy on the way to loopback.
_ALONE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
#: Functions that may run at once in all: about what a new AWS account allows.
CONCURRENCY = 12
#: A file system in memory, where Linux has one, and what must be free on it.
_MEMORY, _ROOM = Path("/dev/shm"), 2 * 1024**3  # noqa: S108 - a folder of our own is made there
_OURS = "tocsin-"


def environment(port: int) -> dict[str, str]:
    """This process's environment for a client of the emulated account, without other AWS settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    return {
        **ours,
        **_ALONE,
        **CREDENTIALS,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }


def start(port: int, home: Path, *, auth: bool = True, concurrency: int = CONCURRENCY) -> Child:
    """Starts the emulator on loopback and waits until it answers.

    All it writes goes into ``home``. With ``auth`` it enforces the roles of the functions.

    Raises:
        StackFailed: it ended, or did not answer in time.
    """
    forget(home)
    scratch = _scratch(home)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    env = {
        # Functions inherit this environment, so nothing of ours may stand in it.
        "PATH": path,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        **_ALONE,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true" if auth else "false",
        "LAMBDA_ACCOUNT_CONCURRENCY": str(concurrency),
        # What a burst leaves behind is gone a minute later: memory.
        "LAMBDA_WARM_TTL_SECONDS": "60",
        # Listeners that would otherwise be open on every interface.
        "IOT_MTLS_ENABLED": "0",
        "IOT_MTLS_PORT": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{scratch}/no-docker",
        "STATE_DIR": str(scratch / "state"),
        "S3_DATA_DIR": str(scratch / "s3"),
    }
    child = Child(
        "MiniStack",
        "local.serve",
        "ministack.app:app",
        str(port),
        "--scratch",
        str(scratch),
        env=env,
        log=home / "ministack.log",
    )
    try:
        child.until(lambda: answers(port, "/_ministack/health"), 30)
    except BaseException:
        child.stop()
        raise
    return child


def answers(port: int, path: str) -> bool:
    """Does something on this port answer 200?"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def forget(home: Path) -> None:
    """Removes what the emulator wrote."""
    scratch = home / "ministack"
    if scratch.is_symlink():
        folder = scratch.readlink()
        if folder.parent == _MEMORY and folder.name.startswith(_OURS):
            shutil.rmtree(folder, ignore_errors=True)
        scratch.unlink(missing_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)


def _scratch(home: Path) -> Path:
    """A folder for what the emulator writes, to be found as ``ministack`` in ``home``; in memory where there is room.

    Each worker of a function gets a copy of the layer, thousands of files, and a disk may take a minute to forget
    them all.
    """
    scratch = home / "ministack"
    try:
        roomy = shutil.disk_usage(_MEMORY).free >= _ROOM and os.access(_MEMORY, os.W_OK)
    except OSError:
        roomy = False
    if not roomy:
        scratch.mkdir(parents=True)
        return scratch
    home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_OURS, dir=_MEMORY))
    scratch.symlink_to(folder)
    return folder


def accommodate(session: Any, stack_name: str, parameters: Mapping[str, str]) -> None:
    """Makes up for what MiniStack 1.5.33 does otherwise than AWS, after a deployment.

    - A number that reaches an event source mapping by a parameter stays text there, and stops the poller.
    - It knows ``sqs:SendMessageBatch`` as an action, where AWS asks for ``sqs:SendMessage``.
    - It asks for ``ses:SendEmail`` on every resource, and knows no ``ses:FromAddress``.
    - A mail's sender must be a verified identity, on AWS by hand.
    """
    functions = session.client("lambda")
    for page in functions.get_paginator("list_event_source_mappings").paginate():
        for mapping in page["EventSourceMappings"]:
            if limit := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"):
                functions.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(limit)}
                )
    iam = session.client("iam")
    for role in _roles(session, stack_name):
        added = [extra for statement in _statements(iam, role) for extra in _extra(statement)]
        if added:
            document = json.dumps({"Version": "2012-10-17", "Statement": added})
            iam.put_role_policy(RoleName=role, PolicyName="as-aws-would-read-it", PolicyDocument=document)
    if parameters.get("MailFrom"):
        session.client("ses").verify_email_identity(EmailAddress=parameters["MailFrom"])


def _roles(session: Any, stack_name: str) -> Iterator[str]:
    pages = session.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack_name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::IAM::Role":
                yield resource["PhysicalResourceId"]


def _statements(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield from iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = policy["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
        yield from found["Document"]["Statement"]


def _extra(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    if "sqs:SendMessage" in actions:
        yield {"Effect": "Allow", "Action": "sqs:SendMessageBatch", "Resource": statement["Resource"]}
    if "ses:SendEmail" in actions:
        yield {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
