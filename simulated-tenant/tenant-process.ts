import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Room for the text of five million entries, in MiB: Node's own limit is half of the memory, and at most 4 GiB. */
const MOST_HEAP = 8192;

/** The simulated tenant as a process of its own. `stop` must be called in the end. */
export class TenantProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** Host and port, as `tenant_domain` takes them. */
  readonly domain: string;
  /** The key that is accepted. */
  readonly apiKey: string;
  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    domain: string,
    apiKey: string,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.domain = domain;
    this.apiKey = apiKey;
  }

  /**
   * Starts it with the options of simulated-tenant/simulated-tenant-cli.ts.
   * @param root the project's folder
   * @throws Error when it ends before it is ready
   */
  static async start(root: string, args: readonly string[]): Promise<TenantProcess> {
    const script = join(root, 'dist/simulated-tenant/simulated-tenant.js');
    const child = spawn(process.execPath, [`--max-old-space-size=${MOST_HEAP}`, script, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ready = await nextObject(lines);
    return new TenantProcess(child, lines, String(ready['domain']), String(ready['apiKey']));
  }

  /** Sends one command and waits for its response. @throws Error with what the tenant could not do */
  async command(command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    const response = await nextObject(this.#lines);
    if (typeof response['error'] === 'string') throw new Error(response['error']);
    return response;
  }

  /** Ends it and waits until it is gone. */
  async stop(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.stdin.end();
    await gone;
  }
}

async function nextObject(lines: AsyncIterator<string>): Promise<Readonly<Record<string, unknown>>> {
  const line = await lines.next();
  if (line.done === true) throw new Error('the simulated tenant ended unexpectedly');
  return JSON.parse(line.value) as Record<string, unknown>;
}
