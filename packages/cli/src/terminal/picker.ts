/** A list to choose from: arrow keys, letters and numbers move, and only Enter chooses. Drawn in place. */
import { emitKeypressEvents, type Key } from 'node:readline';
import { paint, screenOf, truncate } from '@evalgraph/report/terminal';
import { printable } from '@evalgraph/system';

export interface Choice {
  readonly label: string;
  /** What the entry is for, or the command that it runs; it stands beside the entry, dimmer. */
  readonly note: string;
}

/** @returns the index of what was chosen; null: q, Escape or Ctrl-C, or the input ended */
export async function pick(title: string, choices: readonly Choice[], start = 0): Promise<number | null> {
  const { stdin, stdout } = process;
  let at = Math.min(Math.max(0, start), choices.length - 1);
  let height = 0;
  const draw = (): void => {
    const lines = pickerLines(title, choices, at);
    stdout.write(
      `${height > 0 ? `\x1b[${height}A` : ''}\r\x1b[0J${lines.map((line) => printable(line, true)).join('\n')}\n`,
    );
    height = lines.length;
  };
  emitKeypressEvents(stdin);
  stdin.setRawMode(true);
  stdin.resume();
  stdout.write('\x1b[?25l');
  draw();
  try {
    return await new Promise<number | null>((resolve) => {
      const onKey = (text: string | undefined, key: Key): void => {
        const next = afterKey(at, choices.length, text ?? '', key);
        if (next.kind === 'move') {
          at = next.at;
          draw();
          return;
        }
        stdin.off('keypress', onKey);
        stdin.off('end', onEnd);
        if (next.kind === 'chosen') at = next.at;
        draw();
        resolve(next.kind === 'chosen' ? next.at : null);
      };
      const onEnd = (): void => resolve(null);
      stdin.on('keypress', onKey);
      stdin.once('end', onEnd);
    });
  } finally {
    stdout.write('\x1b[?25h');
    stdin.setRawMode(false);
    stdin.pause();
  }
}

export type AfterKey =
  | { readonly kind: 'move'; readonly at: number }
  | { readonly kind: 'chosen'; readonly at: number }
  | { readonly kind: 'left' };

/**
 * What a key does. Nothing but Enter chooses: a mistyped key must not start days of work. Any other key moves nowhere.
 */
export function afterKey(at: number, count: number, text: string, key: Pick<Key, 'name' | 'ctrl'>): AfterKey {
  const move = (to: number): AfterKey => ({ kind: 'move', at: (to + count) % count });
  if (key.ctrl === true) return key.name === 'c' || key.name === 'd' ? { kind: 'left' } : move(at);
  switch (key.name) {
    case 'up':
    case 'k':
      return move(at - 1);
    case 'down':
    case 'j':
    case 'tab':
      return move(at + 1);
    case 'home':
      return move(0);
    case 'end':
      return move(count - 1);
    case 'return':
    case 'enter':
      return { kind: 'chosen', at };
    case 'q':
    case 'escape':
      return { kind: 'left' };
    default: {
      const number = /^[1-9]$/.test(text) ? Number(text) : 0;
      return move(number > 0 && number <= count ? number - 1 : at);
    }
  }
}

function pickerLines(title: string, choices: readonly Choice[], at: number): readonly string[] {
  const screen = screenOf(process.stdout);
  const widest = Math.max(0, ...choices.map(({ label }) => label.length));
  return [
    paint(screen, 'bold', truncate(title, screen.width - 1)),
    ...choices.map(({ label, note }, index) => {
      const mark = index === at ? '▸' : ' ';
      const number = index < 9 ? String(index + 1) : ' ';
      const head = `${mark} ${number}  ${label.padEnd(widest)}`;
      const rest = truncate(note, Math.max(1, screen.width - head.length - 3));
      return `${paint(screen, index === at ? 'cyan' : null, head)}  ${paint(screen, 'dim', rest)}`;
    }),
    paint(screen, 'dim', '↑ ↓ or a number moves, Enter chooses, q leaves'),
  ];
}
