/**
 * Tries every order in which processes can take the steps of a protocol, and every moment at which they can be killed.
 * A process is a generator that yields its accesses to what is shared; what it does next depends on nothing but the
 * answers that it got, so a process at any moment is the list of those answers, and moments that are alike are tried
 * once.
 */
import type { ClaimFolder, Holder } from '../../../system/src/claims/steps.ts';

/** What the processes share: files, and who lives. */
export interface World {
  /** Name -> text, and a number that moves when the file is touched. */
  readonly files: Map<string, string>;
  /** Numbers of living processes, those that processes started for themselves included. */
  readonly alive: Set<number>;
}

export type Life = Generator<() => unknown, void, unknown>;

export interface Setting {
  readonly files: ReadonlyMap<string, string>;
  /** Of each process, by its number: what it claims, and its life. */
  readonly lives: ReadonlyMap<
    number,
    { readonly name: string; readonly begin: (world: () => World) => Life }
  >;
  /** Lives of each process, one after the other. */
  readonly rounds: number;
  /** How many processes are killed at most. */
  readonly kills: number;
  /** Turns of the schedule: how often another process goes on although this one could. null: any number. */
  readonly switches: number | null;
}

/** The life begins anew: what it learnt is forgotten. */
export const RESTART = Symbol('restart');
/** The life stays where it is, and tries the same step again. */
export const WAIT = Symbol('wait');
/** A process may be in its critical section: between these two marks it, or its child, writes what is claimed. */
export const ENTER = Symbol('enter');
export const LEAVE = Symbol('leave');
/** From here on a process that this one started computes too. */
export const PASS_ON = Symbol('pass on');

interface Process {
  readonly pid: number;
  readonly name: string;
  /** Answers so far; null: it has ended. */
  readonly answers: readonly unknown[] | null;
  readonly isInside: boolean;
  /** Lives that are left to it. */
  readonly rounds: number;
}

interface Moment {
  readonly files: ReadonlyMap<string, string>;
  readonly alive: ReadonlySet<number>;
  readonly processes: readonly Process[];
  /** Children that compute. */
  readonly computing: readonly number[];
  readonly kills: number;
  readonly last: number;
  readonly switches: number;
}

export interface Exploration {
  readonly moments: number;
  /** The steps that lead to two holders; null: there are never two. */
  readonly violation: readonly string[] | null;
  /** A moment from which nothing leads to the end of all living processes. */
  readonly stuck: string | null;
}

export function explore(setting: Setting): Exploration {
  const first: Moment = {
    files: setting.files,
    alive: new Set(setting.lives.keys()),
    processes: [...setting.lives].map(([pid, { name }]) => ({
      pid,
      name,
      answers: [],
      isInside: false,
      rounds: setting.rounds,
    })),
    computing: [],
    kills: setting.kills,
    last: -1,
    switches: setting.switches ?? 0,
  };
  const known = new Map<string, { readonly from: string | null; readonly step: string }>();
  const earlier = new Map<string, string[]>();
  const ends: string[] = [];
  const waiting: [string, Moment][] = [[keyOf(first), first]];
  known.set(keyOf(first), { from: null, step: 'begin' });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [key, moment] = next;
    if (isShared(moment)) return { moments: known.size, violation: pathTo(key, known), stuck: null };
    if (isEnd(moment)) ends.push(key);
    for (const { step, after, isKill } of successors(moment, setting)) {
      const afterKey = keyOf(after);
      // Nobody counts as helped by being killed.
      if (!isKill) earlier.set(afterKey, [...(earlier.get(afterKey) ?? []), key]);
      if (known.has(afterKey)) continue;
      known.set(afterKey, { from: key, step });
      waiting.push([afterKey, after]);
    }
  }
  // Whatever happened, all that live can come to their end.
  const ending = new Set(ends);
  for (let key = ends.pop(); key !== undefined; key = ends.pop()) {
    for (const before of earlier.get(key) ?? []) {
      if (ending.has(before)) continue;
      ending.add(before);
      ends.push(before);
    }
  }
  const stuck =
    setting.switches === null ? ([...known.keys()].find((key) => !ending.has(key)) ?? null) : null;
  return { moments: known.size, violation: null, stuck };
}

/** Whether two processes, or what they started, are inside for one name. */
function isShared({ processes, computing, alive }: Moment): boolean {
  const inside = processes.filter(
    (process) => (process.isInside && alive.has(process.pid)) || computing.includes(childOf(process.pid)),
  );
  return new Set(inside.map(({ name }) => name)).size < inside.length;
}

/** The number of the process that a process starts. */
export function childOf(pid: number): number {
  return pid + 100;
}

function isEnd({ processes, computing }: Moment): boolean {
  return computing.length === 0 && processes.every(({ answers }) => answers === null);
}

interface Successor {
  readonly step: string;
  readonly after: Moment;
  readonly isKill: boolean;
}

function* successors(moment: Moment, setting: Setting): Generator<Successor> {
  for (const process of moment.processes) {
    if (process.answers === null) continue;
    const isSwitch = moment.last !== process.pid && moment.last >= 0;
    if (setting.switches !== null && isSwitch && moment.switches === 0) continue;
    const switches = moment.switches - (setting.switches !== null && isSwitch ? 1 : 0);
    yield stepOf(
      { ...moment, last: setting.switches === null ? -1 : process.pid, switches },
      process,
      setting,
    );
    if (moment.kills > 0)
      yield { step: `${process.pid} is killed`, after: killed(moment, process), isKill: true };
  }
  for (const child of moment.computing) {
    const alive = new Set(moment.alive);
    alive.delete(child);
    const computing = moment.computing.filter((pid) => pid !== child);
    yield { step: `${child} ends`, after: { ...moment, alive, computing }, isKill: false };
  }
}

function killed(moment: Moment, { pid }: Process): Moment {
  const alive = new Set(moment.alive);
  alive.delete(pid);
  const processes = moment.processes.map((process) =>
    process.pid === pid ? { ...process, answers: null, isInside: false } : process,
  );
  return { ...moment, alive, processes, kills: moment.kills - 1 };
}

function stepOf(moment: Moment, process: Process, setting: Setting): Successor {
  const world: World = { files: new Map(moment.files), alive: new Set(moment.alive) };
  const { pid, isInside } = process;
  const own = setting.lives.get(pid);
  if (own === undefined || process.answers === null) throw new Error(`process ${pid} has no life`);
  const life = own.begin(() => world);
  let next = life.next();
  for (const answer of process.answers) next = life.next(answer);
  if (next.done === true) throw new Error('a life that has ended goes on');
  const answer = next.value();
  if (answer === WAIT) return { step: `${pid} waits`, after: moment, isKill: false };
  let computing = moment.computing;
  if (answer === PASS_ON) {
    computing = [...computing, childOf(pid)];
    world.alive.add(childOf(pid));
  }
  const inside = answer === ENTER ? true : answer === LEAVE ? false : isInside;
  const isEnded = answer !== RESTART && life.next(answer).done === true;
  const rounds = isEnded ? process.rounds - 1 : process.rounds;
  const answers: Process['answers'] =
    rounds === 0 ? null : isEnded || answer === RESTART ? [] : [...process.answers, answer];
  const moved: Process = { ...process, answers, isInside: inside && !isEnded, rounds };
  const processes = moment.processes.map((other) => (other.pid === pid ? moved : other));
  const after: Moment = { ...moment, files: world.files, alive: world.alive, processes, computing };
  return { step: `${pid} ${next.value.toString()} -> ${String(answer)}`, after, isKill: false };
}

function keyOf({ files, processes, computing, kills, last, switches, alive }: Moment): string {
  const state = processes.map(({ answers, isInside, rounds }) => [answers, isInside, rounds]);
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted, state, computing, kills, last, switches, [...alive].sort()], (_, value) =>
    typeof value === 'symbol' ? String(value) : (value as unknown),
  );
}

function pathTo(
  key: string,
  known: ReadonlyMap<string, { readonly from: string | null; readonly step: string }>,
): readonly string[] {
  const steps: string[] = [];
  for (let at: string | null = key; at !== null; ) {
    const moment = known.get(at);
    steps.unshift(moment?.step ?? '');
    at = moment?.from ?? null;
  }
  return steps;
}

/** Files of a world as a folder of claims. */
export function folderOf(world: () => World): ClaimFolder {
  return {
    list: () => [...world().files.keys()].sort(),
    read: (file) => world().files.get(file) ?? null,
    make: (file, text) => {
      if (world().files.has(file)) return false;
      world().files.set(file, text);
      return true;
    },
    replace: (file, text) => void world().files.set(file, text),
    empty: (file) => {
      if (world().files.has(file)) world().files.set(file, '');
    },
    remove: (file) => void world().files.delete(file),
    touch: () => {},
  };
}

export function aliveIn(world: () => World): (holder: Holder) => boolean {
  return ({ pid }) => world().alive.has(pid);
}
