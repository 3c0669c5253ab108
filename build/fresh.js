/**
 * Whether every package's `dist` is built from its sources as they are now. Each start of a program asks, so this file
 * loads nothing but Node's own modules, and it is plain JavaScript: stripping types would cost more than the question.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @typedef {{ name: string, folder: string, digest: () => string, seen: string, isSettled: boolean }} Sources */
/**
 * What stands in dist/build.json: the digest of the sources, what their files looked like to `stat` (empty where they
 * had just been written), and the files of the build.
 * @typedef {{ digest: string, seen: string, files: string[] }} Stamp
 */

const root = dirname(import.meta.dirname);

/** A file that was written so shortly before it was looked at may be written again without looking different. */
const SETTLED_AFTER_MS = 100;

/** Builds what is not fresh. @throws where the sources cannot be built; the reason has been printed. */
export function ensureBuilt() {
  if (readSources().every(isFresh)) return;
  const builder = join(import.meta.dirname, 'build.js');
  // Standard output belongs to the program that asks.
  const { status } = spawnSync(process.execPath, [builder, '--quiet'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('evalgraph could not be built from its sources');
}

/** @returns the packages that have sources; a package that was installed from a registry has none */
export function readSources() {
  const common = ['build/build.js', 'build/fresh.js', 'node_modules/rolldown/package.json'];
  return readdirSync(join(root, 'packages'))
    .sort()
    .filter((name) => ['src', 'package.json'].every((part) => existsSync(join(root, 'packages', name, part))))
    .map((name) => sourcesOf(name, common));
}

/**
 * @param {string} name
 * @param {readonly string[]} common
 * @returns {Sources}
 */
function sourcesOf(name, common) {
  const folder = join(root, 'packages', name);
  const files = [...common, `packages/${name}/package.json`];
  addFiles(`packages/${name}/src`, files);
  const lookedMs = Date.now();
  let newestMs = 0;
  let seen = '';
  for (const file of files) {
    const { size, mtimeMs, ctimeMs } = statSync(join(root, file));
    newestMs = Math.max(newestMs, mtimeMs, ctimeMs);
    seen += `${file} ${size} ${mtimeMs} ${ctimeMs}\n`;
  }
  return {
    name,
    folder,
    seen: sha256(seen),
    isSettled: newestMs < lookedMs - SETTLED_AFTER_MS,
    digest: () => sha256(...files.flatMap((file) => [file, sha256(readFileSync(join(root, file)))])),
  };
}

/**
 * @param {string} folder
 * @param {string[]} files
 */
function addFiles(folder, files) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) addFiles(path, files);
    else files.push(path);
  }
}

/**
 * A look at sizes and times mostly suffices. Where they differ, the contents decide: a checkout or a copy changes times.
 * @param {Sources} sources
 */
export function isFresh(sources) {
  const stamp = readStamp(sources.folder);
  if (stamp === null || stamp.files.some((file) => !existsSync(join(sources.folder, 'dist', file))))
    return false;
  if (stamp.seen === sources.seen) return true;
  if (stamp.digest !== sources.digest()) return false;
  try {
    writeStamp(sources, { ...stamp, seen: sources.isSettled ? sources.seen : '' });
  } catch {
    // On a read-only disk the contents are read at each start.
  }
  return true;
}

/**
 * @param {string} folder
 * @returns {Stamp | null}
 */
export function readStamp(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'dist/build.json'), 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {{ folder: string }} sources
 * @param {Stamp} stamp
 */
export function writeStamp({ folder }, stamp) {
  replaceFile(join(folder, 'dist/build.json'), `${JSON.stringify(stamp)}\n`);
}

/**
 * Whoever reads finds the old file or the new one.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function replaceFile(path, content) {
  const written = `${path}.${process.pid}`;
  writeFileSync(written, content);
  renameSync(written, path);
}

/** @param {readonly (string | Uint8Array)[]} parts */
function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
