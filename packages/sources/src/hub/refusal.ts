/** A failure that stays -> the problem that a user reads. */
import type { Problem } from '@evalgraph/formats';
import type { Failure } from './http.ts';
import { messages } from './messages.ts';
import { type GaveUp, mayPass } from './patience.ts';
import type { RepositoryName } from './repository.ts';
import type { HubSettings } from './settings.ts';

/** @param what was asked for, as in "answered {what} with a web page". */
export function problemOf(
  settings: HubSettings,
  repository: RepositoryName,
  what: string,
  { failure, tries }: GaveUp,
): Problem {
  const { endpoint } = settings;
  const from = settings.token?.from ?? null;
  switch (failure.kind) {
    case 'network':
      return messages.unreachable(endpoint, failure.reason, tries);
    case 'certificate':
      return messages.certificate(endpoint, failure.reason);
    case 'content':
      return messages.unexpectedAnswer(endpoint, what, failure.detail);
    case 'status':
      if (mayPass(failure)) return messages.busy(endpoint, failure.status, failure.retryAfterMs, from);
      return refused(settings, repository, what, failure);
  }
}

function refused(
  { endpoint, token }: HubSettings,
  repository: RepositoryName,
  what: string,
  { status, code, said }: Extract<Failure, { kind: 'status' }>,
): Problem {
  const from = token?.from ?? null;
  if (code === 'GatedRepo') return messages.gated(repository, endpoint, from);
  if (status === 401 && from !== null && /invalid (credentials|username|token|user token)/i.test(said)) {
    return messages.badToken.refused(endpoint, from);
  }
  // Whoever sends no token is told 401 of a repository that does not exist as of one that is private.
  if (code === 'RepoNotFound' || status === 401 || (status === 404 && code === '')) {
    return messages.noRepository(repository, endpoint, from);
  }
  if (status === 403) return messages.forbidden(repository, endpoint, status, said);
  return messages.unexpectedAnswer(endpoint, what, `HTTP ${status}${said === '' ? '' : ` (${said})`}`);
}
