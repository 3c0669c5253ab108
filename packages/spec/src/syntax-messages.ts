/** The YAML parser's errors in words that say what to look for. */
import type { TextRange } from '@evalgraph/formats';
import type { Finding } from './problems.ts';
import { show } from './show.ts';

/**
 * @param code the parser's
 * @param text the parser's own sentence
 * @param open whether the range is a bracket or a quote that is never closed
 */
export function syntaxMessage(
  code: string,
  text: string,
  source: string,
  [start]: TextRange,
  open: boolean,
): Finding {
  return open ? openFinding(source[start] ?? '') : syntaxFinding(code, text, source, start);
}

function openFinding(opening: string): Finding {
  if (opening === '"')
    return yaml('This quote is not closed.', `Write " at the end of the text (and \\" within it).`);
  if (opening === "'")
    return yaml('This quote is not closed.', "Write ' at the end of the text (and '' within it).");
  const closing = opening === '{' ? '}' : ']';
  return yaml(
    'This bracket is not closed.',
    `Write ${closing} at its end; a text with '{', '}', '[', ']' or ',' in it goes into quotes.`,
  );
}

/** The parser's codes in words that say what to look for; its own sentence where there is nothing to add. */
function syntaxFinding(code: string, text: string, source: string, start: number): Finding {
  const sentence = text.endsWith('.') ? text : `${text}.`;
  switch (code) {
    case 'TAB_AS_INDENT':
      return yaml('A tab stands in the indentation.', 'YAML is indented with spaces.');
    case 'MULTIPLE_DOCS':
      return yaml(
        "A second document begins here ('---').",
        'A file holds one pipeline: give the other a folder of its own, pipelines/<name>/pipeline.yaml.',
      );
    case 'TAG_RESOLVE_FAILED':
      return yaml(`${sentence}`, "Tags ('!…') have no meaning here: remove it, or put the text into quotes.");
    case 'BAD_SCALAR_START':
      return yaml(
        `A text without quotes cannot begin with ${show(source[start] ?? '')}.`,
        'Put the text into quotes.',
      );
    case 'RESOURCE_EXHAUSTION':
      return yaml('Lists and mappings are too deep here.', 'Look for a bracket that is not closed.');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return yaml(
        "There is a second ': ' in one line.",
        'Put a text with a colon into quotes, or begin a new line for the inner key.',
      );
    case 'MULTILINE_IMPLICIT_KEY':
      return yaml('This line is no key with a value.', "Write 'key: value', with a space after the colon.");
    case 'NON_STRING_KEY':
      return yaml('A key must be a text.', 'Write a key as a word.');
    case 'BAD_INDENT':
      return yaml(
        sentence,
        'Keys of one mapping begin in the same column, and its values further to the right.',
      );
    case 'UNEXPECTED_TOKEN':
      if (source.startsWith('{', start)) {
        return yaml(
          "'{' cannot stand in a text without quotes.",
          'Put the text into quotes: "iter_{step:07}".',
        );
      }
      return yaml(
        'This does not belong here.',
        "A text with ': ', ' #', '{', '}', '[', ']' or ',' goes into quotes.",
      );
    default:
      return yaml(
        sentence,
        "Check the line: a text with ': ', ' #', '{', '}', '[', ']' or ',' goes into quotes.",
      );
  }
}

function yaml(message: string, remedy: string): Finding {
  return { code: 'yaml-syntax', message, remedy };
}
