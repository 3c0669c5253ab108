export { GENERATION_FILE, TOKENIZER_FILES } from './files.ts';
export type { GenerationFile, GenerationKeys, GenerationRules } from './generation.ts';
export { changesGreedy, generationRules, PROCESSING_KEYS, readGenerationFile } from './generation.ts';
export { messages as tokenizerMessages } from './messages.ts';
export type { CheckpointTokenizer, EncodedText, SpecialTokenRule, TokenizerSettings } from './open.ts';
export { openTokenizer } from './open.ts';
