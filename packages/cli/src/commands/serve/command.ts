import { availableParallelism } from 'node:os';
import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { invalid, repeated, text, wholeNumber } from '../../options.ts';

function readHost(value: string): string {
  if (/^[\w.-]+$/.test(value)) return value.toLowerCase();
  throw invalid('Write a host name such as gpu7.lab.example, without port.');
}

function readOrigin(value: string): string {
  if (URL.parse(value)?.origin === value.toLowerCase()) return value.toLowerCase();
  throw invalid('Write an origin such as https://notebook.example:8443.');
}

export const declareServe: Declare = (program, open) =>
  program
    .command('serve')
    .summary('the embedded engine as an OpenAI-compatible completions server')
    .description('Serves a model with the embedded engine, as an OpenAI-compatible completions server.')
    .argument('<folder>', "the model's folder")
    .addOption(wholeNumber('--port <n>', 'the port; 0: any free one', 0, 65_535).default(8000))
    .addOption(text('--host <address>', 'the address to listen on').default('127.0.0.1'))
    .addOption(
      wholeNumber('--threads <n>', 'threads that compute', 1, 1024).default(
        availableParallelism(),
        'one for each core',
      ),
    )
    .addOption(repeated('--allow-host <name>', 'also answer to this host name; may be repeated', readHost))
    .addOption(
      repeated('--allow-origin <origin>', 'let web pages of this origin ask; may be repeated', readOrigin),
    )
    .addHelpText('after', examples(['serve models/demo/iter_0003600 --port 8000', '']))
    .action(async (folder, options) => {
      // The server ends by its own rules.
      const call = await open({ ownSignals: true });
      const { serveFolder } = await import('./serve.ts');
      await serveFolder(call, { folder, ...options });
    });
