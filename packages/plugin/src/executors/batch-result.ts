/** What Nx's batch executors yield for each task as it ends. */
export interface BatchResult {
  /** Nx's task id. */
  readonly task: string;
  readonly result: {
    readonly success: boolean;
    readonly terminalOutput: string;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly endTime: number;
  };
}
