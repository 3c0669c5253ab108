/** The thread that runs units and writes shards: a job in, its result or its problems out. Decides nothing. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '@evalgraph/formats';
import { loadLanguageDetector } from '../text/language.ts';
import { runUnit } from './phase.ts';
import { type Answer, CLOSE, type Job, type Setup } from './pool.ts';
import { writeShard } from './shards.ts';

const { config, indexes } = workerData as Setup;
const needsLanguages = config.steps.some(({ step }) => step === 'language');
const context = {
  config,
  indexes: new Map(indexes),
  detect: needsLanguages ? await loadLanguageDetector() : null,
  onShare: (share: number) => parentPort?.postMessage({ kind: 'share', share } satisfies Answer),
};

parentPort?.on('message', (job: Job | typeof CLOSE) => {
  if (job === CLOSE) {
    parentPort?.close();
    return;
  }
  void run(job).then((answer) => parentPort?.postMessage(answer));
});

async function run(job: Job): Promise<Answer> {
  try {
    const value = job.kind === 'phase' ? await runUnit(job, context) : await writeShard(job, config);
    return { kind: 'result', value };
  } catch (error) {
    if (error instanceof UserError) return { kind: 'problems', problems: error.problems };
    return {
      kind: 'defect',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}
