/** ARCHITECTURE.md's table of allowed imports, held against every import in the tree; no circles. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

interface Rule {
  readonly imports: ReadonlySet<string>;
  readonly npm: ReadonlySet<string>;
}

function readTable(header: string): ReadonlyMap<string, Rule> {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const start = text.indexOf(header);
  if (start < 0) throw new Error(`ARCHITECTURE.md has no table '${header}'`);
  const rows = text.slice(start).split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return new Map(
    rows.map((row) => {
      const [name = '', , imports = '', npm = ''] = row
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return [name, { imports: names(imports), npm: names(npm) }];
    }),
  );
}

function names(cell: string): ReadonlySet<string> {
  return new Set(
    cell
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  );
}

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g;

function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

const packages = readTable('| package | is | may import | npm |');

it('every file and folder that the page names exists', () => {
  const named = [...readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/\bpackages\/[\w./-]+/g)];
  expect(named.length).toBeGreaterThan(10);
  expect(named.map(([path]) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe('imports between packages', () => {
  it('the table names exactly the packages that exist', () => {
    expect([...packages.keys()].sort()).toEqual(readdirSync(join(root, 'packages')).sort());
  });

  it.each([...packages])('%s imports what the table allows', (name, rule) => {
    const bad = sources(join(root, 'packages', name, 'src')).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
        .filter((specifier) => {
          const target = packageName(specifier);
          const own = target.startsWith('@evalgraph/') ? target.slice('@evalgraph/'.length) : null;
          return own === null ? !rule.npm.has(target) : !rule.imports.has(own);
        })
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(bad).toEqual([]);
  });

  it.each([...packages])('%s: package.json lists what the table gives it', (name, rule) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const expected = [...rule.npm, ...[...rule.imports].map((other) => `@evalgraph/${other}`)];
    expect(Object.keys(manifest.dependencies).sort()).toEqual(expected.sort());
    expect(
      Object.values(manifest.dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
    ).toEqual([]);
  });

  it.each([...packages.keys()])('no file of %s reaches into another package by path', (name) => {
    const folder = join(root, 'packages', name);
    const bad = sources(join(folder, 'src')).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => relative(folder, resolve(dirname(file), specifier)).startsWith('..'))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(bad).toEqual([]);
  });
});

describe.each([...packages.keys()])('imports inside %s', (name) => {
  const source = join(root, 'packages', name, 'src');
  const files = new Map(
    sources(source).map((file) => [
      relative(source, file),
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.') && specifier.endsWith('.ts'))
        .map((specifier) => relative(source, resolve(dirname(file), specifier))),
    ]),
  );

  it('no files import each other in a circle', () => {
    expect(circles(files)).toEqual([]);
  });

  it('no folders import each other in a circle', () => {
    const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
    const folders = new Map<string, string[]>();
    for (const [file, imported] of files) {
      const folder = folderOf(file);
      const others = imported.map(folderOf).filter((other) => other !== folder);
      // Files directly below src belong to no folder: an index names the package's whole surface.
      if (folder !== '') folders.set(folder, [...(folders.get(folder) ?? []), ...others.filter(Boolean)]);
    }
    expect(circles(folders)).toEqual([]);
  });
});

it('finds a circle where there is one', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
  ]);
  expect(circles(graph)).toEqual([['a', 'b', 'c']]);
});

/** Sets of nodes that reach each other, each sorted. Tarjan's algorithm would do it in one pass; these graphs are small. */
function circles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reachable = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, node)]));
  const found = new Map<string, readonly string[]>();
  for (const [node, reached] of reachable) {
    const circle = [...reached].filter((other) => reachable.get(other)?.has(node) === true).sort();
    if (circle.length > 0) found.set(circle.join(' '), circle);
  }
  return [...found.values()];
}

/** The node itself is among them only where a path leads back to it. */
function reachableFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...(graph.get(start) ?? [])];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return reached;
}
