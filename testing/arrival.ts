import {
  ConnectionError,
  RequestTooLargeError,
  TimeoutError,
  type ResponseLimits,
  type HttpResponse,
} from '@airbyte/cdk-typescript-compat/http';
import type { VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { bytesOf, type TenantAnswer } from '../simulated-tenant/tenant-faults';

/** What a request was sent with. */
export interface Sent {
  readonly clock: VirtualClock;
  readonly signal: AbortSignal;
  readonly limits: ResponseLimits | undefined;
}

/** Of a real request, in ms. */
const DEADLINE_MS = 30_000;

/** A simulated tenant's answer as it would arrive. @throws the error that the connection would end with instead */
export async function arrive(answer: TenantAnswer, { clock, signal, limits }: Sent): Promise<HttpResponse> {
  switch (answer.fault?.kind) {
    case 'reset':
    case 'reset_in_body':
      throw new ConnectionError('ECONNRESET', 'read');
    case 'hang':
    case 'drip':
      await clock.sleep(DEADLINE_MS, signal);
      throw new TimeoutError(DEADLINE_MS);
    case undefined: {
      const bytes = bytesOf(answer);
      const most = limits?.maxBodyBytes ?? Infinity;
      if (bytes.length > most) throw new RequestTooLargeError(new Error(`an answer was larger than ${most} bytes`));
      return { status: answer.status, headers: answer.headers, body: { bytes, free: () => undefined } };
    }
  }
}
