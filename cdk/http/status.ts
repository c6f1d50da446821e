import { RefusedError, RetryableError } from './errors';
import { RequestTooLargeError, StatusError } from './facts';

/** What a response says in addition to its status. */
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
 * Whether a response of this status brings what was asked for: 200; 203, which says that a proxy has changed something (RFC
 * 9110, 15.3.4); 206, a part (15.3.7), although none was asked for: whoever reads the body finds out whether it is whole.
 */
export const bringsContent = (status: number): boolean => status === 200 || status === 203 || status === 206;

/**
 * The error for a response of any status but 429 and those that bring content.
 * @returns RetryableError for what passes (408, 425, 5xx), RequestTooLargeError for 413, and for all others RefusedError:
 *   redirects and statuses that say no are final at first, but after a success they are often a passing fault
 */
export function errorForStatus(status: number, details: AnswerDetails): RetryableError | RequestTooLargeError {
  const fact = new StatusError(details.service, status, otherHost(details));
  if (status === 408 || status === 425 || status >= 500) {
    return new RetryableError(fact.message, { retryAfterMs: details.retryAfterMs });
  }
  if (status === 413) return new RequestTooLargeError(fact);
  return new RefusedError(fact.message, fact);
}

/** The longest host (RFC 1035, 2.3.4) with a port: more is no host that a message has to name. */
const LONGEST_HOST = 253 + ':65535'.length;

function otherHost({ location, baseUrl }: AnswerDetails): string | undefined {
  const target = location === undefined ? null : URL.parse(location, baseUrl);
  const host = target?.host ?? '';
  return host === '' || host.length > LONGEST_HOST || host === new URL(baseUrl).host ? undefined : host;
}
