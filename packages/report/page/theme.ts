/** Light or dark: the system's wish, until the reader chooses. Kept where the browser allows pages from disk to. */
import { byId } from './dom.ts';

const KEPT_AS = 'evalgraph-theme';

export function startTheme(): void {
  const button = byId('theme', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = (): boolean =>
    (document.documentElement.dataset['theme'] ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = (): void => {
    button.setAttribute('aria-pressed', String(isDark()));
  };
  const kept = stored();
  if (kept !== null) document.documentElement.dataset['theme'] = kept;
  button.addEventListener('click', () => {
    const next = isDark() ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = next;
    try {
      localStorage.setItem(KEPT_AS, next);
    } catch {
      // Some browsers give pages from disk no storage: the choice lasts as long as the page.
    }
    show();
  });
  system.addEventListener('change', show);
  button.hidden = false;
  show();
}

function stored(): 'dark' | 'light' | null {
  try {
    const kept = localStorage.getItem(KEPT_AS);
    return kept === 'dark' || kept === 'light' ? kept : null;
  } catch {
    return null;
  }
}
