// `npm run probe -- --config config.json`: asks a Tines tenant what its API really does. See `USAGE`.
import { systemClock } from '@airbyte/cdk-typescript-compat';
import { createHttp } from '@airbyte/cdk-typescript-compat/http';
import { runCli } from './cli';

async function main(): Promise<void> {
  const stop = new AbortController();
  // A second Ctrl-C has its usual effect.
  process.once('SIGINT', () => {
    stop.abort();
  });
  process.exitCode = await runCli({
    args: process.argv.slice(2),
    directory: process.cwd(),
    clock: systemClock,
    random: Math.random,
    http: createHttp,
    signal: stop.signal,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}

void main();
