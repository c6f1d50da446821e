import type { Log } from '../src/source';
import { DebugVariableError } from './facts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of Node whose debug output shows headers, bodies or what is written to a socket. */
const TELLING_SECTIONS = ['http', 'https', 'http2', 'tls', 'net', 'stream'];

/**
 * Refuses a NODE_DEBUG with which Node would print requests, headers included: it is read when the process starts, so
 * removing it would not help.
 * @throws DebugVariableError
 */
export function refuseDebugVariables(environment: Environment): void {
  const patterns = (environment['NODE_DEBUG'] ?? '').toLowerCase().split(',');
  if (TELLING_SECTIONS.some((section) => patterns.some((pattern) => matches(pattern.trim(), section)))) {
    throw new DebugVariableError('NODE_DEBUG');
  }
}

/** As Node reads it: a star stands for anything. */
function matches(pattern: string, section: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9_]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(section);
}

/**
 * Removes what asks not to verify certificates, and warns that it has no effect: each connection insists on it anyway, but
 * Node would say on stderr that they are insecure.
 */
export function ignoreVariables(environment: Record<string, string | undefined>, log: Log | undefined): void {
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  delete environment['NODE_TLS_REJECT_UNAUTHORIZED'];
  log?.(
    'WARN',
    'NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment is ignored: certificates are verified all the same.',
  );
}
