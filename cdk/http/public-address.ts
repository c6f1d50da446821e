import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Code of the error for a name that resolves to an address outside of the public internet. */
export const PRIVATE_ADDRESS = 'ERR_PRIVATE_ADDRESS';

/**
 * What of IPv4 is not the public internet: the special-purpose registry (RFC 6890,
 * https://www.iana.org/assignments/iana-ipv4-special-registry), multicast, reserved, and the address under which Azure's
 * platform answers every machine in it.
 */
const notPublic4 = blocks('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

/** All that is assigned to the public internet of IPv6 (RFC 4291, 2.4): no form that holds an IPv4 address lies in it. */
const public6 = blocks('ipv6', [['2000::', 3]]);

/** What is special in there: protocols with Teredo, documentation, 6to4 (iana-ipv6-special-registry). */
const notPublic6 = blocks('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

function blocks(family: 'ipv4' | 'ipv6', networks: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}

/** Whether an IP address, as text, lies in the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublic4.check(address, 'ipv4');
    case 6:
      return public6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6');
    default:
      return false;
  }
}

/**
 * Whether a host may be asked for at all: an address written as such never reaches a lookup.
 * @param hostname as a URL spells it: numbers such as 0x7f.1 have become addresses there
 */
export function isPublicHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 || isPublicAddress(address);
}

/** Name resolution that fails with {@link PRIVATE_ADDRESS} for what isn't public; the address checked is the one used. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, '', 0);
      return;
    }
    const [first] = addresses;
    if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
      callback(privateAddress(), '', 0);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

/**
 * Resolves a name and refuses it unless all its addresses are public: for a way, such as a proxy, on which the address
 * that is connected to can't be seen.
 * @param hostname a name or an address, without brackets
 * @throws Error with the code {@link PRIVATE_ADDRESS}, or that of the name resolution
 */
export async function assertPublicHost(hostname: string): Promise<void> {
  if (!isPublicHost(hostname)) throw privateAddress();
  await new Promise<void>((resolve, reject) => {
    publicLookup(hostname, { all: true }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

const privateAddress = (): NodeJS.ErrnoException =>
  Object.assign(new Error('private address'), { code: PRIVATE_ADDRESS });
