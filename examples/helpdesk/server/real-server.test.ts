import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { sourceSuite } from '@airbyte/cdk-typescript-compat/testing';
import { source } from '../src/source';

interface Config {
  readonly base_url: string;
  readonly api_token: string;
}

let server: ChildProcess;
let config: Config;

beforeAll(async () => {
  const child = spawn(process.execPath, [join(__dirname, 'start.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  server = child;
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  config = JSON.parse(line) as Config;
}, 60_000);

afterAll(async () => {
  server.stdin?.end();
  await once(server, 'exit');
});

async function add(collection: string, record: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${config.base_url}/api/collections/${collection}/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: config.api_token },
    body: JSON.stringify(record),
  });
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

describe('a real help desk', () => {
  sourceSuite(source, {
    config: () => ({ ...config }),
    refused: {
      'a token that is expired or was mistyped': {
        config: () => ({ ...config, api_token: `${config.api_token.slice(0, -3)}abc` }),
        message: /does not allow this request \(403\).*API Token/,
      },
    },
    change: async () => {
      const ticket = await add('tickets', { subject: 'New', status: 'open' });
      await add('replies', { ticket: ticket['id'], body: 'A reply to what is new' });
    },
    framework: { describe, test },
  });
});
