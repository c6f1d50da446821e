"""Runs `source-declarative-manifest` with the arguments given. Afterwards writes what it used, as usage-probe.ts does,
to the file that BENCH_USAGE_FILE names."""

import json
import os
import re
import resource
import sys

from airbyte_cdk.cli.source_declarative_manifest import run


def peak_bytes() -> int:
    """Linux counts in what the parent had when it forked (ru_maxrss, getrusage(2)): the own high-water mark doesn't."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return int(re.search(r"^VmHWM:\s+(\d+) kB$", status.read(), re.MULTILINE)[1]) * 1024
    except (OSError, TypeError):  # Not Linux.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    try:
        run()
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


exit_code = main()
sys.stdout.flush()
used = resource.getrusage(resource.RUSAGE_SELF)
usage = {"exitCode": exit_code, "cpuSeconds": used.ru_utime + used.ru_stime, "peakBytes": peak_bytes()}
with open(os.environ["BENCH_USAGE_FILE"], "w", encoding="ascii") as file:
    json.dump(usage, file)
sys.exit(exit_code)
