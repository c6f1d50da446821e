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
  /** What was resident at the end, where that is known. */
  readonly atEnd?: ResidentMemory;
}

/** What a process' memory consists of, in bytes. */
export interface ResidentMemory {
  readonly all: number;
  /** Pages of files: the program of Node and its libraries. */
  readonly files: number;
  /** V8's heap, garbage included. */
  readonly heap: number;
  /** Buffers: bodies that are buffered or will be used again, indexes, output, and pieces of responses that are garbage. */
  readonly buffers: number;
}

const file = process.env['BENCH_USAGE_FILE'];

if (file !== undefined) {
  process.on('exit', (exitCode) => {
    const { user, system } = process.cpuUsage();
    const usage: Usage = { exitCode, cpuSeconds: (user + system) / 1e6, peakBytes: peakBytes(), atEnd: atEnd() };
    writeFileSync(file, JSON.stringify(usage));
  });
}

/** Linux counts in what the parent had when it forked (ru_maxrss, getrusage(2)): its own high-water mark doesn't. */
const peakBytes = (): number => statusBytes('VmHWM') ?? process.resourceUsage().maxRSS * 1024;

function atEnd(): ResidentMemory {
  const { rss, heapTotal, arrayBuffers } = process.memoryUsage();
  return { all: rss, files: statusBytes('RssFile') ?? 0, heap: heapTotal, buffers: arrayBuffers };
}

/** A figure of /proc/self/status, in bytes; undefined where there is none, such as outside of Linux. */
function statusBytes(name: string): number | undefined {
  try {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
