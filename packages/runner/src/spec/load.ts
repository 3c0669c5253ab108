/** The spec phase: a pipeline file -> Pipeline, or everything that is wrong with it. */
import { basename, dirname, isAbsolute, relative, sep } from 'node:path';
import { UserError } from '@evalgraph/formats';
import { readYaml } from './document.ts';
import { messages } from './messages.ts';
import { normalize } from './normalize.ts';
import type { Pipeline } from './pipeline.ts';
import { readText } from './read-text.ts';
import { validate } from './validate.ts';

/**
 * @param file absolute path of pipeline.yaml
 * @param options.root the workspace root, absolute
 * @throws UserError with every problem of the file, in its order
 */
export function loadPipeline(file: string, options: { readonly root: string }): Pipeline {
  const inside = relative(options.root, file);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new UserError(messages.outsideRoot(file, options.root));
  }
  const shown = inside.split(sep).join('/');
  return parsePipeline(readText(file, shown), {
    name: basename(dirname(file)),
    file: shown,
    root: options.root,
  });
}

/**
 * The same of a text.
 * @param identity the pipeline's name, its file as messages call it, and the workspace root, absolute
 */
export function parsePipeline(
  text: string,
  identity: { readonly name: string; readonly file: string; readonly root: string },
): Pipeline {
  const document = readYaml(text, identity.file);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(identity.name)) {
    document.problems.file(messages.badPipelineName(identity.name));
  }
  const input = validate(document);
  const pipeline = normalize(input, document, identity);
  document.problems.throwIfAny();
  return pipeline;
}
