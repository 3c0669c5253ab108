/** Claims on the disk: who holds them, what is taken over, what stays behind, and many processes at once. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { openClaims, shardOf } from '../../system/src/claims/claims.ts';
import { abandonmentIn } from '../../system/src/claims/disk-folder.ts';
import { processStart } from '../../system/src/claims/process-start.ts';
import { start } from './support/child.ts';

const isLinux = process.platform === 'linux';
let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'evalgraph-claims-')), 'claims');
});

/** Records of a name, by their paths below the folder. */
const recordsOf = (name: string): readonly string[] => {
  const shard = shardOf(name);
  mkdirSync(join(folder, shard), { recursive: true });
  return readdirSync(join(folder, shard))
    .filter((file) => file.startsWith(`${name}.`))
    .map((file) => `${shard}/${file}`);
};

/** Writes a record above all others of the name. */
const write = (name: string, content: unknown): string => {
  const number = 5 + Math.max(0, ...recordsOf(name).map(numberOf));
  const path = join(folder, shardOf(name), `${name}.${number}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const numberOf = (path: string): number => Number(path.slice(path.lastIndexOf('.') + 1));
const held = (pid: number, startedAt: string | null, host = hostname()): unknown => ({
  host,
  holders: [{ pid, start: startedAt }],
});
const take = (name: string): boolean => {
  const result = openClaims(folder).tryTake(name);
  if (result.taken) result.claim.release();
  return result.taken;
};

describe('a claim', () => {
  it('is held until it is given back, and each name has its own', () => {
    const claims = openClaims(folder);
    const first = claims.tryTake('x');
    if (!first.taken) throw new Error('not taken');
    expect(claims.tryTake('x')).toEqual({ taken: false, pid: process.pid, host: hostname() });
    expect(claims.tryTake('x.1').taken).toBe(true);
    first.claim.mustHold();
    first.claim.release();
    for (let round = 0; round < 30; round++) expect(take('x')).toBe(true);
    expect(recordsOf('x').map((path) => statSync(join(folder, path)).size)).toEqual([0]);
  });

  it('is waited for, and said to be once', async () => {
    const claims = openClaims(folder);
    const first = await claims.take('x', () => {});
    const order: string[] = [];
    const second = claims
      .take('x', () => order.push('waits'))
      .then((claim) => {
        order.push('has it');
        claim.release();
      });
    await vi.waitFor(() => expect(order).toEqual(['waits']), { timeout: 20_000 });
    order.push('released');
    first.release();
    await second;
    expect(order).toEqual(['waits', 'released', 'has it']);
  });

  it('of a living process is not taken, be its runner gone', () => {
    const startedAt = processStart(process.pid);
    write('x', held(process.pid, startedAt));
    expect(take('x')).toBe(false);
    write('y', {
      host: hostname(),
      holders: [
        { pid: 999_999_999, start: null },
        { pid: process.pid, start: startedAt },
      ],
    });
    expect(take('y')).toBe(false);
  });

  it('of a process that is gone is taken: an unknown number, a number given out again, a torn file', () => {
    write('x', held(999_999_999, null));
    expect(take('x')).toBe(true);
    if (isLinux) {
      write('x', held(process.pid, 'another boot 1'));
      expect(take('x')).toBe(true);
    }
    write('x', '{"host": "x", "hol');
    expect(take('x')).toBe(true);
  });

  it('is not hindered by whatever stands in a record', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        write('x', text);
        expect(take('x')).toBe(true);
      }),
      { seed: 6, numRuns: 200 },
    );
  });

  it.skipIf(!isLinux)('of another container of the same name is not judged by its processes', () => {
    write('x', { host: hostname(), space: 'pid:[1]', holders: [{ pid: 999_999_999, start: null }] });
    expect(take('x')).toBe(false);
  });

  it('lasts as long as the process that computes', async () => {
    const result = openClaims(folder).tryTake('x');
    if (!result.taken) throw new Error('not taken');
    const child: ChildProcess = spawn('sleep', ['600']);
    result.claim.extendTo(child.pid ?? 0);
    // As if this process had been killed: the child alone is left in the record.
    const [file = ''] = recordsOf('x');
    const record = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { holders: unknown[] };
    writeFileSync(join(folder, file), JSON.stringify({ ...record, holders: record.holders.slice(1) }));
    expect(take('x')).toBe(false);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    expect(take('x')).toBe(true);
  });

  it('that another machine took over is lost, which its holder finds out, and leaves alone', () => {
    const result = openClaims(folder).tryTake('x');
    if (!result.taken) throw new Error('not taken');
    const [own = ''] = recordsOf('x');
    const path = write('x', held(1, null, 'elsewhere'));
    rmSync(join(folder, own));
    expect(() => result.claim.mustHold()).toThrow(/Another machine took over/);
    result.claim.release();
    expect(recordsOf('x')).toEqual([path.slice(folder.length + 1)]);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(held(1, null, 'elsewhere'));
  });
});

describe('a claim of another machine', () => {
  it('is abandoned when it was seen untouched for long, whatever the clocks say', () => {
    const path = write('x', held(1, null, 'elsewhere'));
    // Long ago, or in the future, by that machine's clock.
    for (const touchedMs of [0, Date.now() - 3_600_000, Date.now() + 3_600_000]) {
      utimesSync(path, new Date(touchedMs), new Date(touchedMs));
      expect(take('x')).toBe(false);
    }
    const name = path.slice(path.lastIndexOf('/') + 1);
    let now = 0;
    const isAbandoned = abandonmentIn(dirname(path), () => now);
    expect(isAbandoned(name)).toBe(false);
    now = 4 * 60_000;
    expect(isAbandoned(name)).toBe(false);
    utimesSync(path, new Date(1000), new Date(1000));
    now = 8 * 60_000;
    expect(isAbandoned(name)).toBe(false);
    now = 12 * 60_000;
    expect(isAbandoned(name)).toBe(false);
    now = 14 * 60_000;
    expect(isAbandoned(name)).toBe(true);
    expect(isAbandoned('gone.1')).toBe(false);
  });
});

describe('many processes', () => {
  const script = 'packages/runner/test/support/claims-child.ts';

  it('8 of them take 2,000 dead claims, each once, and leave few files behind', async () => {
    const own = dirname(folder);
    const names = 2000;
    for (let name = 0; name < names; name++) write(`name-${name}`, held(999_999_999, null));
    // What killed processes were about to write.
    const [shelf = ''] = readdirSync(folder);
    writeFileSync(join(folder, shelf, `name-1.3~${hostname()}~999999999~00`), 'half a rec');
    const children = Array.from({ length: 8 }, () => start(script, [own, String(names)]));
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
    const log = readFileSync(join(own, 'log'), 'utf8').trim().split('\n');
    expect(log.length).toBe(names);
    expect(new Set(log).size).toBe(names);
    const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(left.length).toBeLessThan(3 * 256);
    expect(left.filter(({ name }) => name.includes('~'))).toEqual([]);
    rmSync(own, { recursive: true });
  }, 300_000);

  it('has one holder, whoever asks, stops or is killed', async () => {
    const own = dirname(folder);
    const children = Array.from({ length: 6 }, () => start(script, [own, '1', '10']));
    const victims = Array.from({ length: 3 }, () => start(script, [own, '1', '100000']));
    for (const victim of victims) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      victim.kill();
    }
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
    for (const { ended } of victims) expect((await ended).code).toBe(null);
    rmSync(own, { recursive: true });
  }, 120_000);
});
