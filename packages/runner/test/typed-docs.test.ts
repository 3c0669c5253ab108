/**
 * Every block of README and docs as a reader types it. What cannot run here stands in typed-docs.json with its reason;
 * an entry that no block fits any more fails. EVALGRAPH_TYPE_DOCS=1 types the commands, too, in a copy of the workspace
 * with the demo's results: CI sets it.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseCorpusConfig } from '@evalgraph/pretrain/settings';
import { openTaskLibrary } from '@evalgraph/tasks';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDataSet } from '../../sources/src/data/dataset-file.ts';
import { parsePipeline } from '../../spec/src/index.ts';
import { type DocBlock, docBlocks, shellCommands } from './support/doc-blocks.ts';
import { repository } from './support/workspace.ts';

interface CommandRule {
  readonly doc: string;
  readonly command: string;
  /** How often the page has the command; left out: once. */
  readonly times?: number;
  readonly skip?: string;
  /** What is typed in its place. */
  readonly type?: string;
  /** What is typed before it. */
  readonly before?: string;
  /** The command goes on; others wait until this address answers. */
  readonly background?: string;
  readonly why?: string;
}

interface BlockRule {
  readonly doc: string;
  readonly first: string;
  /** Of blocks that begin alike: which; left out: the first. */
  readonly nth?: number;
  readonly as?: 'pipeline' | 'task' | 'corpus' | 'data set';
  /** What a fragment stands in, with <block> in its place. */
  readonly around?: string;
  readonly indent?: number;
  /** Where the page says to save it. */
  readonly write?: string;
  readonly skip?: string;
}

const rules = JSON.parse(readFileSync(join(import.meta.dirname, 'typed-docs.json'), 'utf8')) as {
  readonly commands: readonly CommandRule[];
  readonly yaml: readonly BlockRule[];
  readonly others: readonly BlockRule[];
};

const docs = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(repository, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];
const blocks = docs.flatMap((doc) => docBlocks(doc, readFileSync(join(repository, doc), 'utf8')));

const PROGRAM =
  /^(?:[A-Z_]+=\S+ )?(?:npx|npm|node|git|mkdir|cat|cp|sed|python3|setsid|curl|\.venv\/\S+|\.ci\/run)(?: |$)/;

type Typed = {
  readonly block: DocBlock;
  readonly commands: readonly string[];
  readonly output: readonly string[];
};

/** Commands first, then what they print. null: no block of commands. */
function typedOf(block: DocBlock): Typed | null {
  const isFenced = block.language !== '' && block.language !== 'sh';
  if (isFenced || !PROGRAM.test(block.lines[0] ?? '')) return null;
  const end = block.lines.findIndex(
    (line, at) => at > 0 && (block.lines[at - 1] ?? '').trim() === '' && !PROGRAM.test(line),
  );
  const own = end < 0 ? block.lines : block.lines.slice(0, end);
  return {
    block,
    commands: shellCommands(own),
    output: end < 0 ? [] : block.lines.slice(end).filter((line) => line.trim() !== ''),
  };
}

const typed = blocks.flatMap((block) => typedOf(block) ?? []);
const isTyped = new Set(typed.map(({ block }) => block));
const ruleOfBlock = (list: readonly BlockRule[], block: DocBlock): BlockRule | undefined => {
  const alike = blocks.filter(({ doc, lines }) => doc === block.doc && lines[0] === block.lines[0]);
  const nth = alike.indexOf(block) + 1;
  return list.find(
    (rule) => rule.doc === block.doc && rule.first === block.lines[0] && (rule.nth ?? 1) === nth,
  );
};
const ruleOfCommand = (doc: string, command: string): CommandRule | undefined =>
  rules.commands.find((rule) => rule.doc === doc && rule.command === command);

describe('blocks of the docs', () => {
  it('are found', () => {
    expect(typed.length).toBeGreaterThan(25);
    expect(blocks.filter(({ language }) => language === 'yaml').length).toBeGreaterThan(15);
  });

  it('have a rule where they are no commands, and every rule has its block', () => {
    const others = blocks.filter((block) => !isTyped.has(block) && block.language !== 'json');
    const unknown = others.filter(
      (block) => ruleOfBlock(block.language === 'yaml' ? rules.yaml : rules.others, block) === undefined,
    );
    expect(unknown.map(({ doc, line }) => `${doc}:${line}`)).toEqual([]);
    const used = new Set(
      others.flatMap((block) => ruleOfBlock([...rules.yaml, ...rules.others], block) ?? []),
    );
    expect([...rules.yaml, ...rules.others].filter((rule) => !used.has(rule))).toEqual([]);
    for (const rule of rules.others) expect(rule.skip).toBeTruthy();
  });

  it('have no rule of a command that no page has', () => {
    const found = (rule: CommandRule): number =>
      typed
        .filter(({ block }) => block.doc === rule.doc)
        .flatMap(({ commands }) => commands)
        .filter((command) => command === rule.command).length;
    expect(rules.commands.filter((rule) => found(rule) !== (rule.times ?? 1))).toEqual([]);
    for (const rule of rules.commands) expect(rule.skip ?? rule.why).toBeTruthy();
  });

  const yaml = blocks.filter(({ language }) => language === 'yaml');
  it.each(yaml.map((block) => [`${block.doc}:${block.line}`, block] as const))('%s loads', (_, block) => {
    const rule = ruleOfBlock(rules.yaml, block);
    if (rule === undefined) throw new Error('it has no rule');
    const own = block.lines.map((line) => ' '.repeat(rule.indent ?? 0) + line).join('\n');
    const text = `${(rule.around ?? '<block>').replace('<block>', () => own)}\n`;
    if (rule.as === 'corpus') parseCorpusConfig(parse(text));
    else if (rule.as === 'data set') parseDataSet(text, 'datasets/a/dataset.yaml');
    else if (rule.as === 'task') {
      const folder = mkdtempSync(join(tmpdir(), 'evalgraph-doc-task-'));
      writeFileSync(join(folder, 'task.yaml'), text);
      const library = openTaskLibrary({ folders: [folder] });
      for (const name of library.names()) expect(library.resolve(name).kind).toBe('task');
    } else {
      const file = rule.write ?? 'pipelines/own/pipeline.yaml';
      parsePipeline(text, { name: basename(dirname(file)), file, root: repository, stepsOf: () => [1, 2] });
    }
  });

  const json = blocks.filter(({ language }) => language === 'json');
  it.each(json.map((block) => [`${block.doc}:${block.line}`, block] as const))('%s parses', (_, block) => {
    expect(JSON.parse(block.lines.join('\n'))).toBeTypeOf('object');
  });
});

const demo = join(repository, 'results/demo/demo@iter_0003600/demo_arc/samples_demo_arc.jsonl');
const why =
  process.env['EVALGRAPH_TYPE_DOCS'] !== '1'
    ? 'set EVALGRAPH_TYPE_DOCS=1 to type the commands (minutes)'
    : existsSync(demo)
      ? null
      : 'evaluate the demo first: npx nx run-many -t report';

interface Workplace {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** In place of 8000, which another program may have. */
  readonly port: string;
}

/** A clone with the demo's results and its store, so that nothing is computed that is there. */
async function makeWorkplace(): Promise<Workplace> {
  const root = join(mkdtempSync(join(tmpdir(), 'evalgraph-docs-')), 'evalgraph');
  execFileSync('git', ['clone', '-q', repository, root]);
  const git = (...args: readonly string[]): void => void execFileSync('git', [...args], { cwd: root });
  git('checkout', '-q', '-B', 'main');
  git('tag', '-f', 'v1.2');
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  cpSync(join(repository, 'results'), join(root, 'results'), { recursive: true });
  mkdirSync(join(root, '.evalgraph'), { recursive: true });
  cpSync(join(repository, '.evalgraph/store'), join(root, '.evalgraph/store'), { recursive: true });
  // npx without its second of starting up.
  const bin = join(root, '.evalgraph/bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(bin, 'npx'), 0o755);
  const home = join(root, '.evalgraph/home');
  mkdirSync(home);
  const { PATH = '' } = process.env;
  const path = [bin, join(repository, 'node_modules/.bin'), dirname(process.execPath), PATH].join(':');
  return {
    root,
    port: await freePort(),
    env: {
      ...process.env,
      PATH: path,
      HOME: home,
      COLUMNS: '100',
      NO_COLOR: '1',
      NX_DAEMON: 'false',
      NX_TUI: 'false',
      HF_HUB_OFFLINE: '1',
      DOCS_RESULTS: join(import.meta.dirname, 'cases/import/current'),
    },
  };
}

function freePort(): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(String(typeof address === 'object' ? address?.port : address)));
    });
  });
}

/** A block may have seven commands, and the machine other work. */
const TIMEOUT = { timeout: 900_000 };

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

describe.skipIf(why !== null)(`commands of the docs${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let workplace: Promise<Workplace> | null = null;
  const running: ChildProcess[] = [];
  const opened = (): Promise<Workplace> => {
    workplace ??= makeWorkplace();
    return workplace;
  };
  afterAll(async () => {
    for (const child of running) {
      const end = once(child, 'close');
      child.stdin?.end();
      await end;
    }
  });

  async function type(command: string): Promise<string> {
    const { root, env, port } = await opened();
    const line = command.replaceAll('8000', port);
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: root, env, encoding: 'utf8' });
    const said = `${stdout}${stderr}`;
    expect(status, `${command}\n${said}`).toBe(0);
    expect(said).not.toMatch(/\n\s+at \S+ \(/);
    return said;
  }

  async function start(command: string, address: string): Promise<void> {
    const { root, env, port } = await opened();
    // It ends when its input does, so that it does not outlive this process, however that ends.
    const line = `${command.replaceAll('8000', port).replace(/^npx /, '')} & cat > /dev/null; kill $!; wait`;
    running.push(spawn('bash', ['-c', line], { cwd: root, env, stdio: ['pipe', 'ignore', 'ignore'] }));
    for (let tries = 0; tries < 600; tries += 1) {
      const answers = await fetch(address.replaceAll('8000', port)).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answers) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${address} does not answer`);
  }

  const parts = blocks.filter(
    (block) => isTyped.has(block) || ruleOfBlock(rules.yaml, block)?.write !== undefined,
  );
  it.each(parts.map((block) => [`${block.doc}:${block.line}`, block] as const))(
    '%s',
    TIMEOUT,
    async (_, block) => {
      const file = ruleOfBlock(rules.yaml, block)?.write;
      if (file !== undefined) {
        const { root } = await opened();
        mkdirSync(dirname(join(root, file)), { recursive: true });
        writeFileSync(join(root, file), `${block.lines.join('\n')}\n`);
        return;
      }
      const own = typedOf(block);
      let said = '';
      for (const command of own?.commands ?? []) {
        const rule = ruleOfCommand(block.doc, command);
        if (rule?.skip !== undefined) continue;
        if (rule?.before !== undefined) await type(rule.before);
        if (rule?.background !== undefined) await start(command, rule.background);
        else said += await type(rule?.type ?? command);
      }
      const { root } = await opened();
      const shown = flat(said);
      for (const line of own?.output ?? []) {
        const [word = ''] = line.split(/\s/);
        // A page may name what is there now.
        if (!(word.includes('/') && existsSync(join(root, word)))) expect(shown).toContain(flat(line));
      }
    },
  );
});
