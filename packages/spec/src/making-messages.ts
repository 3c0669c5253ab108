/** The spec phase's texts about corpora, packs and models that are made; a part of messages.ts. */
import { didYouMean, legalNames, oneOf } from './phrases.ts';
import type { Finding, Path } from './problems.ts';
import { show, showPath } from './show.ts';

export const makingMessages = {
  stepKey: (key: string, step: string, legal: readonly string[]): Finding => ({
    code: 'unused-key',
    message: `${show(key)} is no key of the step ${show(step)}.`,
    remedy: `${didYouMean(key, legal)}The keys of ${show(step)} are ${oneOf(['step', ...legal]).replace(/ or (?=[^ ]+$)/, ' and ')}.`,
  }),
  sourceKey: (key: string, kinds: readonly string[]): Finding => ({
    code: 'unused-key',
    message: `${show(key)} says nothing of a source of this kind.`,
    remedy: `It goes with ${kinds.join(' and ')}: remove it, or change that.`,
  }),
  hubKind: (path: string): Finding => ({
    code: 'bad-source',
    message: `A data set of the hub has rows; ${show(path)} is to be read as files.`,
    remedy: 'Write kind: parquet, or kind: jsonl.',
  }),
  badTarget: (target: string): Finding => ({
    code: 'bad-target',
    message: `${show(target)} is no target of Nx.`,
    remedy: 'Write the project and the target: scraper:fetch',
  }),
  unknownPart: (what: 'corpus' | 'pack', name: string, legal: readonly string[]): Finding => ({
    code: `unknown-${what}`,
    message: `There is no ${what} ${show(name)} in this pipeline.`,
    get remedy() {
      return legal.length === 0
        ? `Declare it under '${what === 'corpus' ? 'corpora' : 'packs'}'.`
        : legalNames(name, legal, what === 'corpus' ? 'corpora' : 'packs');
    },
  }),
  origins: (model: string, found: readonly string[]): Finding => ({
    code: 'one-origin',
    message: `The model ${show(model)} has ${found.map((each) => show(each)).join(' and ')}; it comes from one place.`,
    remedy: "Keep one of 'source' (weights that are there), 'init' and 'prune' (weights that are made here).",
  }),
  trainWithoutInit: (model: string): Finding => ({
    code: 'missing-init',
    message: `The model ${show(model)} is trained, but nothing says from which weights.`,
    remedy: 'Add init: { config: ./shape } for new ones, or init: { from: ./folder } for others.',
  }),
  checkpointsOfMade: (model: string, by: string): Finding => ({
    code: 'unused-key',
    message: `The checkpoints of ${show(model)} are those that ${show(by)} makes.`,
    remedy:
      by === 'train'
        ? "Remove 'checkpoints'; save_every and save_at say which steps there are."
        : "Remove 'checkpoints'.",
  }),
  initOrigin: (path: Path, found: readonly string[]): Finding => ({
    code: 'one-origin',
    message:
      found.length === 0
        ? `${showPath(path)} does not say what the weights are.`
        : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}.`,
    remedy: "Give either 'config' (new weights of that shape) or 'from' (those of another checkpoint).",
  }),
  initKey: (key: string, wanted: 'config' | 'from'): Finding => ({
    code: 'unused-key',
    message: `${show(key)} says nothing without ${show(wanted)}.`,
    remedy: `Remove it, or ${wanted === 'config' ? 'begin from nothing' : 'begin from other weights'}: ${wanted}.`,
  }),
  keepAndStack: (): Finding => ({
    code: 'one-depth',
    message: "'keep' and 'stack' are two ways to change the depth.",
    remedy: 'Keep one of them.',
  }),
  badRange: (path: Path, value: unknown): Finding => ({
    code: 'bad-range',
    message: `${showPath(path)} is ${show(value)}, no range of layers.`,
    remedy: 'Write the first layer and the one after the last: [0, 8].',
  }),
  importedWeights: (model: string): Finding => ({
    code: 'no-weights',
    message: `The model ${show(model)} was imported: there are results, and no weights.`,
    remedy: 'Name a model that has weights.',
  }),
  makingCircle: (names: readonly string[]): Finding => ({
    code: 'making-circle',
    message: `${
      names.length < 2
        ? `${show(names[0])} is made from itself`
        : `${show(names[0])} is made from ${names
            .slice(1)
            .map((name) => show(name))
            .join(', which is made from ')}`
    }: nothing can be made first.`,
    remedy: 'Begin one of them from a folder, or from nothing.',
  }),
  badSetting: (path: Path, value: unknown, expected: string): Finding => ({
    code: 'bad-setting',
    message: `${showPath(path)} is ${show(value)}.`,
    remedy: `Expected: ${expected}.`,
  }),
  prunePatterns: (path: Path, found: readonly string[]): Finding => ({
    code: 'one-pattern',
    message:
      found.length === 0
        ? `${showPath(path)} does not say which weights go.`
        : `${showPath(path)} has ${found.map((each) => show(each)).join(' and ')}.`,
    remedy: `Give exactly one of ${oneOf(['sparsity', 'pattern', 'blocks'])}.`,
  }),
  onlyWithWanda: (key: string): Finding => ({
    code: 'unused-key',
    message: `${show(key)} says nothing without 'importance: wanda'.`,
    remedy: 'Add importance: wanda, or remove the key.',
  }),
  onlyOfText: (key: string): Finding => ({
    code: 'unused-key',
    message: `${show(key)} is of a text file; packed tokens have a length already.`,
    remedy: 'Remove it, or name a text file as calibration.',
  }),
  needsCalibration: (): Finding => ({
    code: 'missing-calibration',
    message: "'wanda' needs text that shows what the weights get as input.",
    remedy: 'Add calibration: a name of packs, or a text file (./calibration.txt).',
  }),
  tasksAreSamples: (name: string): Finding => ({
    code: 'reserved-name',
    message: `The texts of a checkpoint lie where the task ${show(name)} would.`,
    remedy: "Give the task an 'alias'.",
  }),
  samplesOfPrograms: (): Finding => ({
    code: 'samples-need-requests',
    message: 'lm-eval runs whole tasks and continues no prompt.',
    remedy: "Remove 'samples', or use the engine embedded or openai.",
  }),
};
