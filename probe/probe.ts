import type { Clock } from '@airbyte/cdk-typescript-compat';
import { RateLimiter, type Http } from '@airbyte/cdk-typescript-compat/http';
import type { Config } from '../src/config';
import { OPENING_REQUESTS, takeSamples } from './opening';
import { MOST_REPEATS, ProbeClient, TooManyRequestsError } from './probe-client';
import { NotAnsweredError, ProbedTenant } from './probed-tenant';
import { COMMON_ANSWERS, type Figures, type Question, type Reply } from './question';

/** The answer to one question. */
export interface Finding {
  /** The id of the question. */
  readonly question: string;
  readonly answer: string;
  /** What it means for the connector. */
  readonly meaning: string;
  readonly figures: Figures;
  /** How many requests were made for it, with those that were sent again. */
  readonly requests: number;
}

/** What a probe needs. */
export interface ProbeOptions {
  readonly config: Config;
  readonly http: Http;
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
  /** Called with each finding at once. */
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
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #questions: readonly Question[];
  readonly #mask: (text: string) => string;
  readonly #found: (finding: Finding) => void;
  readonly #client: ProbeClient;

  constructor({ config, http, clock, random, questions, signal, mask, onWait, found }: ProbeOptions) {
    this.#config = config;
    this.#clock = clock;
    this.#questions = questions;
    this.#mask = mask;
    this.#found = found;
    const limiter = new RateLimiter({ requestsPerMinute: config.requestsPerMinute, clock, random, onWait });
    this.#client = new ProbeClient({ http, limiter, clock, signal });
  }

  /** Requests sent so far, with those that were sent again. */
  get requestsSent(): number {
    return this.#client.requestsSent;
  }

  /** Asks all questions, one after the other. @throws what `takeSamples` throws, the signal's reason when stopped */
  async run(): Promise<void> {
    const tenant = await this.#open();
    for (const question of this.#questions) this.#found(await findOut(question, tenant, this.#client));
  }

  async #open(): Promise<ProbedTenant> {
    const client = this.#client;
    const { domain, lookbackMinutes } = this.#config;
    client.allow(OPENING_REQUESTS);
    const settledAfterS = lookbackMinutes * 60;
    const samples = await takeSamples({ client, clock: this.#clock, domain, settledAfterS });
    const now = Math.min(samples.newest.serverNow, this.#clock.now());
    const settledBefore = Math.floor(now / 1000) - settledAfterS;
    return new ProbedTenant({ client, samples, domain, settledBefore, mask: this.#mask });
  }
}

/** Asks one question. @throws the signal's reason when stopped, and faults of the program */
async function findOut(question: Question, tenant: ProbedTenant, client: ProbeClient): Promise<Finding> {
  const before = client.requestsSent;
  client.allow(question.mostRequests);
  const { answer, figures } = await question.ask(tenant).catch(notAnswered);
  const meaning = question.answers[answer] ?? meaningOf(answer);
  return { question: question.id, answer, meaning, figures, requests: client.requestsSent - before };
}

function notAnswered(error: unknown): Reply {
  const answer = 'not answered';
  if (error instanceof NotAnsweredError) return { answer, figures: { instead_of_a_page: error.refusal } };
  if (error instanceof TooManyRequestsError) return { answer, figures: { instead_of_a_page: error.message } };
  throw error;
}

function meaningOf(answer: string): string {
  switch (answer) {
    case 'too few entries':
    case 'not answered':
      return COMMON_ANSWERS[answer];
    default:
      throw new Error(`a question has an answer without a meaning: ${answer}`);
  }
}
