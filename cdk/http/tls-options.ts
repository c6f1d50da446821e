import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';

/** How TLS is spoken, to servers and to proxies: no setting and no variable of the environment makes it weaker. */
export interface TlsOptions {
  /** One for all connections: given as a list, the authorities would be parsed for each. */
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: true;
  readonly minVersion: 'TLSv1.2';
  readonly checkServerIdentity: typeof checkServerIdentity;
}

const MIN_VERSION = 'TLSv1.2';

/**
 * Makes the options of all TLS connections.
 * @param caCertificate PEM of what is trusted in addition to the authorities that are trusted anyway, NODE_EXTRA_CA_CERTS
 *   included: the certificate of an authority, of one between a root and the server, or the server's own
 */
export function tlsOptions(caCertificate: string | undefined): TlsOptions {
  const secureContext = createSecureContext({
    minVersion: MIN_VERSION,
    // Node's own list: the default one can be changed by --tls-cipher-list, also in NODE_OPTIONS.
    ciphers: constants.defaultCoreCipherList,
    ...(caCertificate === undefined ? {} : trusting(caCertificate)),
  });
  return {
    secureContext,
    rejectUnauthorized: true,
    minVersion: MIN_VERSION,
    checkServerIdentity: (host, certificate) => checkServerIdentity(host, withoutCommonName(certificate)),
  };
}

const trusting = (caCertificate: string) => ({
  allowPartialTrustChain: true,
  ca: [...rootCertificates, ...extraCertificates(), caCertificate],
});

/** Names count as subjectAltName alone (RFC 9525, 2): Node would take a common name where there are none. */
function withoutCommonName(certificate: PeerCertificate): PeerCertificate {
  return { ...certificate, subject: { ...certificate.subject, CN: '' } };
}

/** Node adds these only where no other authority is named. What can't be read, Node has warned of already. */
function extraCertificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}
