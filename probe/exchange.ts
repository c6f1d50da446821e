import type { HttpGet } from '@airbyte/cdk-typescript-compat/http';
import type { Clock } from '@airbyte/cdk-typescript-compat';

/** One answer without its body, and when it was given. */
export interface Exchange {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Such as `1.1`. */
  readonly httpVersion: string | undefined;
  /** By this machine's clock, epoch ms. */
  readonly sentAt: number;
  /** When the whole answer was there, by this machine's clock, epoch ms. */
  readonly receivedAt: number;
  /** Size of the body in bytes, after decompression. */
  readonly bytes: number;
}

/** Sends requests as before, and tells of each that was sent and of each answer, whatever its status. */
export function observed(
  http: HttpGet,
  clock: Clock,
  watch: { readonly sent: () => void; readonly answered: (exchange: Exchange) => void },
): HttpGet {
  return async (target, signal, limits) => {
    const sentAt = clock.now();
    watch.sent();
    const response = await http(target, signal, limits);
    const { status, headers, httpVersion, body } = response;
    watch.answered({ status, headers, httpVersion, sentAt, receivedAt: clock.now(), bytes: body.bytes.length });
    return response;
  };
}
