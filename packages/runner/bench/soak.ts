/**
 * `npm run soak [-- kills]`: a part of the demo, from lock to report, killed with SIGKILL at random moments, every
 * third time with a second run of the same pipeline beside it. Whenever a run gets to its end, its bytes must be those
 * of an undisturbed run; then everything is deleted and it begins anew. Kills are not seeded: timing is not either.
 */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, start } from '../test/support/child.ts';
import { repository, snapshot } from '../test/support/workspace.ts';

const kills = Number(process.argv[2] ?? 200);
if (!Number.isInteger(kills) || kills < 1) throw new RangeError(`${process.argv[2]} is no number of kills`);

const PIPELINE = `title: A part of the demo
models:
  demo:
    source: ./models/demo
    checkpoints: { subfolder: "iter_{step:07}", steps: [1200, 3600] }
  wanda-50: { source: ./models/demo/wanda-50 }
limit: 30
tasks: [demo_mmlu_cloze, demo_hellaswag, demo_squad, demo_gsm8k, demo_paragraphs]
comparisons:
  wanda-50: { dense: demo@last, pruned: wanda-50, perplexity: [wanda], corpus: ./datasets/demo/paragraphs, column: page, seqlen: 512 }
`;

function makeWorkspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'evalgraph-soak-'));
  for (const name of ['node_modules', 'models', 'datasets', 'nx.json']) {
    symlinkSync(join(repository, name), join(root, name));
  }
  mkdirSync(join(root, 'pipelines/soak'), { recursive: true });
  symlinkSync(join(repository, 'pipelines/demo/tasks'), join(root, 'pipelines/soak/tasks'));
  writeFileSync(join(root, 'pipelines/soak/pipeline.yaml'), PIPELINE);
  return root;
}

function run(root: string): Child {
  return start('packages/runner/test/support/pipeline-child.ts', [root, 'soak'], { cwd: root });
}

/** @returns true where the run ended by itself. @throws Error where it ended with an error. */
async function endedWell(child: Child, killed: () => boolean): Promise<boolean> {
  const { code, stderr } = await child.ended;
  if (code === 0) return true;
  if (killed()) return false;
  throw new Error(`a run failed by itself (code ${code}):\n${stderr}`);
}

function check(root: string, calm: ReadonlyMap<string, string>): void {
  const found = snapshot(join(root, 'results'));
  for (const [file, text] of calm) {
    if (found.get(file) !== text) throw new Error(`${file} differs from an undisturbed run's: see ${root}`);
  }
  const extra = [...found.keys()].filter((file) => !calm.has(file));
  if (extra.length > 0) throw new Error(`files that an undisturbed run has not: ${extra.join(', ')}`);
  const repeated = repeatedAnswers(join(root, '.evalgraph/store/responses'));
  if (repeated > 0) throw new Error(`${repeated} requests stand in the store more than once`);
}

function repeatedAnswers(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, { parentPath, name }) => {
    const lines = readFileSync(join(parentPath, name), 'utf8').trimEnd().split('\n');
    return sum + lines.length - new Set(lines).size;
  }, 0);
}

const calm = makeWorkspace();
const startedMs = Date.now();
if (!(await endedWell(run(calm), () => false))) throw new Error('the undisturbed run was killed');
const wholeMs = Date.now() - startedMs;
const expected = snapshot(join(calm, 'results'));
console.log(`undisturbed: ${expected.size} files in ${(wholeMs / 1000).toFixed(1)} s; now ${kills} kills`);

const root = makeWorkspace();
let [done, whole] = [0, 0];
while (done < kills) {
  const children = done % 3 === 2 ? [run(root), run(root)] : [run(root)];
  let killed = false;
  const ends = children.map((child) => endedWell(child, () => killed));
  await Promise.race([sleep(wholeMs * Math.random() * 0.9), Promise.all(ends)]);
  killed = true;
  for (const child of children) child.kill();
  const ended = await Promise.all(ends);
  if (!ended.includes(true)) {
    done += 1;
    if (done % 10 === 0) console.log(`${done} of ${kills} kills, ${whole} runs came to their end`);
    continue;
  }
  whole += 1;
  check(root, expected);
  for (const name of ['.evalgraph', 'results', 'pipelines/soak/locks']) {
    rmSync(join(root, name), { recursive: true, force: true });
  }
}
await endedWell(run(root), () => false);
check(root, expected);
for (const folder of [calm, root]) rmSync(folder, { recursive: true });
console.log(`${done} kills, ${whole + 1} runs came to their end: every file equal to the undisturbed run's`);
