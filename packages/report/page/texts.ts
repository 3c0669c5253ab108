/** Texts of questions and answers in their boxes: as they are, the long ones folded, differences marked. */
import { formatCount } from '../src/format.ts';
import type { Piece } from './diff.ts';
import { element } from './dom.ts';

/** Longer texts are folded: a page of 100 kB is no place to look for its end. */
export const FOLDED_FROM = 6_000;

/** Text as it is, in its own box; a long one behind a button. */
export function longText(text: string): HTMLElement {
  const box = element('pre', { class: 'text', dir: 'auto' });
  if (text.length <= FOLDED_FROM) {
    box.textContent = text;
    return box;
  }
  box.textContent = `${text.slice(0, FOLDED_FROM).toWellFormed()}…`;
  const more = element('button', { type: 'button' }, `Show all ${formatCount(text.length)} characters`);
  more.addEventListener('click', () => {
    box.textContent = text;
    more.remove();
  });
  return element('div', {}, box, more);
}

export function labelled(label: string, text: string): HTMLElement {
  return element('div', {}, element('h4', {}, label), longText(text === '' ? '(empty)' : text));
}

export function marked(pieces: readonly Piece[]): HTMLElement {
  const box = element('pre', { class: 'text', dir: 'auto' });
  let length = 0;
  for (const { text, isOwn } of pieces) {
    if (length > FOLDED_FROM) {
      box.append('…');
      break;
    }
    const part = text.slice(0, FOLDED_FROM).toWellFormed();
    box.append(isOwn ? element('mark', {}, part) : part);
    length += part.length;
  }
  if (length === 0) box.append('(empty)');
  return box;
}
