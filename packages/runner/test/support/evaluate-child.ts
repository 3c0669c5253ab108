/** A process of its own that evaluates a workspace: for tests that kill it, or run it as another user. */
import { evaluate } from './run.ts';

const [root = ''] = process.argv.slice(2);
for (const [cell, outcome] of await evaluate(root)) process.stdout.write(`${cell}: ${outcome}\n`);
