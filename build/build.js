/**
 * Builds `dist` of every package whose sources have changed: `npm run build`, and each start that finds it stale.
 * Files of `dist` are named by their contents and never change; only the entries, one line each, keep their names. A
 * process that runs therefore finds its own files until they are swept, and a build that is killed leaves the stamp of
 * the one before, so that the next start builds again.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { isFresh, readSources, readStamp, replaceFile, writeStamp } from './fresh.js';

/** The condition of package.json's `exports` that names a source. */
const SOURCE = 'evalgraph-source';
/** The longest run whose program may be replaced under it. */
const SWEPT_AFTER_MS = 14 * 24 * 3600 * 1000;
const LOCK = join(import.meta.dirname, '../.evalgraph/build.lock');
/** No build takes so long: whoever holds the lock has been stopped. */
const LOCK_PATIENCE_MS = 60_000;

/** @param {(text: string) => void} say */
async function buildAll(say) {
  await holdLock(async () => {
    // Sources may be edited meanwhile: what is left is what was there when everything was fresh.
    for (;;) {
      const stale = readSources().filter((sources) => !isFresh(sources));
      if (stale.length === 0) return;
      await Promise.all(stale.map(buildPackage));
      say(`built ${stale.map(({ name }) => name).join(', ')}`);
    }
  });
}

/** @param {import('./fresh.js').Sources} sources */
async function buildPackage(sources) {
  const { folder } = sources;
  // Before the sources are read: an edit that comes later makes this digest a wrong one.
  const digest = sources.digest();
  const entries = entriesOf(folder);
  const bundle = await rolldown({
    cwd: folder,
    input: entries,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
  });
  const hashed = '[name]-[hash].js';
  const { output } = await bundle.generate({
    format: 'esm',
    sourcemap: true,
    entryFileNames: hashed,
    chunkFileNames: hashed,
  });
  await bundle.close();
  const before = readStamp(folder)?.files ?? [];
  const dist = join(folder, 'dist');
  const written = output.map((file) => {
    writeOnce(join(dist, file.fileName), file.type === 'chunk' ? file.code : file.source);
    return file.fileName;
  });
  const facades = output.flatMap((file) => {
    if (file.type !== 'chunk' || !file.isEntry) return [];
    const path = `${file.name}.js`;
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    replaceFile(
      join(dist, path),
      `export * from '${'../'.repeat(path.split('/').length - 1) || './'}${file.fileName}';\n`,
    );
    return [path];
  });
  writeStamp(sources, { digest, seen: '', files: [...written, ...facades] });
  sweep(dist, before, new Set([...written, ...facades, 'build.json']));
}

/**
 * Everything that is loaded from outside: what `exports` names, and what a thread or a process starts with.
 * @param {string} folder
 * @returns {Record<string, string>} path below dist, without its ending -> source
 */
function entriesOf(folder) {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = Object.values(exports).flatMap((target) =>
    target[SOURCE] === undefined ? [] : [target[SOURCE]],
  );
  const workers = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|[/-])worker\.ts$/.test(path))
    .map((path) => `./src/${path}`);
  return Object.fromEntries(
    [...named, ...workers].map((path) => [path.slice('./src/'.length, -'.ts'.length), path]),
  );
}

/**
 * @param {string} path named by its content
 * @param {string | Uint8Array} content
 */
function writeOnce(path, content) {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, content);
}

/**
 * Removes files that no build has used for long.
 * @param {string} dist
 * @param {readonly string[]} before of the build that this one replaces: processes may run it still
 * @param {ReadonlySet<string>} current
 */
function sweep(dist, before, current) {
  const now = new Date();
  for (const file of before) if (existsSync(join(dist, file))) utimesSync(join(dist, file), now, now);
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || current.has(path.slice(dist.length + 1))) continue;
    if (statSync(path).mtimeMs < now.getTime() - SWEPT_AFTER_MS) rmSync(path, { force: true });
  }
}

/**
 * One build at a time. That two processes take a dead one's lock over is harmless: each writes whole files.
 * @param {() => Promise<void>} action
 */
async function holdLock(action) {
  mkdirSync(dirname(LOCK), { recursive: true });
  while (!tryLock()) await sleep(20);
  try {
    await action();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const stat = statSync(LOCK, { throwIfNoEntry: false });
  if (
    stat !== undefined &&
    (stat.mtimeMs < Date.now() - LOCK_PATIENCE_MS || !isRunning(Number(readLock())))
  ) {
    rmSync(LOCK, { force: true });
  }
  return false;
}

function readLock() {
  try {
    return readFileSync(LOCK, 'utf8');
  } catch {
    return '';
  }
}

/** @param {number} pid 0 where it has not been written yet */
function isRunning(pid) {
  if (pid === 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

try {
  await buildAll((text) => {
    if (!process.argv.includes('--quiet')) console.log(text);
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
