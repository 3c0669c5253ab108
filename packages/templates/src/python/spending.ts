/** Who runs a template counts here what it costs; whatever takes long, or makes much, says so before it begins. */
type Meter = (steps: number) => void;

let current: Meter | null = null;

/**
 * Sets the meter, which throws when the steps that it is told add up to too much, and gives the one before. Whoever
 * sets it sets it back outside of the watchdog, which ends work without running its `finally`.
 */
export function setMeter(meter: Meter | null): Meter | null {
  const before = current;
  current = meter;
  return before;
}

/** One step is some tens of nanoseconds to a microsecond. Without a meter nothing is counted. */
export function spend(steps: number): void {
  current?.(steps);
}
