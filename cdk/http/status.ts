import { RefusedError, RetryableError } from './errors';
import { RequestTooHeavyError, StatusError } from './facts';

/** What an answer says beside its status. */
export interface AnswerDetails {
  /** Who answered, for messages. */
  readonly service: string;
  /** Where the request was sent to. */
  readonly baseUrl: string;
  /** In ms. */
  readonly retryAfterMs?: number | undefined;
  /** The header Location: of the target of a redirect only the host is kept. */
  readonly location?: string | undefined;
}

/**
 * The error for an answer of any status but 200 and 429.
 * @returns RetryableError for what passes (408, 425, 5xx), RequestTooHeavyError for 413, StatusError for what is invalid
 *   and stays so (400, 422), and for all others RefusedError: redirects and statuses that say no are final at first, but
 *   after a success they are often a passing fault
 */
export function errorForStatus(
  status: number,
  details: AnswerDetails,
): RetryableError | RequestTooHeavyError | StatusError {
  const fact = new StatusError(details.service, status, otherHost(details));
  if (status === 408 || status === 425 || status >= 500) {
    return new RetryableError(fact.message, { retryAfterMs: details.retryAfterMs });
  }
  if (status === 413) return new RequestTooHeavyError(fact);
  return status === 400 || status === 422 ? fact : new RefusedError(fact.message, fact);
}

/** The longest host (RFC 1035, 2.3.4) with a port: more is no host that a message has to name. */
const LONGEST_HOST = 253 + ':65535'.length;

function otherHost({ location, baseUrl }: AnswerDetails): string | undefined {
  const target = location === undefined ? null : URL.parse(location, baseUrl);
  const host = target?.host ?? '';
  return host === '' || host.length > LONGEST_HOST || host === new URL(baseUrl).host ? undefined : host;
}
