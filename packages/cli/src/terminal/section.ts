import { paint, type Screen } from '@evalgraph/report/terminal';

/** Lines below their title; nothing where there are none. */
export function section(title: string, lines: readonly string[], screen: Screen): readonly string[] {
  return lines.length === 0 ? [] : ['', paint(screen, 'cyan', title), ...lines];
}
