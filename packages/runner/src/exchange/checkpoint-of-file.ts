/**
 * Which model and checkpoint a results file of lm-eval is about: told by its model_args (pretrained, revision,
 * subfolder) and by its path (`160m_step1000.json`, `iter_0002000/…/results_*.json`). Pure: texts in, a place out.
 */

import { lmEvalArguments, type Problem, UserError } from '@evalgraph/formats';
import { stepFinder } from '@evalgraph/spec';
import { messages } from './messages.ts';

export interface FilePlace {
  /** What was evaluated, without its step: files with one `series` belong to one model. */
  readonly series: string;
  /** The last part of the series' name, fit for a model's name. */
  readonly model: string;
  readonly step: number | null;
  /** The text that the step stands in; `main` where there is none. */
  readonly location: { readonly kind: 'revision' | 'subfolder'; readonly text: string };
}

/** `step1000`, `iter_0002000`, `global_step10000_hf`, `checkpoint-500`, `ckpt5`. */
const STEP =
  /(?:^|[^A-Za-z])((?:global_?)?steps?|iter(?:ation)?s?|checkpoint|ckpt)([-_=]?)(\d{1,15})(?![A-Za-z0-9])/gi;

export interface StepRule {
  /** `step{step}`: where the step stands in the path or in model_args. null: by the known words. */
  readonly pattern: string | null;
}

/**
 * @param path relative to the imported folder, forward slashes
 * @returns the place, or why it is not clear
 */
export function placeOf(path: string, modelArgs: string, { pattern }: StepRule): FilePlace | Problem {
  const given = lmEvalArguments(modelArgs);
  const pretrained = given.get('pretrained') ?? given.get('path') ?? given.get('model') ?? '';
  const peft = given.get('peft') ?? '';
  const named = (['revision', 'subfolder'] as const).flatMap((kind) => {
    const text = given.get(kind);
    return text === undefined || text === 'main' ? [] : [{ kind, text }];
  });
  const sources: Source[] = [
    ...named.map(({ kind, text }) => ({ from: `${kind}=${text}`, kind, text })),
    ...[peft, pretrained]
      .filter(Boolean)
      .map((text) => ({ from: `pretrained=${text}`, kind: 'subfolder' as const, text })),
    { from: path, kind: 'subfolder' as const, text: path },
  ];
  const found = pattern === null ? knownSteps(sources) : patternSteps(sources, pattern);
  const steps = new Set(found.map(({ step }) => step));
  if (steps.size > 1) {
    return messages.importAmbiguousStep(
      path,
      found.map(({ from, step }) => `step ${step} from ${from}`),
    );
  }
  const [first] = found;
  const series = peft === '' ? pretrained : `${pretrained} with ${peft}`;
  const bare = first === undefined ? series : withoutStep(series, first.text);
  return {
    series: bare,
    model: modelName(bare),
    step: first?.step ?? null,
    location:
      first === undefined
        ? (named[0] ?? { kind: 'revision', text: 'main' })
        : { kind: first.kind, text: first.text },
  };
}

interface Source {
  readonly from: string;
  readonly kind: 'revision' | 'subfolder';
  readonly text: string;
}

interface FoundStep {
  readonly from: string;
  readonly kind: 'revision' | 'subfolder';
  /** The part of a path that holds the step. */
  readonly text: string;
  readonly step: number;
}

function knownSteps(sources: readonly Source[]): readonly FoundStep[] {
  return sources.flatMap(({ from, kind, text }) =>
    text.split('/').flatMap((part) => {
      const stem = part.replace(/\.json$/, '');
      return [...stem.matchAll(STEP)].map((match) => ({ from, kind, text: stem, step: Number(match[3]) }));
    }),
  );
}

/** @throws UserError where the pattern has no {step}. */
function patternSteps(sources: readonly Source[], pattern: string): readonly FoundStep[] {
  const rule = stepFinder(pattern);
  if (rule === null) throw new UserError(messages.importPattern(pattern));
  return sources.flatMap(({ from, kind, text }) =>
    [...text.matchAll(rule)].map((match) => {
      const start = text.lastIndexOf('/', match.index + match[0].indexOf(match[1] ?? '')) + 1;
      const part = text.slice(start).split('/')[0] ?? text;
      return { from, kind, text: part.replace(/\.json$/, ''), step: Number(match[1]) };
    }),
  );
}

/** `/runs/a/iter_0002000` and its like become `/runs/a`: one series. */
function withoutStep(series: string, location: string): string {
  const parts = series.split('/');
  const kept = parts.filter((part) => part !== location);
  return kept.length === 0 ? series : kept.join('/');
}

function modelName(series: string): string {
  const last = series.split(/[/\\]/).findLast((part) => part !== '' && part !== '.') ?? '';
  return last.replaceAll(/[^A-Za-z0-9._+-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
}
