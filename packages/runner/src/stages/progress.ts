/** Lines of a stage's progress, in the manner of the cells': now and then one, with a rate and what is left. */
import { bytesText } from '@evalgraph/formats';
import type { CorpusProgress, PruneEvent, TrainEvent } from '@evalgraph/pretrain';
import { steadyMs } from '@evalgraph/system';
import { count, duration } from '../run/progress.ts';

const REPORT_INTERVAL_MS = 5000;
const RATE_FROM_MS = 500;

type Note = (line: string) => void;

/** Lets a line through every so often. */
function nowAndThen(nowMs: () => number): () => boolean {
  let lastMs = nowMs();
  return () => {
    if (nowMs() - lastMs < REPORT_INTERVAL_MS) return false;
    lastMs = nowMs();
    return true;
  };
}

/** @param bytes of all inputs: a phase goes over each of them */
export function corpusProgress(
  label: string,
  bytes: number,
  note: Note,
  nowMs: () => number = steadyMs,
): (progress: CorpusProgress) => void {
  const isDue = nowAndThen(nowMs);
  let [phase, sinceMs] = [1, nowMs()];
  return (progress) => {
    if (progress.phase !== phase) [phase, sinceMs] = [progress.phase, nowMs()];
    if (!isDue()) return;
    const { share } = progress;
    const elapsedMs = nowMs() - sinceMs;
    // A phase that has just begun has no rate yet.
    const rate = elapsedMs >= RATE_FROM_MS ? `, ${bytesText((1000 * bytes * share) / elapsedMs)}/s` : '';
    const left = share > 0 ? `, ${duration((elapsedMs / share) * (1 - share))} left of it` : '';
    note(`${label}: phase ${phase} of ${progress.phases}, ${Math.floor(100 * share)} %${rate}${left}`);
  };
}

export function packProgress(
  label: string,
  documents: number,
  note: Note,
  nowMs: () => number = steadyMs,
): (done: number, tokens: number) => void {
  const isDue = nowAndThen(nowMs);
  const startMs = nowMs();
  return (done, tokens) => {
    if (!isDue() || documents === 0) return;
    const elapsedMs = nowMs() - startMs;
    const left = duration((elapsedMs / done) * (documents - done));
    note(
      `${label}: ${count(done)} of ${count(documents)} documents (${Math.floor((100 * done) / documents)} %), ${count(Math.round((tokens * 1000) / elapsedMs))} tokens/s, ${left} left`,
    );
  };
}

/** uv's own lines: the first, now and then one, and the last. */
export function setupProgress(
  label: string,
  note: Note,
  nowMs: () => number = steadyMs,
): (line: string) => void {
  const isDue = nowAndThen(nowMs);
  let isFirst = true;
  return (line) => {
    if (isFirst || isDue() || line.startsWith('Installed')) note(`${label}: uv makes its Python: ${line}`);
    isFirst = false;
  };
}

export function trainProgress(
  label: string,
  note: Note,
  nowMs: () => number = steadyMs,
): (event: TrainEvent) => void {
  const isDue = nowAndThen(nowMs);
  let [maxSteps, firstStep, startMs] = [0, 0, nowMs()];
  return (event) => {
    switch (event.event) {
      case 'start': {
        [maxSteps, firstStep, startMs] = [event.maxSteps, event.step, nowMs()];
        const from = event.step > 0 ? `going on from step ${count(event.step)} of` : 'training for';
        note(
          `${label}: ${from} ${count(maxSteps)} steps, ${count(event.parameters)} parameters, ${count(event.tokensPerStep)} tokens a step, on ${event.device}`,
        );
        return;
      }
      case 'step': {
        if (!isDue() && event.step < maxSteps) return;
        const perStepMs = (nowMs() - startMs) / Math.max(1, event.step - firstStep);
        const percent = Math.floor((100 * event.step) / maxSteps);
        note(
          `${label}: step ${count(event.step)} of ${count(maxSteps)} (${percent} %), loss ${event.loss.toFixed(3)}, lr ${event.learningRate.toExponential(1)}, ${count(Math.round(event.tokensPerSecond))} tokens/s, ${count(Math.round(event.memoryBytes / 1e6))} MB, ${duration(perStepMs * (maxSteps - event.step))} left`,
        );
        return;
      }
      case 'checkpoint':
        note(`${label}: checkpoint of step ${count(event.step)}`);
        return;
      case 'stopped':
        note(`${label}: stopped after step ${count(event.step)}; the next run goes on from there`);
        return;
      case 'done':
      case 'error':
        return;
    }
  };
}

export function pruneProgress(
  label: string,
  note: Note,
  nowMs: () => number = steadyMs,
): (event: PruneEvent) => void {
  const isDue = nowAndThen(nowMs);
  const startMs = nowMs();
  return (event) => {
    if (event.event === 'layer' && isDue()) {
      const done = event.layer + 1;
      const left = duration(((nowMs() - startMs) / done) * (event.layers - done));
      note(`${label}: layer ${done} of ${event.layers}, ${left} left`);
    }
    if (event.event === 'done') {
      note(`${label}: ${count(event.zeros)} of ${count(event.weights)} weights are zero`);
    }
  };
}
