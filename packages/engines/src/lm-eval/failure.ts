/** A failed run's log -> what went wrong, in one line. Pure. */

export type Failure =
  /** The GPU's memory. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'other'; readonly cause: string; readonly remedy: string | null };

/** Characters of a cause: enough for a sentence and a path. */
const MAX_CAUSE = 400;

const MEMORY =
  /(?:CUDA|HIP|XPU|MPS backend|NPU) out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|No available memory for the cache blocks/;

const REMEDIES: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /No module named '([\w.]+)'/,
    ([, name]) =>
      `Install it beside lm-eval: pip install ${name?.split('.')[0]} (or 'lm-eval[${name?.split('.')[0]}]').`,
  ],
  [
    /Tasks? (?:were )?not found|Could not find task|KeyError: '[\w-]+'.*task/i,
    () =>
      "Its own tasks: lm_eval ls tasks. Those of the pipeline's tasks folder are handed over by name as well.",
  ],
  [/trust_remote_code/, () => 'If you trust the code: engine: { model_args: { trust_remote_code: true } }.'],
  [/gated repo|401 Client Error|403 Client Error/, () => 'Ask for access on the hub and set HF_TOKEN.'],
  [
    /not compiled with CUDA|No CUDA GPUs are available|Found no NVIDIA driver/,
    () =>
      "Compute elsewhere: engine: { device: cpu }, or install a torch that was built for the machine's GPU.",
  ],
  [
    /unrecognized arguments/,
    () => 'This lm-eval is older than what evalgraph asks of it: pip install -U lm-eval.',
  ],
  [
    /ConnectionError|MaxRetryError|OfflineModeIsEnabled|Couldn't reach/,
    () =>
      "A data set or model was looked for on the hub: check the network, or use 'tasks: ours' with data of this workspace.",
  ],
];

export function failureOf(log: string): Failure {
  if (MEMORY.test(log)) return { kind: 'memory' };
  const cause = causeIn(log);
  for (const [pattern, remedy] of REMEDIES) {
    const match = pattern.exec(cause) ?? pattern.exec(log.slice(-20_000));
    if (match !== null) return { kind: 'other', cause, remedy: remedy(match) };
  }
  return { kind: 'other', cause, remedy: null };
}

/** The exception of the last traceback, else the last line that is no progress bar. */
function causeIn(log: string): string {
  const lines = log
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !/\d+%\|/.test(line));
  const raised = lines.findLast((line) => /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(line));
  const cause = raised ?? lines.at(-1)?.trim() ?? 'it printed nothing';
  return cause.length > MAX_CAUSE ? `${cause.slice(0, MAX_CAUSE)}…` : cause;
}
