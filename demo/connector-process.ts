import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AirbyteMessage } from '@airbyte/cdk-typescript-compat';

/** What one run of the connector has said and how long it took. */
export interface ConnectorRun {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** From start to exit, in s. */
  readonly seconds: number;
  readonly messages: readonly AirbyteMessage[];
}

/**
 * Runs the built program as a process of its own and keeps what it writes.
 * @param root the project's folder
 * @param file where the messages go, one a line, as the program wrote them
 */
export async function runConnector(root: string, args: readonly string[], file: string): Promise<ConnectorRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'bin/source-tines'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close') as Promise<[number | null]>;
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const log = createWriteStream(file);
  const messages: AirbyteMessage[] = [];
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    log.write(`${line}\n`);
    messages.push(JSON.parse(line) as AirbyteMessage);
  }
  const [exitCode] = await exited;
  log.end();
  await once(log, 'close');
  return { exitCode, stderr, seconds: (performance.now() - started) / 1000, messages };
}
