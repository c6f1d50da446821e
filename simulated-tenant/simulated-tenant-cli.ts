// Runs a simulated tenant as a process of its own: see `usage`. It stops when stdin ends, so that it never outlives
// the program that started it.
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { SimulatedTenant } from './simulated-tenant';
import { obeyCommand, readTenantArguments, USAGE } from './tenant-commands';

async function main(): Promise<void> {
  const { options, caFile } = readTenantArguments(process.argv.slice(2), Date.now());
  const tenant = await SimulatedTenant.start(options);
  process.once('SIGTERM', () => process.stdin.destroy()).once('SIGINT', () => process.stdin.destroy());
  if (caFile !== undefined) writeFileSync(caFile, tenant.caCertificate);
  print({ domain: tenant.domain, apiKey: tenant.apiKey, caFile: caFile ?? null });
  await obey(tenant);
}

/** Answers the commands one after the other, until `stop` or the end of stdin. */
async function obey(tenant: SimulatedTenant): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  process.stdin.once('close', () => {
    lines.close();
  });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const response = await obeyCommand(tenant, line);
    print(response);
    if (response['stopped'] === true) {
      process.stdin.destroy();
      return;
    }
  }
  await tenant.stop();
}

function print(response: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(response)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
});
