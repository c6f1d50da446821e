import { generate } from 'selfsigned';

/** A server's certificate and its private key, PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * A new certificate for localhost and 127.0.0.1, signed by itself. Valid for a week from a day ago, because a test may
 * set clocks askew. Its key is an elliptic one, which is made in milliseconds.
 */
export async function selfSignedCertificate(): Promise<Certificate> {
  const dayMs = 86_400_000;
  const made = await generate([{ name: 'commonName', value: 'Simulated Tines tenant' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 7 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
