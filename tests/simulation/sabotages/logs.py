"""What stands in the log."""

from __future__ import annotations

from tests.simulation.sabotage import Sabotage

SABOTAGES = (
    Sabotage(
        "numbers stand in the log as they are",
        "edge/log.py",
        '    return _NUMBER.sub("+…", json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False))\n',
        '    return json.dumps(entry, default=str, separators=(",", ":"), ensure_ascii=False)\n',
    ),
    Sabotage(
        "the door logs its path",
        "functions/ingest/app.py",
        '{"status": response.status, "answer": response.body}\n',
        '{"status": response.status, "path": event["rawPath"]}\n',
    ),
)
