/** pipeline.yaml of imported models, and where each checkpoint's record goes. Pure: texts by file name. */
import { importedFile, pipelineFile } from '@evalgraph/spec';
import type { ImportedModel } from './import-lm-eval.ts';
import { importedText } from './imported-checkpoint.ts';

export interface ImportedFiles {
  /** The whole of pipeline.yaml. */
  readonly yaml: string;
  /** File, relative to the root -> content. */
  readonly records: ReadonlyMap<string, string>;
}

const SCHEMA = '# yaml-language-server: $schema=../../packages/spec/schema/pipeline.schema.json';

export function importedFiles(pipeline: string, models: readonly ImportedModel[]): ImportedFiles {
  const blocks = models.map((model) => modelBlock(model, models.length === 1));
  const shared = models.length === 1 ? (models[0]?.tasks ?? []) : [];
  const yaml = [
    SCHEMA,
    `title: ${quoted(`${models.map(({ name }) => name).join(', ')}: imported results`)}`,
    '',
    'models:',
    ...blocks,
    ...(shared.length === 0 ? [] : ['', 'tasks:', ...shared.map((task) => `  - ${quoted(task)}`)]),
  ];
  const records = models.flatMap((model) =>
    model.checkpoints.map(
      ({ step, record }) => [importedFile(pipeline, idOf(model.name, step)), importedText(record)] as const,
    ),
  );
  return { yaml: `${yaml.join('\n')}\n`, records: new Map(records) };
}

export function importedPipelineFile(pipeline: string): string {
  return pipelineFile(pipeline);
}

function modelBlock({ name, of, checkpoints, tasks }: ImportedModel, alone: boolean): string {
  const series = checkpoints.flatMap(({ step, location }) =>
    step === null
      ? []
      : [`      - { ${location.kind}: ${quoted(location.text)}, step: ${step}, name: ${nameOf(step)} }`],
  );
  return [
    `  ${quoted(name)}:`,
    `    source: ${quoted(`imported:${of}`)}`,
    ...(series.length === 0 ? [] : ['    checkpoints:', ...series]),
    ...(alone ? [] : ['    tasks:', ...tasks.map((task) => `      - ${quoted(task)}`)]),
  ].join('\n');
}

function nameOf(step: number): string {
  return `step${step}`;
}

function idOf(model: string, step: number | null): string {
  return step === null ? model : `${model}@${nameOf(step)}`;
}

/** Plain where YAML reads it as a text anyhow, else as JSON, which YAML reads too. */
function quoted(text: string): string {
  const plain = /^[A-Za-z][\w./@+-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
