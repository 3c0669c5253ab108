/**
 * The border to the terminal: everything that is printed goes through here, and nothing in it but our own colours is a
 * control sequence. What is drawn again in place (the picker, `watch`) writes its own cursor movements itself.
 */
import { visibleText } from '@evalgraph/formats/text';

/** The escape sequences that `paint` writes, and nothing more. */
const OWN_COLOUR = /(\x1b\[(?:1|2|22|31|32|33|36|39)m)/;

/** @param isColoured whether colours of our own may stand in the text; foreign text in it was escaped before. */
export function printable(text: string, isColoured: boolean): string {
  if (!isColoured) return visibleText(text);
  return text
    .split(OWN_COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : visibleText(part)))
    .join('');
}

export function writeOut(text: string): void {
  process.stdout.write(printable(text, process.stdout.isTTY === true));
}

/** Messages have no colours. */
export function writeError(text: string): void {
  process.stderr.write(printable(text, false));
}
