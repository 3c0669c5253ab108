/** What stays on this machine, and what travels in the open. */
import { isIP } from 'node:net';

/** ::ffff:10.0.0.7 is how a socket for both kinds writes 10.0.0.7. Names are no addresses. */
export function plainAddress(address: string): string | null {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(plain) === 0 ? null : plain;
}

/** This machine, whatever anybody's DNS says: RFC 6761 for localhost. */
export function isLoopback(name: string): boolean {
  const plain = plainAddress(name);
  if (plain === null) return name === 'localhost' || name.endsWith('.localhost');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

/** Plain http to another machine: whoever stands between reads what is sent, a key too. */
export function isInTheOpen({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, '').toLowerCase());
}
