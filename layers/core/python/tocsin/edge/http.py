"""Requests to the vendors whose addresses this installation names: the client of the channels that speak HTTP.

For addresses that other people wrote down there is ``tocsin.edge.outside``: this one goes wherever it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError, SSLError

from tocsin.paging.channels.http import MOST_BYTES, TIMEOUT, HttpAnswer, HttpFailed

_CONNECT = 3.0
_NEVER_THERE = (NewConnectionError, ConnectTimeoutError, SSLError)


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(
        retries=False, timeout=urllib3.Timeout(total=TIMEOUT, connect=_CONNECT), maxsize=2
    )


class HttpClient:
    """``tocsin.paging.channels.http.Http``."""

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        try:
            answer = _pool().request(
                method,
                url,
                body=body,
                headers={**(headers or {}), "user-agent": "tocsin"},
                preload_content=False,
            )
            try:
                data = answer.read(MOST_BYTES, decode_content=True)
            finally:
                answer.release_conn()
        except HTTPError as error:
            reason = error.reason if isinstance(error, MaxRetryError) else error
            never = isinstance(reason, _NEVER_THERE)
            # The address may hold a token, and urllib3's words the address.
            raise HttpFailed(
                "no_connection" if never else "timeout", type(reason).__name__, not never
            ) from None
        return HttpAnswer(
            answer.status, data, {name.lower(): value for name, value in answer.headers.items()}
        )
