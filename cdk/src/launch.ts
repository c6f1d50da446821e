import { constants } from 'node:os';
import { readTextFile } from './input/json-file';
import type { Output } from './output/message-writer';
import { run } from './run';
import type { Source } from './source';
import { afterTimeout } from './stop';

/** The part of a process that {@link launch} touches; `process` is one. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly stdout: Output;
  readonly stderr: { write(text: string): unknown; on(event: 'error', listener: () => void): unknown };
  /** Defaults to the global one. */
  readonly console?: object;
  exitCode?: number | string | null | undefined;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
  /** `beforeExit`: nothing is left to wait for, so that the process would end. */
  on(event: StopSignal | 'SIGUSR1' | 'beforeExit', listener: () => void): unknown;
  off(event: StopSignal | 'beforeExit', listener: () => void): unknown;
  kill(pid: number, signal: StopSignal): unknown;
  exit(code: number): unknown;
}

/** A source as a program. */
export interface Program<Config> {
  /** Such as `source-tines`. It and the version are what `--version` writes, and the first line of the log. */
  readonly name: string;
  readonly version: string;
  /** Makes the source. Import it there, so that a wrong command line is refused without loading anything. */
  readonly load: () => Source<Config> | Promise<Source<Config>>;
}

/** The signals that ask a source to end. */
export type StopSignal = 'SIGTERM' | 'SIGINT';

/** The process has to be gone two seconds (ms) after a signal, also when nobody takes its last messages. */
const SIGNAL_DEADLINE_MS = 1500;

/** How long (ms) a signal sent to oneself may take, and what a source left running may keep a finished process alive. */
const LAST_DEADLINE_MS = 100;

/**
 * Runs a source as this process: the only place that knows there is one. Sets the exit code, or dies by the signal
 * that ended it.
 */
export async function launch<Config>({ name, version, load }: Program<Config>, host: Host = process): Promise<void> {
  // Node would open its inspector, by which secrets can be read (https://nodejs.org/api/process.html#signal-events).
  host.on('SIGUSR1', () => undefined);
  // Whatever ends the process before the run has ended is a failure.
  host.exitCode = 1;
  const fault = new AbortController();
  const onIdle = (): void => {
    fault.abort(new Error('The command awaits something that will never come: nothing is left that could bring it.'));
  };
  host.on('beforeExit', onIdle);
  const onFault = (error: unknown): void => {
    fault.abort(error);
  };
  host.on('uncaughtException', onFault);
  host.on('unhandledRejection', onFault);
  host.stderr.on('error', () => undefined);
  const signals = stopSignals(host);
  const exitCode = await run({
    argv: host.argv.slice(2),
    env: host.env,
    title: `${name} ${version}`,
    load,
    output: host.stdout,
    stderr: (text) => {
      host.stderr.write(text);
    },
    now: Date.now,
    after: afterTimeout,
    console: host.console ?? globalThis.console,
    readFile: async (path, maxBytes) => {
      await closeInspector();
      return readTextFile(path, maxBytes);
    },
    signal: signals.stop,
    fault: fault.signal,
  });
  host.off('beforeExit', onIdle);
  signals.release();
  const received = signals.received();
  if (received !== undefined) {
    dieBy(received, host);
    return;
  }
  host.exitCode = exitCode;
  // Everything is written: what the source may have left open must not keep the process alive.
  setTimeout(() => {
    host.exit(exitCode);
  }, LAST_DEADLINE_MS).unref();
}

/** Closes an inspector that a SIGUSR1 has opened while the program was loaded; one that was asked for stays. */
async function closeInspector(): Promise<void> {
  const options = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  if (/--inspect(?!-port)/.test(options)) return;
  const { close, url } = await import('node:inspector');
  // Node opens it by what the event loop has waiting, and would open it again.
  await new Promise((resolve) => setImmediate(resolve));
  if (url() !== undefined) close();
}

/** Turns the first signal into an abort with a deadline; a second one kills at once. */
function stopSignals(host: Host) {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const handlers = (['SIGTERM', 'SIGINT'] as const).map((signal) => [signal, receive.bind(undefined, signal)] as const);
  /** Signals have their usual effect again. */
  const release = (): void => {
    clearTimeout(deadline);
    for (const [signal, handler] of handlers) host.off(signal, handler);
  };
  function receive(signal: StopSignal): void {
    const die = (): void => {
      release();
      dieBy(signal, host);
    };
    if (received === undefined) deadline = setTimeout(die, SIGNAL_DEADLINE_MS);
    else die();
    received = signal;
    controller.abort();
  }
  for (const [signal, handler] of handlers) host.on(signal, handler);
  return { stop: controller.signal, release, received: () => received };
}

/** Dies by the signal, as who sent it expects; the first process of a container survives that, and exits instead. */
function dieBy(signal: StopSignal, host: Host): void {
  const code = 128 + constants.signals[signal];
  host.exitCode = code;
  host.kill(host.pid, signal);
  setTimeout(() => {
    host.exit(code);
  }, LAST_DEADLINE_MS);
}
