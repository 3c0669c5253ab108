/** YAML text -> the document of the `yaml` library, at a cost that is bounded before it arises. */
import {
  Composer,
  type CST,
  type Document,
  type DocumentOptions,
  Lexer,
  type ParseOptions,
  Parser,
  type SchemaOptions,
  YAMLParseError,
} from 'yaml';
import { type Problem, UserError } from './errors.ts';

/**
 * Words, signs, spaces and line ends, as the library cuts them: 2 to 5 µs each. A page has a few hundred, a list of
 * 2,500 checkpoints, each with its subfolder and step, 55,000.
 */
export const MAX_YAML_TOKENS = 60_000;

/** Errors of one text that are worth showing: most after the first follow from it. */
export const MAX_YAML_ERRORS = 10;

export type YamlOptions = ParseOptions & DocumentOptions & SchemaOptions;

/**
 * Time grows with tokens, not with bytes: 1 MB is one long text, or a million commas, each of them an error.
 * @param tooLong what to say where the text has more than MAX_YAML_TOKENS
 * @returns the first document, its errors and warnings within (without lines: their places are offsets)
 * @throws UserError of `tooLong`
 */
export function parseYaml(text: string, options: YamlOptions, tooLong: Problem): Document.Parsed {
  const { stackTraceLimit } = Error;
  // The library's errors are read for their places; to take a stack for each costs more than to parse.
  Error.stackTraceLimit = 0;
  try {
    const [first, second] = new Composer(options).compose(parsed(text, tooLong), true, text.length);
    if (first === undefined) throw new Error('told to, the composer ends with a document');
    if (second !== undefined) {
      const [start, end] = second.range;
      first.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'A second document begins here'));
    }
    return first;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function* parsed(text: string, tooLong: Problem): Generator<CST.Token, void> {
  const parser = new Parser();
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_YAML_TOKENS) throw new UserError(tooLong);
    yield* parser.next(token);
  }
  yield* parser.end();
}
