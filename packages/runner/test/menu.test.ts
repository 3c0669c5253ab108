/** `evalgraph menu`: commands as a list where nobody can press a key; keys; a real terminal where there is one. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { menuItems, shellText } from '../../cli/src/commands/menu/menu.ts';
import { afterKey } from '../../cli/src/terminal/picker.ts';
import { evalgraph } from './support/child.ts';
import { makeWorkspace, repository } from './support/workspace.ts';

describe('evalgraph menu', () => {
  it('lists its commands without a terminal', async () => {
    const { root } = makeWorkspace();
    const { code, stdout } = await evalgraph(root, ['menu']);
    expect(code).toBe(0);
    const commands = menuItems('t').map(({ command }) =>
      command === null ? 'npx evalgraph questions t_choice 5 --pipeline t' : shellText(command),
    );
    expect(commands).toContain('npx nx run t:report:quick');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(commands.length);
    for (const [index, command] of commands.entries()) expect(lines[index]).toContain(`${command} `);
  });

  it('quotes what a shell would read as more than a word', () => {
    expect(shellText(['npx', 'nx', 'run', 'a:b', 'x y'])).toBe("npx nx run a:b 'x y'");
  });
});

describe('keys', () => {
  const press = (at: number, name: string, text = '', ctrl = false) => afterKey(at, 3, text, { name, ctrl });
  it('move, choose and leave', () => {
    expect(press(0, 'down')).toEqual({ kind: 'move', at: 1 });
    expect(press(2, 'down')).toEqual({ kind: 'move', at: 0 });
    expect(press(0, 'up')).toEqual({ kind: 'move', at: 2 });
    expect(press(1, 'return')).toEqual({ kind: 'chosen', at: 1 });
    // A number only moves: a mistyped key must not start days of work.
    expect(press(0, '3', '3')).toEqual({ kind: 'move', at: 2 });
    expect(press(1, '4', '4')).toEqual({ kind: 'move', at: 1 });
    expect(press(1, 'x', 'x')).toEqual({ kind: 'move', at: 1 });
    for (const name of ['q', 'escape']) expect(press(1, name)).toEqual({ kind: 'left' });
    expect(press(1, 'c', '', true)).toEqual({ kind: 'left' });
  });
});

const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('in a terminal (util-linux’s script)', () => {
  it('shows the command before it runs it, and comes back', async () => {
    const { root } = makeWorkspace();
    const command = `${process.execPath} ${join(repository, 'packages/cli/bin/evalgraph.js')} menu`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: root, stdio: 'pipe' });
    let seen = '';
    const until = async (text: string, times = 1): Promise<void> => {
      while (seen.split(text).length <= times) {
        if (child.exitCode !== null) throw new Error(`ended before '${text}':\n${seen}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    child.stdout.on('data', (data) => {
      seen += String(data);
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await until('q leaves');
    // Up from the first is the last: the guide.
    child.stdin.write('\x1b[A');
    await until('▸ 7');
    child.stdin.write('\r');
    await until('$ npx evalgraph help');
    await until('Exit code 0: done');
    await until('evalgraph: t', 3);
    child.stdin.write('q');
    expect(await ended).toBe(0);
    expect(seen.indexOf('$ npx evalgraph help')).toBeLessThan(seen.indexOf('Exit code 0: done'));
  });
});
