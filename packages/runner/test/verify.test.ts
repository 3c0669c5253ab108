/** Committed figures against cells computed afresh: equal, changed, of another engine, of other inputs. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sealed } from '@evalgraph/formats';
import { describe, expect, it } from 'vitest';
import { evalgraph } from './support/child.ts';
import { evaluate, lock, report } from './support/run.ts';
import { makeWorkspace, snapshot } from './support/workspace.ts';

const SUMMARY = 'results/t/summary.json';

async function reported() {
  const workspace = makeWorkspace();
  await lock(workspace.root);
  await evaluate(workspace.root);
  await report(workspace.root);
  return workspace;
}

describe('evalgraph verify', () => {
  it('computes every cell afresh, past the store, and leaves nothing behind', async () => {
    const { root } = await reported();
    rmSync(join(root, 'results/t/tiny@step_1'), { recursive: true });
    const before = snapshot(join(root, '.evalgraph/store'));
    const { code, stdout, stderr } = await evalgraph(root, ['verify', '--cells', 'all']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const summary = JSON.parse(readFileSync(join(root, SUMMARY), 'utf8')) as {
      scores: unknown[];
      perplexities: unknown[];
    };
    const figures = summary.scores.length + summary.perplexities.length;
    expect(stdout.match(/ ok$/gm)).toHaveLength(figures);
    expect(stdout).toContain(`${figures} equal to the last digit, 0 within`);
    expect(snapshot(join(root, '.evalgraph/store'))).toEqual(before);
    expect(existsSync(join(root, 'results/t/tiny@step_1'))).toBe(false);
  });

  it('names a figure that is not what it was, and passes within a tolerance that allows it', async () => {
    const workspace = await reported();
    const { scores } = JSON.parse(readFileSync(join(workspace.root, SUMMARY), 'utf8')) as {
      scores: { value: number; task: string; checkpoint: string }[];
    };
    const [first] = scores;
    if (first === undefined) throw new Error('the summary holds no score');
    const text = `"value": ${JSON.stringify(first.value)}`;
    workspace.edit(SUMMARY, text, `"value": ${JSON.stringify(first.value + 0.01)}`);
    const torn = await evalgraph(workspace.root, ['verify', '--cells', 'all']);
    expect(torn.stderr).toContain(`${SUMMARY} is damaged: its content is not what its own seal says`);
    const { seal: _, ...changed } = JSON.parse(workspace.read(SUMMARY)) as Record<string, unknown>;
    workspace.write(SUMMARY, JSON.stringify(sealed(changed)));
    const strict = await evalgraph(workspace.root, ['verify', '--cells', 'all']);
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain(`${first.checkpoint}/${first.task}`);
    expect(strict.stderr).toContain('is committed');
    const loose = await evalgraph(workspace.root, ['verify', '--cells', 'all', '--tolerance', '0.02']);
    expect([loose.code, loose.stderr]).toEqual([0, '']);
  });

  it('says where there is no summary, where it is none, and where it is of other inputs or another engine', async () => {
    const workspace = makeWorkspace();
    await lock(workspace.root);
    const refused = async (): Promise<string> => {
      const { code, stderr } = await evalgraph(workspace.root, ['verify', 't']);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await refused()).toContain('does not exist');
    workspace.write(SUMMARY, '{"format":1,"engine":{},"scores":[{}],"perplexities":[]}');
    expect(await refused()).toContain('is no summary');
    const engine = '{"name":"embedded","numericsVersion":1,"dtype":"float32","details":{}}';
    const empty = `{"format":1,"engine":${engine},"scores":[],"perplexities":[],"comparisons":[]}`;
    workspace.write(SUMMARY, empty);
    expect(await refused()).toContain('models, tasks or data have changed');
    workspace.write(SUMMARY, empty.replace('embedded', 'other'));
    expect(await refused()).toContain('was computed by');
  });
});
