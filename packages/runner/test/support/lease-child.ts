/**
 * Takes a lease again and again, and checks by other means that nobody else holds it: a file that names its holder.
 * Ends with code 3 where it finds a living one there.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLease } from '../../src/gpus/lease.ts';
import { isSameProcess, processStart } from '../../src/gpus/process-start.ts';

const [folder = '', rounds = '1'] = process.argv.slice(2);
const holder = join(folder, 'holder');

for (let left = Number(rounds); left > 0; ) {
  const result = tryLease(join(folder, 'leases'), 'GPU-x');
  if (!result.taken) {
    await sleep(Math.random() * 4);
    continue;
  }
  claim();
  await sleep(Math.random() * 3);
  rmSync(holder);
  result.lease.release();
  left -= 1;
}

function claim(): void {
  const own = JSON.stringify([process.pid, processStart(process.pid)]);
  try {
    writeFileSync(holder, own, { flag: 'wx' });
  } catch {
    const [pid, start] = JSON.parse(readFileSync(holder, 'utf8') || '[0,null]') as [number, string | null];
    if (isSameProcess(pid, start)) process.exit(3);
    writeFileSync(holder, own);
  }
}
