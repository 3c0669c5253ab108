/** Every text that this package shows a user: one function a problem. Tests compare with these functions. */
import {
  type BytePlace,
  nearest,
  type Position,
  type Problem,
  positionOf,
  utf8Remedy,
} from '@evalgraph/formats';
import { at, type Source, type YamlNode } from './yaml/node.ts';

const LM_EVAL = 'The engine lm-eval (the original program) can run such a task.';
const LM_EVAL_THEIRS =
  'The engine lm-eval (the original program) runs it: engine: { use: lm-eval, tasks: theirs }.';

function list(names: Iterable<string>): string {
  return [...names].join(', ');
}

function didYouMean(name: string, legal: readonly string[]): string {
  const near = nearest(name, legal, 3);
  return near.length === 0 ? '' : `Did you mean ${near.join(' or ')}? `;
}

// YAML ------------------------------------------------------------------------------------------------------------

export function fileTooLarge(file: string, limit: number): Problem {
  return { code: 'yaml-too-large', message: `${file} is larger than the limit of ${limit} for a task file.` };
}

export function fileTooLong(file: string, most: number): Problem {
  return {
    code: 'yaml-too-large',
    message: `${file} has more than ${most} words and signs; that is the most a task file may have.`,
    remedy: 'Put the data into files beside it and name them in dataset_kwargs: data_files.',
  };
}

export function unreadableFile(file: string, why: string, by?: Position): Problem {
  const problem = { code: 'unreadable-file', message: `${file} cannot be read (${why}).` };
  return by === undefined ? problem : { ...problem, at: by };
}

export function yamlSyntax(source: Source, start: number, end: number, what: string): Problem {
  return {
    code: 'yaml-syntax',
    message: `This is not YAML: ${what.split('\n')[0]}.`,
    at: positionOf(source.file, source.text, [start, Math.max(end, start + 1)]),
  };
}

export function yamlAlias(source: Source, place: { start: number; end: number }): Problem {
  return {
    code: 'yaml-alias',
    message: 'This alias has no anchor, or there are more than 100 aliases.',
    at: positionOf(source.file, source.text, [place.start, place.end]),
  };
}

export function yamlTag(source: Source, place: { start: number; end: number }, tag: string): Problem {
  return {
    code: 'yaml-tag',
    message: `The tag ${tag} is not known.`,
    remedy: 'A task file may use !function; everything else is plain YAML.',
    at: positionOf(source.file, source.text, [place.start, place.end]),
  };
}

export function yamlKey(node: YamlNode): Problem {
  return { code: 'yaml-key', message: 'A key must be a plain value, and << must name a map.', at: at(node) };
}

export function yamlNotAMap(node: YamlNode): Problem {
  return { code: 'yaml-not-a-map', message: 'A task file must be a map (key: value).', at: at(node) };
}

// Library ---------------------------------------------------------------------------------------------------------

export function includeCycle(node: YamlNode, path: readonly string[]): Problem {
  return {
    code: 'include-cycle',
    message: `This include leads back to itself: ${path.join(' -> ')}.`,
    at: at(node),
  };
}

export function unknownTask(
  name: string,
  known: readonly string[],
  folders: readonly string[],
  broken: readonly Problem[],
  by?: Position,
): Problem {
  const hint =
    broken.length === 0
      ? ''
      : ` Files that could not be read: ${broken.map((problem) => problem.at?.file ?? problem.message).join(', ')}.`;
  const problem = {
    code: 'unknown-task',
    message: `There is no task, group or tag '${name}' in ${list(folders)}.${hint}`,
    remedy: `${didYouMean(name, known)}Known: ${known.length <= 30 ? list(known) : `${list(known.slice(0, 30))} and ${known.length - 30} more`}.`,
  };
  return by === undefined ? problem : { ...problem, at: by };
}

export function duplicateTask(name: string, first: Position, second: Position): Problem {
  return {
    code: 'duplicate-task',
    message: `'${name}' is defined here and in ${first.file}:${first.line}:${first.column}.`,
    remedy: 'Rename one of them.',
    at: second,
  };
}

export function groupCycle(path: readonly string[]): Problem {
  return { code: 'group-cycle', message: `A group contains itself: ${path.join(' -> ')}.` };
}

export function groupMember(node: YamlNode): Problem {
  return {
    code: 'group-member',
    message: "A member of a group must be a name, or a map with 'task' or 'group'.",
    at: at(node),
  };
}

// Configuration ---------------------------------------------------------------------------------------------------

export function unknownKey(key: string, node: YamlNode, where: string, legal: readonly string[]): Problem {
  return {
    code: 'unknown-key',
    message: `'${key}' is not a key of ${where}.`,
    remedy: `${didYouMean(key, legal)}Legal keys: ${list(legal)}.`,
    at: at(node),
  };
}

export function unsupportedKey(key: string, node: YamlNode, why: string): Problem {
  return {
    code: 'unsupported-key',
    message: `'${key}' is not supported: ${why}.`,
    remedy: LM_EVAL,
    at: at(node),
  };
}

export function wrongType(key: string, node: YamlNode, wanted: string): Problem {
  return { code: 'wrong-type', message: `'${key}' must be ${wanted}.`, at: at(node) };
}

export function missingKey(key: string, node: YamlNode, where: string): Problem {
  return { code: 'missing-key', message: `${where} needs '${key}'.`, at: at(node) };
}

export function unknownName(what: string, name: string, node: YamlNode, legal: readonly string[]): Problem {
  return {
    code: `unknown-${what.replaceAll(' ', '-')}`,
    message: `There is no ${what} '${name}'.`,
    remedy: `${didYouMean(name, legal)}Legal: ${list(legal)}.`,
    at: at(node),
  };
}

export function unknownFunction(
  name: string,
  role: string,
  node: YamlNode,
  known: readonly string[],
): Problem {
  return {
    code: 'unknown-function',
    message: `!function ${name} (${role}) is Python: no such file lies beside the YAML, and the name is none of a ported function.`,
    remedy: `${LM_EVAL_THEIRS} ${didYouMean(name, known)}Ported as ${role}: ${list(known)}.`,
    at: at(node),
  };
}

/** A Python file beside the YAML that is no text which a port was written for: what it computes is not known. */
export function foreignFunction(
  name: string,
  role: string,
  node: YamlNode,
  file: string,
  known: readonly string[],
): Problem {
  return {
    code: 'unknown-function',
    message: `!function ${name} (${role}) is the Python of ${file}; this text of it has not been ported.`,
    remedy: `${LM_EVAL_THEIRS} If one of lm-eval's own functions will do, name it in the YAML; ported as ${role}: ${list(known)}.`,
    at: at(node),
  };
}

export function unsupportedMetric(name: string, node: YamlNode): Problem {
  return {
    code: 'unsupported-metric',
    message: `The metric '${name}' is known to lm-eval but not computed here.`,
    remedy: LM_EVAL,
    at: at(node),
  };
}

export function metricNeedsAggregation(name: string, node: YamlNode): Problem {
  return {
    code: 'metric-needs-aggregation',
    message: `The metric '${name}' comes from process_results and has no default aggregation.`,
    remedy: 'Add aggregation: mean (or another) to it.',
    at: at(node),
  };
}

export function metricForOutput(name: string, outputType: string, node: YamlNode): Problem {
  return {
    code: 'metric-output-type',
    message: `The metric '${name}' is not defined for output_type ${outputType}.`,
    at: at(node),
  };
}

export function samplingAtZero(node: YamlNode): Problem {
  return {
    code: 'sampling-at-zero',
    message: 'do_sample is true, and temperature is 0.',
    remedy: 'Set a temperature above 0 to sample, or do_sample: false for the most likely tokens.',
    at: at(node),
  };
}

// Data ------------------------------------------------------------------------------------------------------------

export function notALocalDataset(task: string, path: string, name: string | null): Problem {
  const shown = name === null ? path : `${path}, configuration ${name}`;
  return {
    code: 'dataset-not-local',
    message: `Task ${task}: the data set ${shown} is not in this workspace.`,
    remedy: `Copy it as the hub has it (README.md and data files) to datasets/${path}/. Or put files (.parquet, .jsonl or .csv) into a folder below datasets/ with a dataset.yaml: { name: <name>, path: ${path}, configs: { ${name ?? 'default'}: { test: test.parquet } } }.`,
  };
}

export function unsupportedDataset(task: string, what: string): Problem {
  return {
    code: 'dataset-unsupported',
    message: `Task ${task}: ${what} is not supported yet.`,
    remedy:
      'Use dataset_path: json, csv or parquet with dataset_kwargs: { data_files: a path, a list, or a map of splits }, or name a data set of the workspace.',
  };
}

export function noFilesMatch(task: string, split: string, pattern: string): Problem {
  return {
    code: 'no-data-files',
    message: `Task ${task}: no file matches '${pattern}' (data_files, split ${split}).`,
    remedy: "Patterns are relative to the workspace's root; ** stands for any number of folders.",
  };
}

export function mixedFormats(task: string, files: readonly string[]): Problem {
  return {
    code: 'dataset-formats',
    message: `Task ${task}: its data files must be all .parquet, all .jsonl (or .json) or all .csv: ${list(files)}.`,
  };
}

export function columnsDiffer(
  file: string,
  column: string,
  type: string,
  first: string,
  expected: string | null,
): Problem {
  const there = expected === null ? `${first} has no such column` : `in ${first} it holds ${expected}`;
  return {
    code: 'columns-differ',
    message: `${file}: column '${column}' holds ${type}; ${there}.`,
    remedy: 'All files of a data set share the columns of the first: write them again with one schema.',
  };
}

export function noSplit(task: string, split: string, splits: readonly string[]): Problem {
  return {
    code: 'unknown-split',
    message: `Task ${task}: its data has no split '${split}'.`,
    remedy: `${didYouMean(split, splits)}There are: ${list(splits)}.`,
  };
}

export function noEvaluatedSplit(task: string): Problem {
  return {
    code: 'no-evaluated-split',
    message: `Task ${task} names neither test_split nor validation_split, so there is nothing to evaluate.`,
  };
}

export function noDocs(task: string): Problem {
  return { code: 'no-docs', message: `Task ${task}: its evaluated split has no rows.` };
}

export function noSuchDocument(task: string, docId: number, count: number): Problem {
  return {
    code: 'no-such-document',
    message: `Task ${task}: 'samples' names the document ${docId}; its evaluated split has ${count} documents, from 0.`,
    remedy: `Name documents up to ${count - 1}.`,
  };
}

export function nothingGenerated(name: string, why: string): Problem {
  return {
    code: 'nothing-generated',
    message: `generation_kwargs would change nothing of ${name}: ${why}.`,
    remedy: 'Remove generation_kwargs from its entry.',
  };
}

export function jsonNotUtf8(file: string, place: BytePlace): Problem {
  return {
    code: 'not-utf8',
    message: `${file}:${place.line}: the file is not UTF-8: byte ${place.byte} of it begins no character.`,
    remedy: utf8Remedy(place),
  };
}

export function rowNotAnObject(file: string, line: number): Problem {
  return { code: 'row-not-an-object', message: `${file}:${line}: a row must be a JSON object.` };
}

// Documents -------------------------------------------------------------------------------------------------------

export function docFailed(task: string, docId: number | null, field: string, why: string): Problem {
  const which = docId === null ? 'a few-shot document' : `document ${docId}`;
  return { code: 'doc-failed', message: `Task ${task}, ${which}: ${field} failed: ${why}` };
}

export function tooFewShots(task: string, wanted: number, there: number): Problem {
  return {
    code: 'too-few-shots',
    message: `Task ${task}: ${wanted} few-shot documents are wanted, its few-shot split has ${there}.`,
    remedy: 'Lower num_fewshot.',
  };
}

export function missingFileRemedy(): string {
  return "There is no such file; data_files are relative to the workspace's root, not to the task's folder.";
}

export function noSuchColumn(task: string, field: string, name: string, columns: readonly string[]): Problem {
  return {
    code: 'unknown-column',
    message: `Task ${task}: ${field} is the word '${name}', which is no column; it would stand in every prompt as it is.`,
    remedy: columnRemedy(name, columns),
  };
}

export function columnRemedy(name: string, columns: readonly string[]): string {
  return `${didYouMean(name, columns)}The columns are ${list(columns)}.`;
}

export function noChoices(task: string, docId: number): Problem {
  return { code: 'no-choices', message: `Task ${task}, document ${docId}: doc_to_choice gives no choice.` };
}

export function emptyChoice(task: string, docId: number): Problem {
  return { code: 'empty-choice', message: `Task ${task}, document ${docId}: one of its choices is empty.` };
}

export function repeatedChoice(task: string, docId: number, choice: string): Problem {
  return {
    code: 'repeated-choice',
    message: `Task ${task}, document ${docId}: two of its choices are ${JSON.stringify(choice.slice(0, 60))}.`,
    remedy: 'The first of two equal choices always wins: mend the row or doc_to_choice.',
  };
}

export function targetOutOfRange(task: string, docId: number, target: string, choices: number): Problem {
  return {
    code: 'target-out-of-range',
    message: `Task ${task}, document ${docId}: its target ${target.slice(0, 60)} is none of its ${choices} choices.`,
    remedy: `doc_to_target must give the index of a choice (0 to ${choices - 1}) or its text.`,
  };
}

export function badNumber(what: string, value: number): Problem {
  return {
    code: 'bad-number',
    message: `${what} is ${value}; it must be a positive whole number (or a limit below 1, a share).`,
  };
}

// Scores ----------------------------------------------------------------------------------------------------------

export function wrongResponses(task: string, docId: number | null, why: string): Problem {
  const which = docId === null ? '' : `, document ${docId}`;
  return { code: 'wrong-responses', message: `Task ${task}${which}: ${why}.` };
}

export function scoringFailed(task: string, docId: number | null, why: string): Problem {
  const which = docId === null ? 'all documents together' : `document ${docId}`;
  return { code: 'scoring-failed', message: `Task ${task}, ${which}: no score: ${why}` };
}

export function groupIncomplete(group: string, missing: readonly string[]): Problem {
  return { code: 'group-incomplete', message: `Group ${group}: its tasks ${list(missing)} have no scores.` };
}

export function groupMetricMissing(group: string, metric: string, missing: readonly string[]): Problem {
  return {
    code: 'group-metric-missing',
    message: `Group ${group}: ${metric} is missing in ${missing.length === 0 ? 'all of its tasks' : list(missing)}.`,
    remedy: "Name a metric that each of the group's tasks has, or make the tasks' metric_list agree.",
  };
}
