/**
 * A realistic report input, made up and seeded: a series of checkpoints on nine tasks (one of them a group with
 * categories, one at chance), two pruned versions and their comparisons. Numbers look like a small model's.
 */
import type { CellResults, ComparisonRecord, MetricValues, PairedTask, TaskScores } from '@evalgraph/formats';
import type { ReportInput, ReportModel } from '../src/input.ts';

interface Shape {
  readonly checkpoints: number;
  readonly subjects: number;
  readonly limit: number | null;
  readonly firstStep: number;
  readonly ratio: number | null;
}

const DEFAULT: Shape = { checkpoints: 10, subjects: 10, limit: null, firstStep: 200, ratio: null };
const CATEGORIES = ['humanities', 'social_sciences', 'stem', 'other'];
const SUBJECTS = [
  'anatomy',
  'astronomy',
  'botany',
  'chemistry',
  'high_school_geography',
  'law',
  'music',
  'physics',
  'trade',
  'virology',
];

interface TaskShape {
  readonly name: string;
  readonly metrics: readonly string[];
  readonly chance: number | null;
  readonly top: number;
  readonly documents: number;
  readonly shots: number;
  readonly start: number;
}

const TASKS: readonly TaskShape[] = [
  { name: 'mmlu', metrics: ['acc'], chance: 0.25, top: 0.62, documents: 0, shots: 5, start: 0.4 },
  { name: 'mmlu_letters', metrics: ['acc'], chance: 0.25, top: 0.25, documents: 400, shots: 5, start: 0.4 },
  {
    name: 'hellaswag',
    metrics: ['acc', 'acc_norm'],
    chance: 0.25,
    top: 0.71,
    documents: 400,
    shots: 0,
    start: 0.1,
  },
  {
    name: 'arc_easy',
    metrics: ['acc', 'acc_norm'],
    chance: 0.25,
    top: 0.83,
    documents: 300,
    shots: 0,
    start: 0.2,
  },
  { name: 'winogrande', metrics: ['acc'], chance: 0.5, top: 0.66, documents: 300, shots: 5, start: 0.5 },
  { name: 'boolq', metrics: ['acc'], chance: 0.5, top: 0.7, documents: 200, shots: 0, start: 0.6 },
  { name: 'squadv2', metrics: ['squad'], chance: null, top: 0.58, documents: 300, shots: 0, start: 0.5 },
  { name: 'gsm8k', metrics: ['exact_match'], chance: null, top: 0.44, documents: 250, shots: 5, start: 0.55 },
  {
    name: 'wikitext',
    metrics: ['word_perplexity'],
    chance: null,
    top: 18,
    documents: 62,
    shots: 0,
    start: 0,
  },
];

/** mulberry32: a seeded generator of a few lines is enough for made-up data. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function syntheticInput(shape: Partial<Shape> = {}): ReportInput {
  const { checkpoints, subjects, limit, firstStep, ratio } = { ...DEFAULT, ...shape };
  const next = random(11);
  const steps = Array.from({ length: checkpoints }, (_, i) =>
    ratio === null ? firstStep * (i + 1) : Math.round(firstStep * ratio ** i),
  );
  const series: ReportModel = {
    name: 'demo',
    source: 'models/demo',
    checkpoints: steps.map((step) => ({
      name: `iter_${String(step).padStart(7, '0')}`,
      step,
      digest: `sha256:${step.toString(16).padStart(8, '0').repeat(8)}`,
    })),
  };
  const single = (name: string, digit: string): ReportModel => ({
    name,
    source: `models/demo-pruned/${name}`,
    checkpoints: [{ name, step: null, digest: `sha256:${digit.repeat(64)}` }],
  });
  const models = [series, single('wanda-50', 'a'), single('blocks-16x16', 'b')];
  const cells = models.flatMap((model, m) =>
    model.checkpoints.flatMap((checkpoint, c) => {
      const progress = m === 0 ? c / Math.max(1, checkpoints - 1) : m === 1 ? 0.85 : 0.62;
      return [
        ...TASKS.map((task) => taskCell(model.name, checkpoint, task, progress, subjects, limit, next)),
        ...(m > 0 || c === checkpoints - 1
          ? [perplexityCell(model.name, checkpoint, [2.13, 2.31, 3.02][m] ?? 2)]
          : []),
      ];
    }),
  );
  const last = (m: number) => {
    const model = models[m];
    const checkpoint = model?.checkpoints.at(-1);
    if (model === undefined || checkpoint === undefined) throw new Error('no checkpoint');
    return { model, checkpoint };
  };
  return {
    pipeline: { name: 'demo', title: 'Demo: a small Llama across training', limit },
    models,
    tasks: TASKS.map((task) => task.name),
    cells,
    comparisons: [1, 2].map((m) => comparison(cells, last(0), last(m), [0, 0.5, 0.46][m] ?? 0, limit, next)),
    missing: [],
    computed: {
      engine: { name: 'embedded', numericsVersion: 1, dtype: 'fp32', details: {} },
      versions: { evalgraph: '0.1.0', 'onnxruntime-node': '1.30.0' },
    },
  };
}

type Place = { readonly model: ReportModel; readonly checkpoint: ReportModel['checkpoints'][number] };

function base(
  model: string,
  checkpoint: Place['checkpoint'],
  task: string,
  limit: number | null,
): CellResults {
  return {
    format: 1,
    key: `key-${model}-${checkpoint.name}-${task}`,
    pipeline: 'demo',
    checkpoint: { model, checkpoint: checkpoint.name, step: checkpoint.step, digest: checkpoint.digest },
    task,
    configs: {},
    results: {},
    groupSubtasks: {},
    numFewshot: {},
    limit,
    versions: {},
    higherIsBetter: {},
    chance: {},
    sampleCounts: {},
    engine: { name: 'embedded', numericsVersion: 1, dtype: 'fp32', details: {} },
  };
}

function taskCell(
  model: string,
  checkpoint: Place['checkpoint'],
  task: TaskShape,
  progress: number,
  subjects: number,
  limit: number | null,
  next: () => number,
): CellResults {
  const results: Record<string, TaskScores> = {};
  const groupSubtasks: Record<string, readonly string[]> = {};
  const documents = limit === null ? task.documents : Math.min(limit, task.documents);
  if (task.name === 'mmlu') {
    let correct = 0;
    let total = 0;
    groupSubtasks.mmlu = CATEGORIES.map((category) => `mmlu_${category}`);
    for (const [c, category] of CATEGORIES.entries()) {
      const names = SUBJECTS.slice(0, subjects).map((subject) => `mmlu_${category}_${subject}`);
      groupSubtasks[`mmlu_${category}`] = names;
      let inCategory = 0;
      for (const [s, name] of names.entries()) {
        const top = task.top + 0.07 * (1.5 - c) + 0.035 * (4.5 - s);
        const n = limit === null ? 60 : Math.min(limit, 60);
        const value = Math.round(n * learn(progress, 0.25, top, 0.3 + 0.04 * s, next, n)) / n;
        results[name] = scores(name, ['acc'], value, n, limit);
        inCategory += value * n;
        correct += value * n;
        total += n;
      }
      const n = total / (c + 1);
      results[`mmlu_${category}`] = scores(`mmlu_${category}`, ['acc'], inCategory / n, n, limit);
    }
    results.mmlu = scores('mmlu', ['acc'], correct / total, total, limit);
  } else if (task.name === 'wikitext') {
    const value = task.top + 220 * Math.exp(-6 * progress) * (0.95 + 0.1 * next());
    results.wikitext = scores('wikitext', task.metrics, value, documents, limit);
  } else {
    const value = learn(progress, task.chance ?? 0, task.top, task.start, next, documents);
    results[task.name] = scores(task.name, task.metrics, value, documents, limit);
  }
  const names = Object.keys(results);
  const all = <T>(value: T): Record<string, T> => Object.fromEntries(names.map((name) => [name, value]));
  return {
    ...base(model, checkpoint, task.name, limit),
    results,
    groupSubtasks,
    numFewshot: all(task.shots),
    versions: all(1),
    higherIsBetter: all({ acc: true, acc_norm: true, word_perplexity: false }),
    chance: task.chance === null ? {} : all({ acc: task.chance, acc_norm: task.chance }),
  };
}

/** A logistic rise from chance to `top`, with the noise of n documents. */
function learn(
  progress: number,
  chance: number,
  top: number,
  start: number,
  next: () => number,
  n: number,
): number {
  const rise = 1 / (1 + Math.exp(-9 * (progress - start - 0.12)));
  const value = chance + (top - chance) * rise;
  const noise = (next() + next() + next() - 1.5) * Math.sqrt((value * (1 - value)) / n);
  return Math.min(0.99, Math.max(0.002, value + noise));
}

function scores(
  alias: string,
  metrics: readonly string[],
  value: number,
  samples: number,
  _limit: number | null,
): TaskScores {
  const stderr = Math.sqrt(Math.max(0, value * (1 - value)) / Math.max(1, samples - 1));
  const values: Record<string, number | 'N/A'> = {};
  for (const metric of metrics) {
    if (metric === 'squad') {
      Object.assign(values, {
        'exact,none': 92 * value,
        'exact_stderr,none': 'N/A',
        'f1,none': 100 * value,
        'f1_stderr,none': 'N/A',
        'HasAns_exact,none': 70 * value,
        'HasAns_exact_stderr,none': 'N/A',
      });
    } else if (metric === 'exact_match') {
      values['exact_match,flexible-extract'] = value * 1.02;
      values['exact_match_stderr,flexible-extract'] = stderr;
      values['exact_match,strict-match'] = value;
      values['exact_match_stderr,strict-match'] = stderr;
    } else {
      values[`${metric},none`] = metric === 'acc' && metrics.includes('acc_norm') ? value * 0.93 : value;
      values[`${metric}_stderr,none`] = metric === 'word_perplexity' ? 'N/A' : stderr;
    }
  }
  return { alias: ` - ${alias}`, metrics: values, samples };
}

function figure(perplexity: number): NonNullable<CellResults['perplexity']> {
  return {
    protocol: 'wanda',
    corpus: 'demo/paragraphs/test',
    seqlen: 256,
    windows: 120,
    tokens: 30600,
    tokenizerDigest: 'c'.repeat(64),
    perplexity,
    windowNllNats: [Math.log(perplexity)],
  };
}

function perplexityCell(model: string, checkpoint: Place['checkpoint'], perplexity: number): CellResults {
  return { ...base(model, checkpoint, 'perplexity-wanda', null), perplexity: figure(perplexity) };
}

function comparison(
  cells: readonly CellResults[],
  dense: Place,
  pruned: Place,
  share: number,
  limit: number | null,
  next: () => number,
): ComparisonRecord {
  const metricsOf = (place: Place, task: string): MetricValues => {
    const cell = cells.find(
      (one) =>
        one.task === task &&
        one.checkpoint.checkpoint === place.checkpoint.name &&
        one.checkpoint.model === place.model.name,
    );
    return cell?.results[task]?.metrics ?? {};
  };
  const tasks = TASKS.map(({ name }): PairedTask => {
    const key =
      Object.keys(metricsOf(dense, name)).find(
        (k) => /^(acc_norm|f1|exact_match,strict|word)/.test(k) && !k.includes('stderr'),
      ) ?? 'acc,none';
    const [metric = '', filter = ''] = key.split(',');
    const scale = metric === 'f1' ? 100 : 1;
    const a = Number(metricsOf(dense, name)[key]) / scale;
    const b = Number(metricsOf(pruned, name)[key]) / scale;
    const documents = name === 'mmlu' ? 2400 : 300;
    const paired = name !== 'wikitext';
    const stderr = paired ? Math.sqrt(0.2 / documents) * (0.8 + 0.4 * next()) : null;
    const lost = Math.round(documents * 0.12);
    return {
      task: name,
      metric,
      filter,
      higherIsBetter: paired,
      documents,
      dense: a,
      pruned: b,
      difference: b - a,
      relative: (b - a) / a,
      stderr,
      interval95: stderr === null ? null : [b - a - 1.96 * stderr, b - a + 1.96 * stderr],
      mcnemar:
        paired && metric !== 'f1'
          ? { rightToWrong: lost, wrongToRight: lost - 9, p: 0.2213 * next() ** 6 }
          : null,
    };
  });
  const sparsity = (zeros: number) => ({
    linear: { zeros: Math.round(zeros * 1e6), elements: 1_000_000 },
    all: { zeros: Math.round(zeros * 1e6), elements: 1_445_600 },
    matrices: [
      { name: 'model.layers.0.mlp.up_proj.weight', zeros: Math.round(zeros * 1e6), elements: 1_000_000 },
    ],
  });
  const identity = ({ model, checkpoint }: Place) => ({
    model: model.name,
    checkpoint: checkpoint.name,
    step: checkpoint.step,
    digest: checkpoint.digest,
  });
  const perplexity = share > 0.48 ? 2.31 : 3.02;
  return {
    format: 1,
    name: pruned.model.name,
    pipeline: 'demo',
    limit,
    dense: identity(dense),
    pruned: identity(pruned),
    sparsity: { dense: sparsity(0), pruned: sparsity(share) },
    perplexity: [{ dense: figure(2.13), pruned: figure(perplexity), ratio: perplexity / 2.13 }],
    tasks,
  };
}
