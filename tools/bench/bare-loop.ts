// What the connector is compared with: fetches the pages of a tenant, ten at the same time, parses them, and writes one
// RECORD a row, in whatever order they come. No order, no windows, no checkpoints, no retries, no limits.
// Arguments: host and port, key, number of pages.
import { once } from 'node:events';
import { Agent, get } from 'node:https';

const CONNECTIONS = 10;
const PER_PAGE = 500;
const CHUNK_LENGTH = 64 * 1024;

interface Page {
  readonly audit_logs: readonly unknown[];
}

const [domain = '', key = '', pages = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
let nextPage = 1;
let chunk = '';
let drained: Promise<unknown> | undefined;

async function work(): Promise<void> {
  while (nextPage <= Number(pages)) {
    const body = await fetchPage(nextPage++);
    const { audit_logs: rows } = JSON.parse(body) as Page;
    const emittedAt = Date.now();
    for (const data of rows) {
      const message = { type: 'RECORD', record: { stream: 'audit_logs', data, emitted_at: emittedAt } };
      chunk += `${JSON.stringify(message)}\n`;
      if (chunk.length >= CHUNK_LENGTH) await writeChunk();
    }
  }
}

function fetchPage(page: number): Promise<string> {
  const url = `https://${domain}/api/v1/audit_logs?per_page=${PER_PAGE}&page=${page}`;
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${key}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (bytes: Buffer) => chunks.push(bytes));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`status ${response.statusCode ?? 0}`));
      });
    }).on('error', reject);
  });
}

async function writeChunk(): Promise<void> {
  const text = chunk;
  chunk = '';
  if (process.stdout.write(text)) return;
  drained ??= once(process.stdout, 'drain').then(() => (drained = undefined));
  await drained;
}

async function main(): Promise<void> {
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  await writeChunk();
  agent.destroy();
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
