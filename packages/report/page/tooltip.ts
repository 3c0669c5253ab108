/** What a mark of a chart stands for, beside the pointer. Assistive technology reads the same text from the mark. */
import { element } from './dom.ts';

/** A finger's or a hasty pointer's precision, in pixels. */
const REACH = 18;

export function startTooltips(): void {
  const tip = element('div', { class: 'tip', hidden: '' });
  document.body.append(tip);
  const hide = (): void => {
    tip.hidden = true;
  };
  for (const figure of document.querySelectorAll<HTMLElement>('figure.chart')) {
    const marks = [...figure.querySelectorAll<SVGElement>('[aria-label][role="graphics-symbol"]')].filter(
      (mark) => !/axis|legend|title/.test(mark.getAttribute('aria-roledescription') ?? ''),
    );
    figure.addEventListener('pointermove', (event) => {
      const mark = nearest(marks, event.clientX, event.clientY);
      if (mark === null) return hide();
      tip.textContent = mark.getAttribute('aria-label') ?? '';
      tip.hidden = false;
      const { width, height } = tip.getBoundingClientRect();
      const left = Math.min(event.clientX + 14, innerWidth - width - 8);
      const top =
        event.clientY + 16 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 16;
      tip.style.left = `${Math.max(8, left)}px`;
      tip.style.top = `${top}px`;
    });
    figure.addEventListener('pointerleave', hide);
  }
}

function nearest(marks: readonly SVGElement[], x: number, y: number): SVGElement | null {
  let best: SVGElement | null = null;
  let bestDistance = REACH;
  for (const mark of marks) {
    const box = mark.getBoundingClientRect();
    const dx = Math.max(box.left - x, 0, x - box.right);
    const dy = Math.max(box.top - y, 0, y - box.bottom);
    // Inside several boxes the smallest is meant: a bar's segment before the bar behind it.
    const distance = Math.hypot(dx, dy) + Math.min(1, (box.width * box.height) / 1e6);
    if (distance < bestDistance) {
      best = mark;
      bestDistance = distance;
    }
  }
  return best;
}
