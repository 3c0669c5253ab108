/** The hub's folder to the rest of the runner. */
export type { LocatedDataset } from './dataset.ts';
export { locateDataset } from './dataset.ts';
export type { Fetched, FetchOptions, FetchRequest } from './fetch-files.ts';
export type { Hub } from './hub.ts';
export { openHub } from './hub.ts';
export { messages as hubMessages } from './messages.ts';
export type { HubOrigin } from './origin.ts';
export { originFolder, originRequest, parseOrigin } from './origin.ts';
export type { HubFile, HubRef, Repository, RepositoryName } from './repository.ts';
export { isCommit, isSafePath, isSha256 } from './repository.ts';
export { foldersOf } from './series.ts';
export type { HubSettings, HubToken, Patience } from './settings.ts';
export { DEFAULT_PATIENCE, hubSettings } from './settings.ts';
