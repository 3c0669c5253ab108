export { openCatalog, type ResolveHubDataset } from './catalog.ts';
export { isFolder, listedTree } from './file-tree.ts';
export { hubFiles, openHubFolder } from './hub-folder.ts';
export { takenFiles } from './taken-files.ts';
