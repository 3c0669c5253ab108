/**
 * Takes every name of a list, each once among all processes, and checks by other means that nobody else holds it: a file
 * that it makes exclusively. Ends with code 3 where it finds one there whose maker lives.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClaims } from '../../../system/src/claims/claims.ts';
import { isSameProcess, processStart } from '../../../system/src/claims/process-start.ts';

const [folder = '', names = '1', rounds = '1'] = process.argv.slice(2);
const claims = openClaims(join(folder, 'claims'));

for (const name of shuffled(Number(names))) {
  for (let left = Number(rounds); left > 0; left--) await once(name);
}

async function once(name: string): Promise<void> {
  const done = join(folder, `${name}.done`);
  const isOnce = rounds === '1';
  if (isOnce && existsSync(done)) return;
  const claim = await claims.take(name, () => {});
  if (!isOnce || !existsSync(done)) {
    const holder = join(folder, `${name}.holder`);
    hold(holder);
    claim.mustHold();
    if (!isOnce) await sleep(Math.random() * 3);
    if (isOnce) appendFileSync(join(folder, 'log'), `${name}\n`);
    writeFileSync(done, '');
    rmSync(holder);
  }
  claim.release();
}

function hold(holder: string): void {
  const own = JSON.stringify([process.pid, processStart(process.pid)]);
  try {
    writeFileSync(holder, own, { flag: 'wx' });
  } catch {
    const [pid, start] = JSON.parse(readFileSync(holder, 'utf8') || '[0,null]') as [number, string | null];
    if (isSameProcess(pid, start)) process.exit(3);
    writeFileSync(holder, own);
  }
}

function shuffled(count: number): readonly string[] {
  const list = Array.from({ length: count }, (_, index) => `name-${index}`);
  for (let at = list.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [list[at], list[other]] = [list[other] ?? '', list[at] ?? ''];
  }
  return list;
}
