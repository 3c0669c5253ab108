/** Opens a checkpoint's tokenizer with one file replaced, input by input, and encodes a text with what opens. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTokenizer } from '../../../engines/src/embedded/tokenizer.ts';
import { survives } from '../../../formats/test/fuzz-support.ts';

interface Inputs {
  readonly base: string;
  readonly inputs: readonly { readonly name: string; readonly text: string }[];
}

const { base, inputs } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Inputs;
const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
const files = ['tokenizer.json', 'tokenizer_config.json', 'config.json'];
for (const name of files) cpSync(join(base, name), join(folder, name));
let opened = 0;
for (const [index, { name, text }] of inputs.entries()) {
  writeFileSync(join(folder, name), text);
  // Printed first: after a crash the last line names the input.
  process.stdout.write(`${index} ${name}\n`);
  await survives(async () => {
    const tokenizer = await openTokenizer(folder, { maxLength: null, addBosToken: null });
    opened += 1;
    const tokens = await tokenizer.encode('The quick brown fox, 12 times; naïve \u{1f600}\n', 'default');
    await tokenizer.decode(tokens);
  });
  cpSync(join(base, name), join(folder, name));
}
process.stdout.write(`${inputs.length} inputs, ${opened} opened\n`);
