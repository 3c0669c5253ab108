/** What a request ends in when it is the client's or the server's fault: one of messages' ApiErrors, thrown. */
import type { ApiError } from './messages.ts';

export class ApiFailure extends Error {
  readonly error: ApiError;
  constructor(error: ApiError) {
    super(error.message);
    this.name = 'ApiFailure';
    this.error = error;
  }
}
