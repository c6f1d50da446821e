import { ConnectorError, isJsonObject, type Clock } from '@airbyte/cdk-typescript-compat';
import {
  GivenUpError,
  isHttpFact,
  RateLimitedError,
  RefusedError,
  RetryableError,
  type Http,
  type HttpOptions,
  type ServiceNames,
} from '@airbyte/cdk-typescript-compat/http';
import { readFile, writeFile } from 'node:fs/promises';
import { readJsonFile } from '../cdk/src/input/json-file';
import { isError } from '../cdk/src/errors';
import { Secrets } from '../cdk/src/output/secrets';
import { version } from '../package.json';
import spec from '../schemas/spec.json';
import { parseConfig, type Config } from '../src/config';
import { explainFact } from '../src/tines/errors';
import { tenantHttpOptions, tenantNames } from '../src/tines/connect';
import { Probe, requestLimit, type Finding } from './probe';
import { QUESTIONS } from './questions';
import { reportJson, TABLE_HEAD, tableRow, type Ending } from './report';

/** What the program touches of the world. */
export interface CliOptions {
  /** Without Node and the script. */
  readonly args: readonly string[];
  readonly directory: string;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** How requests are sent: `createHttp`, or a stand-in for it. */
  readonly http: (options: HttpOptions) => Http;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

/** One call of the program, whose output never shows the secrets of its config. */
export class Session {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #http: (options: HttpOptions) => Http;
  readonly #signal: AbortSignal;
  readonly #stdout: (text: string) => void;
  readonly #stderr: (text: string) => void;
  readonly #secrets = new Secrets();
  readonly #findings: Finding[] = [];

  constructor({ clock, random, http, signal, stdout, stderr }: CliOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#http = http;
    this.#signal = signal;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  readonly mask = (text: string): string => this.#secrets.mask(text);

  /** @throws ConfigError */
  async readConfig(path: string): Promise<Config> {
    const json = await readJsonFile('config file', path, (file) => readFile(file, 'utf8'));
    // As the platform does, null stands for what is not given.
    const given = isJsonObject(json)
      ? Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null))
      : {};
    this.#secrets.addConfig(spec.connectionSpecification, given);
    return parseConfig(given, this.#clock.now());
  }

  /** Asks all questions, shows what is found, and writes the report. */
  async probe(config: Config, output: string): Promise<Ending> {
    this.#tell(config, output);
    const probe = this.#probeOf(config);
    const madeAt = this.#clock.now();
    const ending = await this.#endingOf(probe.run(), config, madeAt);
    if (this.#findings.length === 0) return ending;
    const { requestsSent } = probe;
    const json = reportJson(
      {
        version,
        node: process.versions.node,
        madeAt,
        ending,
        limit: requestLimit(QUESTIONS),
        requestsSent,
        requestsPerMinute: config.requestsPerMinute,
        findings: this.#findings,
      },
      this.mask,
    );
    return (await this.#write(output, json, requestsSent)) ? ending : 'failed';
  }

  #probeOf(config: Config): Probe {
    const httpOptions = tenantHttpOptions(config, {
      log: (_, message) => {
        this.#say(`${message}\n`);
      },
      mask: (secret) => {
        this.#secrets.add(secret);
      },
    });
    return new Probe({
      config,
      http: this.#http(httpOptions),
      clock: this.#clock,
      random: this.#random,
      questions: QUESTIONS,
      signal: this.#signal,
      mask: this.mask,
      onWait: (until) => {
        this.#say(`Waiting ${Math.ceil((until - this.#clock.now()) / 1000)} s for the rate limit.\n`);
      },
      found: (finding) => {
        this.#show(finding);
      },
    });
  }

  #tell({ domain, requestsPerMinute }: Config, output: string): void {
    const { planned, again } = requestLimit(QUESTIONS);
    this.#say(
      `${domain} is asked ${QUESTIONS.length} questions, by at most ${planned} requests, and ${again} more where some fail, and at most ${requestsPerMinute} a minute.\n` +
        `All of them only read audit logs. Nothing of what these say gets into the table or into ${output}. Ctrl-C ends it.\n\n`,
    );
  }

  async #endingOf(run: Promise<void>, config: Config, startedAt: number): Promise<Ending> {
    try {
      await run;
      return 'complete';
    } catch (error) {
      if (this.#signal.aborted) return 'stopped';
      const reason = explained(error, tenantNames(config, { isSync: false }), this.#clock.now() - startedAt);
      this.#say(`${reason?.message ?? faultText(error)}\n`);
      return 'failed';
    }
  }

  #show(finding: Finding): void {
    if (this.#findings.length === 0) this.#stdout(TABLE_HEAD);
    this.#findings.push(finding);
    this.#stdout(this.mask(tableRow(finding)));
  }

  async #write(path: string, json: string, requests: number): Promise<boolean> {
    try {
      await writeFile(path, json, { flag: 'wx' });
    } catch (error) {
      const code = isError(error) && 'code' in error ? String(error.code) : 'unknown';
      this.#say(`The report can't be written to ${path} (${code}): name another file with --output.\n`);
      return false;
    }
    this.#stdout(
      `\n${this.#findings.length} of ${QUESTIONS.length} questions asked, by ${requests} requests. The report is in ${path}: it can be sent to the authors.\n`,
    );
    return true;
  }

  #say(text: string): void {
    this.#stderr(this.mask(text));
  }
}

/** A fault of the program and where it was, without its message, which could quote a response. */
export function faultText(error: unknown): string {
  if (!isError(error)) return 'This is a fault of the program.';
  const [, where = ''] = /\n\s+at (.*)/.exec(error.stack ?? '') ?? [];
  return `This is a fault of the program, please report it: ${error.name} ${where}`;
}

/**
 * The sentence for what ended the probe, the same that a check has for it.
 * @param ms how long was tried, in ms
 * @returns undefined for faults of the program
 */
export function explained(error: unknown, tenant: ServiceNames, ms: number): ConnectorError | undefined {
  if (error instanceof ConnectorError) return error;
  if (error instanceof RefusedError) return explained(error.final, tenant, ms);
  if (isHttpFact(error)) return explainFact(error, tenant);
  if (!(error instanceof RetryableError)) return undefined;
  const reason = error instanceof RateLimitedError ? 'only_rate_limited' : 'nothing_succeeded';
  return explainFact(new GivenUpError(reason, ms, error), tenant);
}
