/**
 * JSON that is also a JavaScript literal and may stand in a script element: no `<` (neither `</script>` nor `<!--`
 * can arise), and no line separators, which older parsers end a string at.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<\u2028\u2029]/g, (character) =>
    character === '<' ? '\\u003c' : character === '\u2028' ? '\\u2028' : '\\u2029',
  );
}
