/** The spec phase: a pipeline file -> Pipeline, or everything that is wrong with it. */
import { basename, dirname, isAbsolute, relative, sep } from 'node:path';
import { UserError } from '@evalgraph/formats';
import type { StepsOf } from './context.ts';
import { readYaml } from './document.ts';
import { messages } from './messages.ts';
import { type Identity, normalize } from './normalize.ts';
import type { Pipeline } from './pipeline.ts';
import { readText } from './read-text.ts';
import { validate } from './validate.ts';

/**
 * @param file absolute path of pipeline.yaml
 * @param options.root the workspace root, absolute
 * @param options.stepsOf of series that name no steps; left out: none is locked
 * @throws UserError with every problem of the file, in its order
 */
export function loadPipeline(
  file: string,
  options: { readonly root: string; readonly stepsOf?: StepsOf },
): Pipeline {
  const inside = relative(options.root, file);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new UserError(messages.outsideWorkspace(file, options.root));
  }
  const shown = inside.split(sep).join('/');
  return parsePipeline(readText(file, shown), {
    name: basename(dirname(file)),
    file: shown,
    ...options,
  });
}

/** The same of a text. */
export function parsePipeline(text: string, identity: Identity): Pipeline {
  const document = readYaml(text, identity.file);
  if (!/^[a-z0-9][a-z0-9-]*$/.test(identity.name)) {
    document.problems.file(messages.badPipelineName(identity.name));
  }
  const input = validate(document);
  const pipeline = normalize(input, document, identity);
  document.problems.throwIfAny();
  return pipeline;
}
