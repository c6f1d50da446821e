"""The simulated Tines tenant as a process of its own. It ends when its stdin does, so it never outlives the tests."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
API_KEY = "simulated-tenant-key-4Zr8"


class Tenant:
    """A tenant that runs. `stop` must be called in the end."""

    def __init__(self, folder: Path, *options: str, entries: int) -> None:
        """Starts it, with entries of the last 30 days that end an hour ago. `folder` gets its certificate."""
        self.ca_file = folder / "tenant-ca.pem"
        now = datetime.now(UTC)
        self.start = _iso(now - timedelta(days=30))
        self._process = subprocess.Popen(
            [
                *("node", ROOT / "dist/simulated-tenant/simulated-tenant.js", "--ca-file", self.ca_file),
                *("--api-key", API_KEY, "--entries", str(entries)),
                *("--from", self.start, "--to", _iso(now - timedelta(hours=1)), *options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.domain: str = self._answer()["domain"]

    @property
    def config(self) -> dict[str, Any]:
        """A configuration that reads all of it. Its certificate comes from outside."""
        return {"tenant_domain": self.domain, "api_key": API_KEY, "backfill_start_time": self.start}

    def command(self, name: str, **arguments: Any) -> dict[str, Any]:
        """Has it do one of the commands of simulated-tenant/tenant-commands.ts."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"command": name, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "error" not in answer, answer
        return answer

    def add(self, count: int) -> list[str]:
        """New entries, dated now. Returns their ids."""
        return [str(entry) for entry in self.command("add", count=count)["added"]]

    def add_late(self, count: int, minutes: float) -> list[str]:
        """New entries that are dated some minutes back. Returns their ids."""
        return [str(entry) for entry in self.command("add_late", count=count, minutes=minutes)["added"]]

    def add_text(self, text: str) -> str:
        """A new entry of that very JSON text, which has an id and a `created_at`. Returns its id."""
        return str(self.command("add_text", text=text)["added"][0])

    def entries(self) -> list[dict[str, Any]]:
        """All that it has now, as its API returns it, newest first: what the connector has to bring."""
        context = ssl.create_default_context(cafile=self.ca_file)
        entries: list[dict[str, Any]] = []
        while True:
            page = len(entries) // 500 + 1
            url = f"https://{self.domain}/api/v1/audit_logs?per_page=500&page={page}"
            request = urllib.request.Request(url, headers={"Authorization": f"Bearer {API_KEY}"})
            with urllib.request.urlopen(request, context=context, timeout=60) as response:
                rows = json.load(response)["audit_logs"]
            entries += rows
            if len(rows) < 500:
                return entries

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the simulated tenant ended unexpectedly")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
