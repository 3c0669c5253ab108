/** Rows of samples files as lm-eval writes them, made up and seeded: multiple choice, and generation with two filters. */
import type { SamplePlace } from '../src/input.ts';

/** What must come out as text, wherever it stands. */
export const HOSTILE: readonly string[] = [
  '<script>window.hacked = 1</script>',
  '</script><script>window.hacked = 2</script>',
  '<!--<script>',
  '<img src=x onerror="window.hacked = 3">',
  `{{constructor.constructor("window.hacked = 4")()}} \${window.hacked = 5} <%= 1 %>`,
  '\u2028window.hacked = 6\u2029',
  '"]}, window.hacked = 7, {["',
  '\u202egnp.exe \u0000 \ud800',
  `${'long '.repeat(20_000)}<b>end</b>`,
];

export interface SamplesShape {
  /** Documents of each task. */
  readonly docs: number;
  readonly hostile: boolean;
}

/** A source for tasks named like those of `syntheticInput`: `gsm8k` and `squadv2` generate, `wikitext` has none. */
export function syntheticSamples({
  docs,
  hostile,
}: SamplesShape): (place: SamplePlace) => Iterable<unknown> | null {
  return ({ checkpoint, task }) => {
    if (task === 'wikitext' || task === 'squadv2') return null;
    const rows = Array.from({ length: docs }, (_, doc) => doc);
    const text = (doc: number): string =>
      hostile ? (HOSTILE[doc % HOSTILE.length] ?? '') : `question ${doc}`;
    if (task === 'gsm8k') {
      return ['flexible-extract', 'strict-match'].flatMap((filter) =>
        rows.map((doc) => generated(text(doc), doc, filter, random(`${checkpoint}${doc}`))),
      );
    }
    return rows.map((doc) => chosen(text(doc), task, doc, checkpoint));
  };
}

function chosen(text: string, task: string, doc: number, checkpoint: string): unknown {
  const gold = doc % 4;
  const nats = [0, 1, 2, 3].map((option) => -12 * random(`${task}${doc}${checkpoint}${option}`) - 0.1);
  const acc = Number(nats.indexOf(Math.max(...nats)) === gold);
  const context = `The following are questions about ${task}.\n\nExample one, long enough to be folded away?\nAnswer: A\n\n${text}\nAnswer:`;
  return {
    doc_id: doc,
    doc: { question: text, choices: ['one', 'two', 'three', 'four'], answer: gold },
    target: String(gold),
    arguments: Object.fromEntries(
      ['A', 'B', 'C', 'D'].map((letter, option) => [
        `gen_args_${option}`,
        { arg_0: context, arg_1: ` ${letter} ${doc % 3 === 0 ? text : 'option'}` },
      ]),
    ),
    resps: nats.map((value) => [[String(value), 'False']]),
    filtered_resps: nats.map((value) => [String(value), 'False']),
    filter: 'none',
    metrics: ['acc', 'acc_norm'],
    acc,
    acc_norm: acc,
  };
}

function generated(text: string, doc: number, filter: string, share: number): unknown {
  const answer = ` ${text} The answer is ${Math.floor(10 * share)}.\n#### ${Math.floor(10 * share)}`;
  return {
    doc_id: doc,
    doc: { question: text, answer: `${text}\n#### 7` },
    target: `${text}\n#### 7`,
    arguments: { gen_args_0: { arg_0: `Question: ${text}\nAnswer:`, arg_1: { until: ['Question:'] } } },
    resps: [[answer]],
    filtered_resps: [filter === 'strict-match' ? String(Math.floor(10 * share)) : answer.slice(-1)],
    filter,
    metrics: ['exact_match'],
    exact_match: Number(Math.floor(10 * share) === 7),
  };
}

/** 0 to 1 by FNV-1a: the same for the same name. */
function random(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0) / 4294967296;
}
