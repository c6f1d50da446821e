import type { Clock } from '@airbyte/cdk-typescript-compat';
import { RateLimiter, type HttpGet } from '@airbyte/cdk-typescript-compat/http';
import type { Config } from '../src/config';
import { findOut, type Finding } from './finding';
import { OPENING_REQUESTS, takeSamples } from './opening';
import { MOST_REPEATS, ProbeClient } from './probe-client';
import { ProbedTenant } from './probed-tenant';
import type { Question } from './question';

/** What a probe needs. */
export interface ProbeOptions {
  readonly config: Config;
  readonly http: HttpGet;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly questions: readonly Question[];
  /** Aborted when it is to end. */
  readonly signal: AbortSignal;
  /** Replaces secrets in a text. */
  readonly mask: (text: string) => string;
  /** Called when requests stand still for seconds, with the epoch ms at which they go on. */
  readonly onWait: (until: number) => void;
  /** Told of each finding at once. */
  readonly found: (finding: Finding) => void;
}

/** The most requests of a probe. */
export interface RequestLimit {
  readonly planned: number;
  /** For those that fail. */
  readonly again: number;
}

/** How many requests a probe with these questions makes at most. */
export function requestLimit(questions: readonly Question[]): RequestLimit {
  const asked = questions.reduce((sum, { mostRequests }) => sum + mostRequests, 0);
  return { planned: OPENING_REQUESTS + asked, again: MOST_REPEATS };
}

/** One run of all questions against one tenant. */
export class Probe {
  readonly #options: ProbeOptions;
  readonly #client: ProbeClient;

  constructor(options: ProbeOptions) {
    this.#options = options;
    const { config, http, clock, random, onWait, signal } = options;
    const limiter = new RateLimiter({ requestsPerMinute: config.requestsPerMinute, clock, random, onWait });
    this.#client = new ProbeClient({ http, limiter, clock, signal });
  }

  /** Requests sent so far, with those that were sent again. */
  get requestsSent(): number {
    return this.#client.requestsSent;
  }

  /** Asks all questions, one after the other. @throws what `takeSamples` throws, the signal's reason when stopped */
  async run(): Promise<void> {
    const { questions, found } = this.#options;
    const tenant = await this.#open();
    for (const question of questions) found(await findOut(question, tenant, this.#client));
  }

  async #open(): Promise<ProbedTenant> {
    const { config, clock, mask } = this.#options;
    const client = this.#client;
    const { domain } = config;
    client.allow(OPENING_REQUESTS);
    const settledAfterS = config.lookbackMinutes * 60;
    const samples = await takeSamples({ client, clock, domain, settledAfterS });
    const now = Math.min(samples.newest.serverNow, clock.now());
    const settledBefore = Math.floor(now / 1000) - settledAfterS;
    return new ProbedTenant({ client, samples, domain, settledBefore, mask });
  }
}
