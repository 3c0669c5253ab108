/** Something that is damaged, and what can be done. */
export interface Finding {
  /** Which file, and what is wrong with it. */
  readonly what: string;
  readonly remedy: string;
  /** Mends it and says what it did; null: only the user can. @throws UserError */
  readonly repair: (() => Promise<string>) | null;
}
