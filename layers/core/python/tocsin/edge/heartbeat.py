"""The heartbeat: a sign of life for somebody else's dead-man switch."""

from __future__ import annotations

from http.client import HTTPException
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

from tocsin.edge.log import EmfMetrics, logger

#: Seconds. The tick has other work, and the next one is a minute away.
TIMEOUT = 5


class _Straight(HTTPErrorProcessor):
    """Takes every answer as it comes: no redirect is followed."""

    def http_response(self, request, response):  # type: ignore[no-untyped-def]
        return response

    https_response = http_response


def ping(url: str) -> bool:
    """GETs ``url`` (https only), and says whether it was taken. Never raises: a miss is logged and counted."""
    try:
        if urlsplit(url).scheme != "https":
            logger().error("the heartbeat's URL must begin with https://")
        else:
            request = Request(url, headers={"User-Agent": "tocsin"})  # noqa: S310 - https, as checked above
            with build_opener(_Straight).open(request, timeout=TIMEOUT) as answer:
                if 200 <= answer.status < 300:
                    return True
                logger().warning("the heartbeat was not taken", extra={"status": answer.status})
    except OSError:
        logger().warning("the heartbeat could not be sent", exc_info=True)
    except (HTTPException, ValueError) as error:
        # Its words may repeat the URL, and whoever knows that can speak for us.
        logger().warning("the heartbeat could not be sent", extra={"error": type(error).__name__})
    EmfMetrics().count("HeartbeatMissed")
    return False
