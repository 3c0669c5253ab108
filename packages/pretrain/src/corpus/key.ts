/** What a corpus depends on, and nothing else: no number of workers, no folder, no time. */
import type { CorpusConfig } from './config.ts';

/** Counts up when the same configuration and inputs give another corpus. */
export const CORPUS_VERSION = 1;

export interface InputDigest {
  /** The source's name, or `decontaminate` and the step's place. */
  readonly of: string;
  /** Relative to the source's path. */
  readonly name: string;
  readonly sha256: string;
}

/** Counts up when a text source's files are read as other texts. */
const TEXT_FILES_VERSION = 1;

/** What parts a corpus of text files from one of before their line ends became `\n`. Nothing where no source is `text`. */
export function textFilesParts({ sources }: CorpusConfig): { readonly textFiles?: number } {
  return sources.some(({ kind }) => kind === 'text') ? { textFiles: TEXT_FILES_VERSION } : {};
}

export interface CorpusKeyParts {
  readonly stage: 'corpus';
  readonly version: number;
  readonly config: CorpusConfig;
  readonly inputs: readonly InputDigest[];
  readonly textFiles?: number;
}

export function corpusKeyParts(config: CorpusConfig, inputs: readonly InputDigest[]): CorpusKeyParts {
  return { stage: 'corpus', version: CORPUS_VERSION, config, inputs, ...textFilesParts(config) };
}
