import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import { start, type ConnectorRun, type Inputs, type RunningConnector, type Verb } from '../connector';
import { API_KEY } from '../tenant';
import { SecretSearch } from './secret-search';

/** How an attacked run is started. */
export interface ProvokeOptions extends Inputs {
  /** What must not be in the output: the key unless given. */
  readonly secrets?: readonly string[];
  /** Called as soon as it runs. */
  readonly started?: (connector: RunningConnector) => void;
}

/** An attacked run that has ended. */
export interface Provoked extends ConnectorRun {
  /** The most memory that it had at once: the high-water mark of its resident set, in MiB. */
  readonly peakMb: number;
  /** How long it waited for a processor, in s. */
  readonly delayedS: number;
  /** How long this process, in which its servers run, was late, in s. */
  readonly serversLateS: number;
}

/**
 * A check is to end within its 15 s; what is more is for starting. Time in which it, or the server that it waits for, could
 * run, and had no processor on a busy machine, does not count. In s.
 */
const LONGEST_CHECK_S = 22;
/** Memory is looked at so often, in ms. */
const POLL_MS = 20;
/** What the connector says of its own faults; an attack is none. */
const OWN_FAULT = /report this to its authors|failed unexpectedly/;

/** What the suite has done so far. */
export const figures = { inputs: 0, failures: 0, bytesSearched: 0, mostMb: 0, slowestDeathMs: 0 };

/** Runs a command against an attack with `--debug`, and searches everything that it writes for the secrets. */
export async function provoke(verb: Verb, options: ProvokeOptions): Promise<Provoked> {
  const { secrets = [API_KEY], started, ...inputs } = options;
  const { connector, ended } = start(verb, { ...inputs, args: [...(inputs.args ?? []), '--debug'] });
  started?.(connector);
  const watch = watchProcess(connector);
  const run = await ended.finally(() => {
    watch.stop();
  });
  figures.inputs += 1;
  figures.mostMb = Math.max(figures.mostMb, watch.peakMb());
  expectSilenceAbout(secrets, run);
  return { ...run, peakMb: watch.peakMb(), delayedS: watch.delayedS(), serversLateS: watch.lateS() };
}

/** A check that has failed. */
export interface FailedCheck {
  /** What the user reads: of many attempts, what the last one met. */
  readonly message: string;
  /** The message, and below it the log, which says what the attempts before have met. */
  readonly said: string;
  readonly run: Provoked;
}

/** A check that is to fail: as CONNECTION_STATUS, in time, with a message for the user. */
export async function failedCheck(options: ProvokeOptions): Promise<FailedCheck> {
  const run = await provoke('check', options);
  const [status, ...others] = run.messages.filter(({ type }) => type !== 'LOG');
  expect({ exitCode: run.exitCode, others, status }).toMatchObject({
    exitCode: 0,
    others: [],
    status: { connectionStatus: { status: 'FAILED', message: expect.not.stringMatching(OWN_FAULT) } },
  });
  expect(run.seconds - run.delayedS - run.serversLateS).toBeLessThan(LONGEST_CHECK_S);
  figures.failures += 1;
  const failed = status?.type === 'CONNECTION_STATUS' ? status.connectionStatus : undefined;
  const message = failed?.status === 'FAILED' ? failed.message : '';
  return { message, said: [message, ...run.logs].join('\n'), run };
}

/** A read that is to fail with one TRACE ERROR that is not a fault of the connector. */
export async function failedRead(options: ProvokeOptions): Promise<{ message: string; run: Provoked }> {
  const run = await provoke('read', options);
  expect({ exitCode: run.exitCode, errors: run.errors }).toEqual({
    exitCode: 1,
    errors: [
      expect.objectContaining({
        message: expect.not.stringMatching(OWN_FAULT),
        failure_type: expect.stringMatching(/^(config|transient)_error$/),
      }),
    ],
  });
  figures.failures += 1;
  return { message: run.errors[0]?.message ?? '', run };
}

function expectSilenceAbout(secrets: readonly string[], { lines, stderr }: ConnectorRun): void {
  const search = new SecretSearch(secrets);
  for (const text of [...lines, stderr]) {
    figures.bytesSearched += Buffer.byteLength(text);
    expect(search.findIn(text)).toBeUndefined();
  }
}

/** Says what the tests of a file have done. It is written nowhere. */
export function printFigures(): void {
  const { inputs, failures, bytesSearched, mostMb, slowestDeathMs } = figures;
  const deaths = slowestDeathMs === 0 ? '' : `, dead after ${Math.round(slowestDeathMs)} ms at most`;
  process.stdout.write(
    `Attacks: ${inputs} inputs tried, ${failures} failures provoked, ${bytesSearched} bytes of output searched, ` +
      `${Math.round(mostMb)} MiB of memory at most${deaths}\n`,
  );
}

/** How long a process has waited for a processor so far, in ms. */
export function delayMsOf(pid: number | undefined): number {
  return Number(figuresOf(pid, 'schedstat').split(' ')[1] ?? 0) / 1e6;
}

/** Linux keeps the figures of a process; they are gone with it, so that they are asked for again and again. */
function watchProcess({ pid }: RunningConnector) {
  let [peakKb, delayedMs, lateMs, lastAt] = [0, 0, 0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    lateMs += Math.max(0, now - lastAt - POLL_MS);
    lastAt = now;
    peakKb = Math.max(peakKb, Number(/^VmHWM:\s*(\d+) kB$/m.exec(figuresOf(pid, 'status'))?.[1] ?? 0));
    delayedMs = Math.max(delayedMs, delayMsOf(pid));
  }, POLL_MS);
  return {
    peakMb: () => peakKb / 1024,
    delayedS: () => delayedMs / 1000,
    lateS: () => lateMs / 1000,
    stop: () => {
      clearInterval(timer);
    },
  };
}

function figuresOf(pid: number | undefined, file: 'status' | 'schedstat'): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
