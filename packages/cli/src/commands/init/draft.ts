/** What somebody said of a model -> the text of a pipeline.yaml. Pure: looks at no disk and asks nobody. */

export interface Draft {
  readonly name: string;
  /** As under `source:`. */
  readonly source: string;
  /** null: the source is one checkpoint. */
  readonly checkpoints: DraftedSeries | null;
  readonly tasks: readonly string[];
}

export interface DraftedSeries {
  readonly kind: 'subfolder' | 'revision' | 'folder';
  readonly pattern: string;
}

const SCHEMA = '# yaml-language-server: $schema=../../packages/spec/schema/pipeline.schema.json';

export function draftText({ name, source, checkpoints, tasks }: Draft): string {
  const model = modelName(source);
  const series =
    checkpoints === null
      ? '    # checkpoints: { subfolder: "step_{step}" }   # a series: every folder (or revision:) that fits'
      : `    checkpoints: { ${checkpoints.kind}: ${quoted(checkpoints.pattern)} } # whatever is there when it is locked; or add steps: [1000, 2000]`;
  return `${SCHEMA}
title: ${quoted(`${model}: ${tasks.join(', ')}`)}
models:
  ${quoted(model)}:
    source: ${quoted(source)}
${series}
tasks: # all that there are: npx evalgraph tasks; shots: { task: ${tasks[0] ?? 'mmlu'}, num_fewshot: 5 }
${tasks.map((task) => `  - ${quoted(task)}`).join('\n')}
quick: { checkpoints: [first, middle, last], limit: 100 } # what -c quick evaluates of ${name}
engine: { use: auto } # no Python where the architecture is known, else lm-eval; chosen when it is locked
`;
}

/** `hf:HuggingFaceTB/SmolLM2-135M` -> SmolLM2-135M. */
export function modelName(source: string): string {
  const last = source
    .replace(/^hf:/, '')
    .split(/[/\\]/)
    .findLast((part) => /[A-Za-z0-9]/.test(part));
  const safe = (last ?? '').replaceAll(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return safe === '' ? 'model' : safe.slice(0, 100);
}

/** A pipeline's name may have lower-case letters, digits and '-'. */
export function pipelineName(source: string): string {
  return modelName(source)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
}

/** `revision:step-{step}`, `subfolder:iter_{step:07}`, or a pattern alone, which is a subfolder. */
export function parseSeries(text: string): DraftedSeries {
  const [, kind, pattern] = /^(subfolder|revision|folder):(.*)$/.exec(text) ?? [];
  if (pattern === undefined) return { kind: 'subfolder', pattern: text };
  return { kind: kind as DraftedSeries['kind'], pattern };
}

/** JSON's texts are YAML's; plain where YAML reads the same. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
