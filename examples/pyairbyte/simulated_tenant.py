"""Starts a simulated tenant with 3,000 entries, and writes a config that reads it. Each line of input adds 10 entries.

Usage: python simulated_tenant.py CONFIG.json
"""

import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

TENANT = Path(__file__).resolve().parents[2] / "dist/simulated-tenant/simulated-tenant.js"


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    start = (datetime.now(timezone.utc) - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with tempfile.NamedTemporaryFile() as certificate:
        command = ["node", TENANT, "--entries", "3000", "--from", start, "--ca-file", certificate.name]
        # It ends when its input does.
        tenant = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        ready = json.loads(tenant.stdout.readline())
        config = {
            "tenant_domain": ready["domain"],
            "api_key": ready["apiKey"],
            "backfill_start_time": start,
            "ca_certificate": Path(certificate.name).read_text(),
        }
    Path(sys.argv[1]).write_text(json.dumps(config, indent=2) + "\n")
    print(ready["domain"], "runs. Enter adds 10 entries, Ctrl+D ends it.", flush=True)
    for _ in sys.stdin:
        tenant.stdin.write('{"command": "add", "count": 10}\n')
        tenant.stdin.flush()
        print("10 entries more:", tenant.stdout.readline(), end="", flush=True)


if __name__ == "__main__":
    main()
