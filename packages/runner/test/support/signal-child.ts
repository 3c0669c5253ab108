/** A process of its own that evaluates a workspace and answers signals as the executors do. */
import { handleSignals } from '../../../system/src/interrupt.ts';
import { evaluate } from './run.ts';

handleSignals();
const [root = ''] = process.argv.slice(2);
for (const [cell, outcome] of await evaluate(root)) process.stdout.write(`${cell}: ${outcome}\n`);
