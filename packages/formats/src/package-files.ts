/** Where the files of a package lie, for modules that run from `src` (in tests) and from `dist` (everywhere else). */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param moduleUrl `import.meta.url` of any module of the package
 * @returns the folder with the package's package.json
 */
export function packageFolder(moduleUrl: string): string {
  let folder = dirname(fileURLToPath(moduleUrl));
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error(`${moduleUrl} is in no package`);
    folder = dirname(folder);
  }
  return folder;
}

/**
 * The program of a thread or a process: always the built one, since it starts in a tenth of the time.
 * @param source path below `src`; the build makes an entry of every `worker.ts` and `*-worker.ts`
 */
export function builtProgram(moduleUrl: string, source: string): string {
  return join(packageFolder(moduleUrl), 'dist', source.replace(/\.ts$/, '.js'));
}
