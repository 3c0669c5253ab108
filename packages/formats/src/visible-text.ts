/**
 * Foreign text on its way to a terminal or a log. A control character in it could move the cursor, clear the screen,
 * name the window or turn the line's direction: each is written as an escape, which does none of that.
 */

/**
 * C0 but tab and line feed, DEL, C1; line and paragraph separators; what changes direction; what has no width and no
 * part in words. Joiners stay: scripts and emoji need them.
 */
const HARMFUL =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const NAMED = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Line feeds and tabs stay: who lays out lines writes them. */
export function visibleText(text: string): string {
  return text.replace(HARMFUL, escapedCharacter);
}

/** A character that cannot be seen, as `\n`, `\x1b` or `\u202e`: from DEL on as JSON has it too. */
export function escapedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const named = NAMED.get(character);
  if (named !== undefined) return named;
  return code < 0x7f
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
