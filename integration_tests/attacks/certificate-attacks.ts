import { createServer as createTcpServer } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { expect } from '@jest/globals';
import { generate, type CertificateExtension } from 'selfsigned';
import { LocalServers } from '../../cdk/testing/local-servers';
import { API_KEY, DAY } from '../tenant';
import type { Attack } from './attack';
import { answering, EMPTY_PAGE, hostileConfig, withHostileServer } from './hostile-server';
import { failedCheck, type Provoked } from './provoke';

interface Made {
  readonly private: string;
  readonly cert: string;
}

const here = { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] };
const elsewhere = { name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: 'other.example' }] };
const authority = [
  { name: 'basicConstraints' as const, cA: true, critical: true },
  { name: 'keyUsage' as const, keyCertSign: true, critical: true },
];

const RSA = { keyType: 'rsa' } as const;
/** Lets a server offer what this version of OpenSSL takes for too weak. */
const WEAK = 'DEFAULT@SECLEVEL=0';

interface CertificateOptions {
  readonly keyType?: 'ec' | 'rsa';
  readonly keySize?: number;
  readonly algorithm?: string;
  readonly notBeforeDate?: Date;
  readonly notAfterDate?: Date;
  readonly extensions?: CertificateExtension[];
  readonly ca?: { readonly key: string; readonly cert: string };
}

const certificate = (name: string, options: CertificateOptions = {}): Promise<Made> =>
  generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [here],
    ...options,
  });

const newAuthority = (options: CertificateOptions = {}): Promise<Made> =>
  certificate('authority', { extensions: authority, ...options });

/** A server's certificate that an authority has signed, which the user trusts. */
async function signed(options: CertificateOptions, of: CertificateOptions = {}) {
  const ca = await newAuthority(of);
  const leaf = await certificate('server', { ...options, ca: { key: ca.private, cert: ca.cert } });
  return { tls: { key: leaf.private, cert: leaf.cert, ciphers: WEAK }, trusted: ca.cert };
}

/** A server's certificate that nobody has signed but itself. */
async function ofItself(options: CertificateOptions, trusted?: string) {
  const leaf = await certificate('server', options);
  return { tls: { key: leaf.private, cert: leaf.cert, ciphers: WEAK }, trusted: trusted ?? leaf.cert };
}

/** What fails for good is reported at once: no second attempt is worth its wait. */
function expectAtOnce({ logs }: Provoked): void {
  expect(logs.join('\n')).not.toContain('trying again');
}

type Presented = Promise<{ readonly tls: TlsOptions; readonly trusted: string }>;

const ago = (days: number): Date => new Date(Date.now() - days * DAY);
const UNTRUSTED =
  /^The certificate of 127\.0\.0\.1:\d+ can't be trusted \(([A-Z_]+)\)\. Check Tenant Domain;.*CA Certificate/;

const presented: readonly (readonly [string, () => Presented])[] = [
  ['that has expired', () => signed({ notBeforeDate: ago(9), notAfterDate: ago(1) })],
  ['that is not valid yet', () => signed({ notBeforeDate: ago(-1), notAfterDate: ago(-9) })],
  ['of an authority that has expired', () => signed({}, { notBeforeDate: ago(9), notAfterDate: ago(1) })],
  ['for another name', () => signed({ extensions: [elsewhere] })],
  ['for no name', () => signed({ extensions: [] })],
  ['for clients', () => signed({ extensions: [here, { name: 'extKeyUsage', clientAuth: true }] })],
  ['of an authority that is none', () => signed({}, { extensions: [] })],
  ['signed with SHA-1', () => signed({ ...RSA, algorithm: 'sha1' }, RSA)],
  ['of an unknown authority', async () => ({ ...(await signed({})), trusted: (await newAuthority()).cert })],
  ['signed by itself, of which nothing is known', async () => ofItself({}, (await newAuthority()).cert)],
  ['of itself for another name', () => ofItself({ extensions: [elsewhere] })],
];

const certificates = presented.map(([name, present]): Attack => ({
  name: `a certificate ${name}`,
  run: async () => {
    const { tls, trusted } = await present();
    await withHostileServer(
      answering(EMPTY_PAGE),
      async (server) => {
        const config = hostileConfig(server, { ca_certificate: trusted });
        const { message, run } = await failedCheck({ config, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
        expect(message).toMatch(UNTRUSTED);
        expectAtOnce(run);
        expect(server.heads).toEqual([]);
      },
      { tls },
    );
  },
}));

const NO_TLS = /^No encrypted connection to 127\.0\.0\.1:\d+ can be made \(ERR_SSL_\w+\)/;

const weak: readonly (readonly [string, TlsOptions])[] = [
  ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: WEAK }],
  ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: WEAK }],
  ['TLS without encryption', { maxVersion: 'TLSv1.2', ciphers: 'eNULL@SECLEVEL=0' }],
  ['TLS without a certificate', { maxVersion: 'TLSv1.2', ciphers: 'aNULL@SECLEVEL=0' }],
  ["a question for a client's certificate", { requestCert: true, rejectUnauthorized: true, ca: [] }],
];

const weakTls = weak.map(([name, tls]): Attack => ({
  name,
  run: () =>
    withHostileServer(
      answering(EMPTY_PAGE),
      async (server) => {
        const { message, run } = await failedCheck({ config: hostileConfig(server) });
        expect(message).toMatch(NO_TLS);
        expectAtOnce(run);
        expect(server.heads).toEqual([]);
      },
      { tls },
    ),
}));

/** The operator's options of Node take no part in how a connection is encrypted. */
const optionsOfNode: Attack = {
  name: 'TLS without encryption, which --tls-cipher-list allows',
  run: () =>
    withHostileServer(
      answering(EMPTY_PAGE),
      async (server) => {
        const env = { NODE_OPTIONS: '--tls-cipher-list=ALL:eNULL:aNULL:@SECLEVEL=0' };
        const { message } = await failedCheck({ config: hostileConfig(server), env });
        expect(message).toMatch(NO_TLS);
        expect(server.heads).toEqual([]);
      },
      { tls: { maxVersion: 'TLSv1.2', ciphers: 'eNULL@SECLEVEL=0' } },
    ),
};

const otherProtocols = (
  [
    ['plain HTTP', 'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"audit_logs":[]}'],
    ['another protocol', '220 mail.example ESMTP\r\n'],
    ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
    ['bytes that mean nothing', Buffer.alloc(5000, 0xff)],
  ] as const
).map(([name, answer]): Attack => ({
  name: `${name} in place of TLS`,
  run: async () => {
    const servers = new LocalServers();
    try {
      const server = createTcpServer((socket) => {
        servers.keep(socket);
        socket.end(answer);
      });
      const config = { tenant_domain: await servers.listen(server), api_key: API_KEY };
      const { message, run } = await failedCheck({ config });
      expect(message).toMatch(NO_TLS);
      expectAtOnce(run);
    } finally {
      await servers.close();
    }
  },
}));

/** Servers that are not who they say they are, or can't encrypt. None of them is sent a request. */
export const certificateAttacks: readonly Attack[] = [...certificates, ...weakTls, optionsOfNode, ...otherProtocols];
