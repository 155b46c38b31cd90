"""A process that can reach no AWS account, and knows no settings of the person who runs it."""

from __future__ import annotations

import os
from collections.abc import Collection


def away_from_aws(but: Collection[str] = ()) -> None:
    """To be called before the functions, or boto3, are imported: they look at the environment then.

    ``but`` are variables that stay as they are.
    """
    for name in list(os.environ):
        if name.startswith(("AWS_", "TOCSIN_", "POWERTOOLS_")) and name not in but:
            del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    )
