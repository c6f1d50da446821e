import { describe, expect, test } from '@jest/globals';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { isPublicAddress, isPublicHost, PRIVATE_ADDRESS, publicLookup } from './public-address';

describe('addresses outside of the public internet', () => {
  test.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.178.1'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['link-local, where clouds keep their metadata', '169.254.169.254'],
    ['protocol assignments', '192.0.0.1'],
    ['benchmarking', '198.19.255.255'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['loopback, spelled out', '0:0:0:0:0:0:0:1'],
    ['unique local', 'fc00::1'],
    ['unique local', 'fdff:ffff::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local, as it was once', 'fec0::1'],
    ['multicast', 'ff02::1'],
    ['local translation', '64:ff9b:1::1'],
    ['IPv4 mapped into IPv6', '::ffff:10.0.0.1'],
    ['IPv4 mapped into IPv6, in hex', '::ffff:7f00:1'],
    ['IPv4 translated into IPv6 (RFC 6052)', '64:ff9b::10.0.0.1'],
    ['IPv4 compatible with IPv6 (RFC 4291)', '::127.0.0.1'],
    ['IPv4 inside of 6to4 (RFC 3056)', '2002:a9fe:a9fe::1'],
    ['a public IPv4 mapped into IPv6, which a public server has no need of', '::ffff:1.1.1.1'],
    ['a public IPv4 translated into IPv6', '64:ff9b::1.1.1.1'],
    ['IPv4 translated (RFC 2765)', '::ffff:0:10.0.0.1'],
    ['Teredo (RFC 4380)', '2001:0:a9fe:a9fe::1'],
    ['ORCHID (RFC 7343)', '2001:20::1'],
    ['benchmarking (RFC 5180)', '2001:2::1'],
    ['documentation (RFC 3849)', '2001:db8::1'],
    ['documentation (RFC 9637)', '3fff:fff::1'],
    ['segment routing (RFC 9602)', '5f00::1'],
    ['discard-only (RFC 6666)', '100::1'],
    ['not assigned', '4000::1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '198.51.100.1'],
    ['documentation', '203.0.113.1'],
    ['6to4 relays', '192.88.99.1'],
    ["Azure's platform", '168.63.129.16'],
  ])('%s: %s', (_, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('addresses of the public internet', () => {
  test.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '223.255.255.255',
    '168.63.129.15',
    '168.63.129.17',
    '2000::1',
    '2606:4700:4700::1111',
    '2001:200::1',
    '2001:4860:4860::8888',
    '3ffe:ffff::1',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

test.each(['', 'localhost', '1.1.1', '1.1.1.1:443', '[::1]'])(
  '"%s" is no address, so it is not a public one',
  (text) => {
    expect(isPublicAddress(text)).toBe(false);
  },
);

describe('hosts', () => {
  const hostOf = (domain: string): string => new URL(`https://${domain}/`).hostname;

  test.each([
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.1.2.3:8443',
  ])('an address written as %s may not be asked for', (domain) => {
    expect(isPublicHost(hostOf(domain))).toBe(false);
  });

  test.each(['1.1.1.1', '[2606:4700:4700::1111]', 'acme.tines.com'])('%s may', (domain) => {
    expect(isPublicHost(hostOf(domain))).toBe(true);
  });

  test('a name may: what it resolves to is checked later', () => {
    expect(isPublicHost('localhost')).toBe(true);
  });
});

interface Looked {
  readonly error: NodeJS.ErrnoException | null;
  readonly address: string | LookupAddress[];
}

const look = (hostname: string, options: LookupOptions): Promise<Looked> =>
  new Promise((resolve) => {
    publicLookup(hostname, options, (error, address) => {
      resolve({ error, address });
    });
  });

describe('the lookup', () => {
  test.each([{}, { all: true }, { family: 4 }])('refuses a name of this machine, asked with %j', async (options) => {
    const { error, address } = await look('localhost', options);
    expect([error?.code, address]).toEqual([PRIVATE_ADDRESS, '']);
  });

  test('passes an error of the system on', async () => {
    const { error } = await look('no-such-host.invalid', {});
    expect(error?.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  test('gives the address of a public one', async () => {
    expect(await look('1.1.1.1', {})).toEqual({ error: null, address: '1.1.1.1' });
  });

  test('gives all addresses where all are asked for', async () => {
    const { error, address } = await look('1.1.1.1', { all: true });
    expect([error, address]).toEqual([null, [{ address: '1.1.1.1', family: 4 }]]);
  });
});
