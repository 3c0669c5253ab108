/**
 * Who may ask: the server has no keys, so a web page that is open on this machine must not be able to use it. A page's
 * requests carry its Origin; a page whose name was pointed at this machine (DNS rebinding) carries that name as Host.
 * Programs send no Origin, and the Host that they were told. Pure.
 */
import { isLoopback, plainAddress } from '@evalgraph/system';
import { ApiFailure } from './api-failure.ts';
import { apiErrors } from './messages.ts';

export interface Access {
  /** Host names besides this machine's own, in lower case, without ports. */
  readonly hosts: ReadonlySet<string>;
  /** `https://notebook.example:8443`, as browsers write them. */
  readonly origins: ReadonlySet<string>;
}

export const LOOPBACK_ONLY: Access = { hosts: new Set(), origins: new Set() };

export interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Sec-Fetch-Site: what a browser says of the page that asks. */
  readonly fetchSite: string | undefined;
  /** The address that the connection came in at. */
  readonly localAddress: string | undefined;
}

/** @returns the page's origin where one asks and may read the answer. @throws ApiFailure 403 */
export function checkAccess(asked: Asked, { hosts, origins }: Access): string | null {
  const { host, origin, fetchSite, localAddress } = asked;
  const name = hostName(host);
  // An address is no name that somebody else's DNS could have led here; it must be the one that was asked.
  const isOwn =
    name !== null && (isLoopback(name) || plainAddress(name) === plainAddress(localAddress ?? ''));
  if (!isOwn && !(name !== null && hosts.has(name)))
    throw new ApiFailure(apiErrors.foreignHost(host ?? null));
  if (origin === undefined) {
    if (fetchSite === 'cross-site') throw new ApiFailure(apiErrors.foreignOrigin(null));
    return null;
  }
  const page = URL.parse(origin);
  const isKnown = origins.has(origin.toLowerCase()) || (page !== null && isLoopback(bare(page.hostname)));
  if (!isKnown) throw new ApiFailure(apiErrors.foreignOrigin(origin));
  return origin;
}

/** A Host header's name in lower case; null where it is none. */
function hostName(host: string | undefined): string | null {
  const found = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.exec(host ?? '');
  return found?.[1] === undefined ? null : bare(found[1].toLowerCase());
}

function bare(name: string): string {
  return name.replace(/^\[|\]$/g, '');
}
