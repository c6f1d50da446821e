// Loaded before a measured program (`node --require`): when it exits, writes what it used to the file that
// BENCH_USAGE_FILE names, as a `Usage`.
import { readFileSync, writeFileSync } from 'node:fs';

/** What a process has used until its end. */
export interface Usage {
  readonly exitCode: number;
  /** User and system time of all threads, in s. */
  readonly cpuSeconds: number;
  /** The most memory that was resident at once, in bytes. */
  readonly peakBytes: number;
}

const file = process.env['BENCH_USAGE_FILE'];

if (file !== undefined) {
  process.on('exit', (exitCode) => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { exitCode, cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes() };
    writeFileSync(file, JSON.stringify(usage));
  });
}

/** Linux counts in what the parent had when it forked (ru_maxrss, getrusage(2)): its own high-water mark doesn't. */
function peakBytes(): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
