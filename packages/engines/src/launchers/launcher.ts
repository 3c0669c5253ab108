/** Where a program runs. A launcher starts it, follows what it prints, ends it when it hangs, and says how it ended. */

export interface LaunchedJob {
  /** Program and arguments; paths are absolute. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Variables that the job has beside the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder of this job's own, the same for every try; seen by whatever machine runs it. */
  readonly folder: string;
  /** A file to which everything that it prints is appended. */
  readonly log: string;
  /** For lists of jobs. */
  readonly name: string;
  /** The caller's word for this try, given back when the job is found again by a later run. */
  readonly tag: string;
  /** Without output for so long it is taken for hung. */
  readonly silenceMs: number;
  onOutput(text: string): void;
  onLine(line: string): void;
  /** Is told the process that was started on this machine. */
  onProcess(pid: number): void;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** It was ended for its silence. */
  readonly silent: boolean;
  /** The end of what it printed. */
  readonly tail: string;
}

export interface EarlierJob {
  readonly command: readonly string[];
  readonly tag: string;
}

export interface Launcher {
  /**
   * Runs the job, or goes on waiting for the one that an earlier run submitted from the same folder with the same
   * command.
   *
   * @throws UserError where it cannot be started, or what runs it ended it
   */
  run(job: LaunchedJob): Promise<Ended>;
  /** What an earlier run submitted from this folder, where it still runs or ended by itself meanwhile. */
  earlier(folder: string): Promise<EarlierJob | null>;
  /** Ends what `earlier` found, and forgets it. */
  discard(folder: string): Promise<void>;
}

/** Characters of a log's end that a failure is read from. */
const TAIL = 200_000;

export interface Tail {
  push(text: string): void;
  text(): string;
}

export function tailOf(): Tail {
  let tail = '';
  return {
    push(text) {
      tail = (tail + text).slice(-TAIL);
    },
    text: () => tail,
  };
}
