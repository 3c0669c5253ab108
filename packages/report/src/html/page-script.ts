/**
 * The page's script: the modules of page/, their types stripped, each a function in one script. No bundler: the
 * modules import names only, never under another one, and no two files have one name.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { packageFolder } from '@evalgraph/formats';

/** Each after those that it imports. */
export const PAGE_MODULES = [
  'src/format.ts',
  'page/chunks.ts',
  'page/address.ts',
  'page/choose.ts',
  'page/diff.ts',
  'page/dom.ts',
  'page/theme.ts',
  'page/tables.ts',
  'page/tooltip.ts',
  'page/load.ts',
  'page/curves.ts',
  'page/texts.ts',
  'page/answers.ts',
  'page/question.ts',
  'page/selection.ts',
  'page/explorer.ts',
  'page/main.ts',
] as const;

/** @returns a classic script; the same bytes for the same sources */
export function pageScript(): string {
  const parts = PAGE_MODULES.map((path) =>
    asFunction(path, readFileSync(join(packageFolder(import.meta.url), path), 'utf8')),
  );
  return `(() => {\n'use strict';\n${parts.join('')}})();\n`;
}

/** `import { a } from './x.ts'` becomes `const { a } = x`, and what a module exports is what its function returns. */
function asFunction(path: string, source: string): string {
  const script = withoutWarning(() => stripTypeScriptTypes(source, { mode: 'strip' }));
  const names = [...script.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const body = script
    .replace(/^import (\{[^}]*\}) from '[^']*?([\w-]+)\.ts';$/gm, (_, list: string, module: string) =>
      /\w/.test(list) ? `const ${list} = ${variable(module)};` : '',
    )
    .replace(/^export (?=(async )?(function|const|class)\b)/gm, '')
    .replace(/^\s*\/\*\*?[\s\S]*?\*\/$/gm, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
  return `const ${variable(path)} = (() => {${body}return { ${names.join(', ')} };\n})();\n`;
}

/** `page/dom.ts` -> `$dom` */
function variable(path: string): string {
  return `$${path.replace(/^.*\//, '').replace(/\.ts$/, '').replaceAll('-', '_')}`;
}

/** Node calls the function experimental on standard error; whoever builds a report cannot do anything about it. */
function withoutWarning<T>(call: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return call();
  } finally {
    process.emitWarning = emitWarning;
  }
}
