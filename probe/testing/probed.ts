import { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { TenantModel, type TenantModelOptions } from '../../simulated-tenant/tenant-model';
import { generateEntries } from '../../simulated-tenant/entry-generator';
import type { TenantEntry } from '../../simulated-tenant/tenant-entry';
import { parseConfig } from '../../src/config';
import { tenantHttp } from '../../testing/tenant-client';
import { Probe, type Finding } from '../probe';
import type { Question } from '../question';

/** This machine's time at the start, epoch ms. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR_MS = 3_600_000;
/** How long a response takes, in ms. */
export const LATENCY_MS = 20;

/** Entries of the last 30 days, the newest an hour old. */
export function pastEntries(count: number): TenantEntry[] {
  return generateEntries({ seed: 5, count, from: NOW - 30 * 24 * HOUR_MS, to: NOW - HOUR_MS });
}

/** A tenant, and what happens to it. */
export interface ProbedOptions extends TenantModelOptions {
  /** 3,000 entries of the past unless given. */
  readonly entries?: readonly TenantEntry[] | undefined;
  /** Called before each response, with the request's number from 1. */
  readonly onRequest?: (model: TenantModel, number: number, query: URLSearchParams) => void;
  /** Replaces secrets in a text. */
  readonly mask?: (text: string) => string;
}

/** What came of it. */
export interface Probed {
  readonly findings: readonly Finding[];
  /** Requests that the tenant saw. */
  readonly requests: number;
}

/** Puts questions to a simulated tenant. */
export async function probed(questions: readonly Question[], options: ProbedOptions = {}): Promise<Probed> {
  const { onRequest, mask = (text: string): string => text, entries = pastEntries(3_000), ...settings } = options;
  const clock = new VirtualClock(NOW);
  const model = new TenantModel({ entries, now: () => clock.now(), ...settings });
  let requests = 0;
  const http = tenantHttp(model, {
    clock,
    latencyMs: () => LATENCY_MS,
    onRequest: ({ number, query }) => {
      requests = number;
      onRequest?.(model, number, query);
    },
  });
  const findings: Finding[] = [];
  const probe = new Probe({
    config: parseConfig({ tenant_domain: 'simulated.tines.example', api_key: 'key-of-the-simulation' }, NOW),
    http,
    clock,
    random: () => 0.5,
    questions,
    signal: new AbortController().signal,
    mask,
    onWait: () => undefined,
    found: (finding) => findings.push(finding),
  });
  await probe.run();
  return { findings, requests };
}

/** Puts one question to a simulated tenant. */
export async function answerTo(question: Question, options?: ProbedOptions): Promise<Finding> {
  const [finding] = (await probed([question], options)).findings;
  if (finding === undefined) throw new Error('the question was not asked');
  return finding;
}
