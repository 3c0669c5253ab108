/** `evalgraph COMMAND --help` and `-h`: what HELP says of that command, never an error. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HELP } from '../../cli/src/help.ts';
import { main } from '../../cli/src/main.ts';

async function printed(...argv: readonly string[]): Promise<{ code: number; text: string }> {
  const parts: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    parts.push(String(text));
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    parts.push(String(text));
    return true;
  });
  const code = await main(argv);
  vi.restoreAllMocks();
  return { code, text: parts.join('') };
}

afterEach(() => vi.restoreAllMocks());

/** Each line of HELP that begins with a command, as a reader finds them. */
const NAMES = [...new Set([...HELP.matchAll(/^ {2}npx evalgraph ([a-z]+)/gm)].map(([, name]) => name ?? ''))];

describe('help of one command', () => {
  it.each(NAMES.filter((name) => name !== 'help'))('%s -h, --help, help %s', async (name) => {
    const { code, text } = await printed(name, '-h');
    expect(code).toBe(0);
    expect(text).toMatch(new RegExp(`^  npx evalgraph ${name} `));
    const others = NAMES.filter((other) => other !== name && other !== 'help');
    for (const other of others) expect(text).not.toContain(`  npx evalgraph ${other} `);
    expect(await printed(name, 'x', '--help')).toEqual({ code, text });
    expect(await printed('help', name)).toEqual({ code, text });
  });

  it('is all of it for none, and an unknown command stays one', async () => {
    expect(await printed('help')).toEqual({ code: 0, text: `${HELP}\n` });
    const { code, text } = await printed('shwo', '-h');
    expect([code, text.includes("'show'")]).toEqual([1, true]);
  });
});
