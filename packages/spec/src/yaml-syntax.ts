/** The YAML parser's errors in words that say what to look for. */
import type { TextRange } from '@evalgraph/formats';
import { messages } from './messages.ts';
import type { Finding } from './problems.ts';
import { show } from './show.ts';

/**
 * @param code the parser's
 * @param text the parser's own sentence
 * @param open whether the range is a bracket or a quote that is never closed
 */
export function yamlSyntax(
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
    return messages.yamlSyntax(
      'This quote is not closed.',
      `Write " at the end of the text (and \\" within it).`,
    );
  if (opening === "'")
    return messages.yamlSyntax(
      'This quote is not closed.',
      "Write ' at the end of the text (and '' within it).",
    );
  const closing = opening === '{' ? '}' : ']';
  return messages.yamlSyntax(
    'This bracket is not closed.',
    `Write ${closing} at its end; a text with '{', '}', '[', ']' or ',' in it goes into quotes.`,
  );
}

/** The parser's codes in words that say what to look for; its own sentence where there is nothing to add. */
function syntaxFinding(code: string, text: string, source: string, start: number): Finding {
  const sentence = text.endsWith('.') ? text : `${text}.`;
  switch (code) {
    case 'TAB_AS_INDENT':
      return messages.yamlSyntax('A tab stands in the indentation.', 'YAML is indented with spaces.');
    case 'MULTIPLE_DOCS':
      return messages.yamlSyntax(
        "A second document begins here ('---').",
        'A file holds one pipeline: give the other a folder of its own, pipelines/<name>/pipeline.yaml.',
      );
    case 'TAG_RESOLVE_FAILED':
      return messages.yamlSyntax(
        `${sentence}`,
        "Tags ('!…') have no meaning here: remove it, or put the text into quotes.",
      );
    case 'BAD_SCALAR_START':
      return messages.yamlSyntax(
        `A text without quotes cannot begin with ${show(source[start] ?? '')}.`,
        'Put the text into quotes.',
      );
    case 'RESOURCE_EXHAUSTION':
      return messages.yamlSyntax(
        'Lists and mappings are too deep here.',
        'Look for a bracket that is not closed.',
      );
    case 'BLOCK_AS_IMPLICIT_KEY':
      return messages.yamlSyntax(
        "There is a second ': ' in one line.",
        'Put a text with a colon into quotes, or begin a new line for the inner key.',
      );
    case 'MULTILINE_IMPLICIT_KEY':
      return messages.yamlSyntax(
        'This line is no key with a value.',
        "Write 'key: value', with a space after the colon.",
      );
    case 'NON_STRING_KEY':
      return messages.yamlSyntax('A key must be a text.', 'Write a key as a word.');
    case 'BAD_INDENT':
      return messages.yamlSyntax(
        sentence,
        'Keys of one mapping begin in the same column, and its values further to the right.',
      );
    case 'UNEXPECTED_TOKEN':
      if (source.startsWith('{', start)) {
        return messages.yamlSyntax(
          "'{' cannot stand in a text without quotes.",
          'Put the text into quotes: "iter_{step:07}".',
        );
      }
      return messages.yamlSyntax(
        'This does not belong here.',
        "A text with ': ', ' #', '{', '}', '[', ']' or ',' goes into quotes.",
      );
    default:
      return messages.yamlSyntax(
        sentence,
        "Check the line: a text with ': ', ' #', '{', '}', '[', ']' or ',' goes into quotes.",
      );
  }
}
