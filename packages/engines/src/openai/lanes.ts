/** Works on a list with a bounded number of pieces under way. The first failure ends all of them. */

/** @returns when nothing is under way any more, also after a failure. @throws the first failure. */
export async function workInLanes<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const failures: unknown[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !ended.signal.aborted) {
      const item = items[next++];
      if (item === undefined) return;
      try {
        await work(item, ended.signal);
      } catch (error) {
        failures.push(error);
        ended.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
}
