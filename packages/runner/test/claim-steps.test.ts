/**
 * Claims, judged by every order of steps: two processes that take, renew, pass on, give back and are killed at any
 * moment, and three with few switches between them. Schemes that are known to fail are tried in the same way, so that
 * the judge is seen to find what it looks for.
 */
import { describe, expect, it } from 'vitest';
import {
  attempt,
  type ClaimFolder,
  type ClaimRecord,
  extend,
  fileOf,
  giveBack,
  type Observer,
  renew,
  type Steps,
  textOf,
} from '../../system/src/claims/steps.ts';
import {
  aliveIn,
  childOf,
  ENTER,
  explore,
  folderOf,
  LEAVE,
  type Life,
  PASS_ON,
  RESTART,
  type Setting,
  WAIT,
  type World,
} from './support/interleave.ts';

/** Continuous integration lets three processes change places more often. */
const isThorough = Number(process.env['EVALGRAPH_FUZZ_RUNS'] ?? 0) >= 10_000;

type Observe = (pid: number, world: () => World) => Observer;

const recordOf = (pid: number, host = 'here'): ClaimRecord => ({
  host,
  space: null,
  holders: [{ pid, start: null }],
});

const sameMachine: Observe = (pid, world) => ({
  self: recordOf(pid),
  isAlive: aliveIn(world),
  isAbandoned: () => false,
});

/** Each process on a machine of its own: the others see only that a record is not touched any more. */
const otherMachines: Observe = (pid, world) => ({
  self: recordOf(pid, `machine ${pid}`),
  isAlive: aliveIn(world),
  isAbandoned: (file) => {
    const text = world().files.get(file);
    return text === undefined || text === '' || !world().alive.has(pidIn(text));
  },
});

function pidIn(text: string): number {
  return (JSON.parse(text) as ClaimRecord).holders[0]?.pid ?? 0;
}

type Act = 'renew' | 'pass on' | 'nothing';

/** Takes one name, does something while it has it, gives it back. */
function life(pid: number, name: string, act: Act, observe: Observe, protocol: Protocol) {
  return function* (world: () => World): Life {
    const folder = folderOf(world);
    const observer = observe(pid, world);
    const result = yield* protocol.attempt(folder, name, observer);
    if (result.state !== 'taken') {
      yield () => RESTART;
      return;
    }
    yield () => ENTER;
    if (act === 'renew') {
      const isHeld = yield* renew(folder, name, result.number);
      if (!isHeld) throw new Error('lost what nobody took');
    }
    if (act === 'pass on') {
      yield* extend(folder, name, result.number, observer, [{ pid: childOf(pid), start: null }]);
      yield () => PASS_ON;
      yield () => (world().alive.has(childOf(pid)) ? WAIT : 'ended');
    }
    yield () => LEAVE;
    yield* protocol.giveBack(folder, name, result.number);
  };
}

interface Protocol {
  attempt(folder: ClaimFolder, name: string, observer: Observer): ReturnType<typeof attempt>;
  giveBack(folder: ClaimFolder, name: string, number: number): Steps<void>;
}

const ours: Protocol = { attempt, giveBack };

interface Case {
  readonly names: readonly string[];
  readonly acts: readonly Act[];
  /** Records that lie there. */
  readonly files: Readonly<Record<string, string>>;
  /** How often each process takes its name. */
  readonly rounds: number;
  readonly kills: number;
  readonly switches: number | null;
  readonly observe: Observe;
}

function settingOf(
  { names, rounds, acts, files, kills, switches, observe }: Case,
  protocol: Protocol,
): Setting {
  const lives = names.map((name, index) => {
    const pid = index + 1;
    return [pid, { name, begin: life(pid, name, acts[index] ?? 'nothing', observe, protocol) }] as const;
  });
  return { files: new Map(Object.entries(files)), lives: new Map(lives), rounds, kills, switches };
}

const dead = textOf(recordOf(99));
const deadElsewhere = textOf(recordOf(99, 'machine 99'));
const two: Case = {
  names: ['k', 'k'],
  acts: ['renew', 'nothing'],
  files: {},
  rounds: 2,
  kills: 2,
  switches: null,
  observe: sameMachine,
};
const lying: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nothing: {},
  'a dead claim': { [fileOf('k', 1)]: dead },
  'a claim that was given back': { [fileOf('k', 4)]: '' },
  'dead claims of before': { [fileOf('k', 2)]: dead, [fileOf('k', 3)]: dead },
  'a dead claim below another name': { [fileOf('k', 1)]: dead, [fileOf('l', 2)]: dead },
  'a dead claim of another machine': { [fileOf('k', 1)]: deadElsewhere },
};

describe('every order of the steps of two processes', () => {
  for (const [what, files] of Object.entries(lying)) {
    for (const observe of [sameMachine, otherMachines]) {
      // Nobody on one machine sees whether a process of another lives.
      if (observe === sameMachine && Object.values(files).includes(deadElsewhere)) continue;
      it(`over ${what}, ${observe === sameMachine ? 'on one machine' : 'on two'}: one holder, nobody stuck`, () => {
        const { moments, ...found } = explore(settingOf({ ...two, files, observe }, ours));
        expect(found).toEqual({ violation: null, stuck: null });
        expect(moments).toBeGreaterThan(1000);
      });
    }
  }

  it('that pass their claims on to processes of their own, and are killed', () => {
    const files = { [fileOf('k', 1)]: dead };
    for (const acts of [
      ['pass on', 'pass on'],
      ['pass on', 'renew'],
    ] as const) {
      const found = explore(settingOf({ ...two, acts, files }, ours));
      expect(found).toMatchObject({ violation: null, stuck: null });
    }
  });
});

describe('three processes', () => {
  it.each(['k', 'l'])('the third of which takes %s', (third) => {
    const found = explore(
      settingOf(
        {
          ...two,
          names: ['k', 'k', third],
          acts: ['nothing', 'nothing', 'nothing'],
          files: { [fileOf('k', 1)]: dead },
          rounds: 1,
          kills: 1,
          switches: isThorough ? (third === 'k' ? 5 : 4) : 3,
        },
        ours,
      ),
    );
    expect(found).toMatchObject({ violation: null });
  });
});

describe('the judge', () => {
  const files = { [fileOf('k', 1)]: dead };

  it('finds two holders where a dead claim is removed and made anew', () => {
    const path = fileOf('k', 1);
    const removing: Protocol = {
      *attempt(folder, _name, observer) {
        if ((yield () => folder.make(path, textOf(observer.self))) === true)
          return { state: 'taken', number: 1 };
        const text = (yield () => folder.read(path)) as string | null;
        const isDead =
          text !== null && (yield () => !observer.isAlive({ pid: pidIn(text), start: null })) === true;
        if (isDead) yield () => folder.remove(path);
        return { state: 'again' };
      },
      *giveBack(folder) {
        yield () => folder.remove(path);
      },
    };
    const { violation } = explore(settingOf({ ...two, acts: [], files, kills: 0 }, removing));
    expect(violation).not.toBe(null);
  });

  it('finds two holders where nobody looks again after taking, and the highest number disappears', () => {
    const blind: Protocol = {
      attempt: withoutLookingAgain,
      *giveBack(folder, name, number) {
        yield () => folder.remove(fileOf(name, number));
      },
    };
    const setting = settingOf({ ...two, acts: [], files, kills: 0, rounds: 3 }, blind);
    expect(explore(setting).violation).not.toBe(null);
  });

  it('finds two holders where a claim that was passed on is judged by its first holder', () => {
    const hasty: Protocol = {
      *attempt(folder, name, observer) {
        const steps = attempt(folder, name, observer);
        let first: string | null = null;
        let next = steps.next();
        while (next.done !== true) {
          const answer = yield next.value;
          // Texts of records are all that is text; the second reading answers what the first did.
          if (typeof answer === 'string') first ??= answer;
          next = steps.next(typeof answer === 'string' ? first : answer);
        }
        return next.value;
      },
      giveBack,
    };
    const acts = ['pass on', 'nothing'] as const;
    expect(explore(settingOf({ ...two, acts, rounds: 1 }, hasty)).violation).not.toBe(null);
  });

  it('finds a name that nobody can take where a release is lost', () => {
    const losing: Protocol = {
      attempt: (folder, name, observer) => attempt(folder, name, { ...observer, isAlive: () => true }),
      giveBack,
    };
    expect(explore(settingOf({ ...two, kills: 1 }, losing)).stuck).not.toBe(null);
  });
});

/** Takes the next number and believes that nobody made a higher one meanwhile. */
function* withoutLookingAgain(
  folder: ClaimFolder,
  name: string,
  observer: Observer,
): ReturnType<typeof attempt> {
  const files = (yield () => folder.list()) as readonly string[];
  const numbers = files.map((file) => Number(file.slice(name.length + 1)));
  const highest = Math.max(0, ...numbers);
  const text = highest === 0 ? null : ((yield () => folder.read(fileOf(name, highest))) as string | null);
  const pid = text === null || text === '' ? 0 : pidIn(text);
  if (pid !== 0 && (yield () => observer.isAlive({ pid, start: null })) === true) return { state: 'again' };
  const isMade = (yield () => folder.make(fileOf(name, highest + 1), textOf(observer.self))) === true;
  return isMade ? { state: 'taken', number: highest + 1 } : { state: 'again' };
}
