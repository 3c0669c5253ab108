export { type EngineVersions, lockedPackages } from './identity.ts';
export { askVersions } from './versions.ts';
