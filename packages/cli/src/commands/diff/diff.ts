/** `evalgraph diff <git-ref> [pipeline]`: what moved in the summary since a commit. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMissing, type Problem, readRegular, suggest, UserError } from '@evalgraph/formats';
import { screenOf } from '@evalgraph/report/terminal';
import { planPipeline } from '@evalgraph/runner';
import { lockProblems, openLockCheck } from '@evalgraph/runner/locking';
import { pipelineNames, summaryFile, type Variant } from '@evalgraph/spec';
import { systemMessages, writeError } from '@evalgraph/system';
import type { Call } from '../../command.ts';
import { diffMarkdown, diffView } from '../../terminal/diff-view.ts';
import { messages, phrases } from '../../terminal/messages.ts';
import { onePipeline } from '../../terminal/one-pipeline.ts';
import { diffSummaries, readSummary } from '../../terminal/summary-diff.ts';

/** 2,000 cells are about 1 MB. */
const MAX_SUMMARY_BYTES = 64 * 1024 * 1024;

export interface DiffArguments {
  /** A commit, as git names it. */
  readonly ref: string;
  readonly pipeline: string | null;
  readonly format: 'text' | 'md';
  readonly quick: boolean;
}

export async function showDiff({ root, print, words }: Call, wanted: DiffArguments): Promise<void> {
  const { ref, format, quick } = wanted;
  const pipeline = onePipeline(pipelineNames(root), wanted.pipeline, words);
  const has = (one: Variant): boolean => existsSync(join(root, summaryFile(pipeline, one)));
  const isOther = !quick && !has('full') && has('quick');
  const variant: Variant = quick || isOther ? 'quick' : 'full';
  if (isOther) writeError(`${phrases.showsQuick(pipeline, `npx nx run ${pipeline}:report`)}\n`);
  const path = summaryFile(pipeline, variant);
  const after = await readNow(
    root,
    path,
    `npx nx run ${pipeline}:report${variant === 'quick' ? ':quick' : ''}`,
  );
  const commit = await commitOf(root, ref);
  const before = await readThen(root, ref, commit, path);
  const diff = diffSummaries(readSummary(before, `${ref}:${path}`), readSummary(after, path));
  const differing = await differingFiles(root, pipeline, variant);
  if (differing.length > 0) writeError(`${phrases.figuresOfBefore(path, differing)}\n`);
  const title = { pipeline, ref, commit: commit.slice(0, 10) };
  if (format === 'md') print(diffMarkdown(title, diff).trimEnd());
  else for (const line of diffView(title, diff, screenOf(process.stdout))) print(line);
}

/**
 * What is not as it was locked, so that the summary's figures are of before. Two summaries can be compared without the
 * files, and in a pipeline that is not locked: what is missing is no difference.
 */
async function differingFiles(root: string, pipeline: string, variant: Variant): Promise<readonly Problem[]> {
  try {
    const plan = planPipeline(root, pipeline, variant);
    const problems = [...lockProblems(plan), ...(await openLockCheck(root, plan).all())];
    return problems.filter(({ code }) => code !== 'unlocked' && code !== 'locked-file-missing');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // A pipeline that cannot be planned has the summary that it has: other commands say what is wrong with it.
    return [];
  }
}

async function readNow(root: string, path: string, command: string): Promise<string> {
  try {
    return (await readRegular(join(root, path), MAX_SUMMARY_BYTES)).toString('utf8');
  } catch (error) {
    if (isMissing(error)) throw new UserError(messages.noSummary.now(path, command));
    if (error instanceof UserError) throw error;
    throw new UserError(
      systemMessages.unreadable(path, (error as NodeJS.ErrnoException).code ?? String(error)),
    );
  }
}

/** @returns the commit's full name. @throws UserError where git, the repository or the commit is not there. */
async function commitOf(root: string, ref: string): Promise<string> {
  const inside = await git(root, ['rev-parse', '--is-inside-work-tree']);
  if (!inside.ok) throw new UserError(messages.noRepository(root));
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const found = await git(root, args);
  if (!found.ok) {
    const names = await git(root, ['for-each-ref', '--format=%(refname:short)', '--count=1000']);
    throw new UserError(messages.unknownRef(ref, suggest(ref, names.ok ? names.text.split('\n') : [])));
  }
  return found.text.trim();
}

async function readThen(root: string, ref: string, commit: string, path: string): Promise<string> {
  // `./` makes git read the path from here, wherever the repository's own root is.
  const found = await git(root, ['show', `${commit}:./${path}`]);
  if (found.ok) return found.text;
  if (/does not exist|exists on disk, but not in/.test(found.text)) {
    throw new UserError(messages.noSummary.at(path, ref));
  }
  throw new UserError(messages.gitFailed(found.text.trim()));
}

interface GitOutcome {
  readonly ok: boolean;
  /** What it printed; where it failed, its message. */
  readonly text: string;
}

const run = promisify(execFile);

/** @throws UserError where there is no git. */
async function git(root: string, args: readonly string[]): Promise<GitOutcome> {
  try {
    const { stdout } = await run('git', [...args], {
      cwd: root,
      maxBuffer: MAX_SUMMARY_BYTES,
      // Its messages are read above.
      env: { ...process.env, LC_ALL: 'C' },
    });
    return { ok: true, text: stdout };
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: unknown };
    if (code === 'ENOENT') throw new UserError(messages.noGit());
    return { ok: false, text: typeof stderr === 'string' && stderr !== '' ? stderr : String(error) };
  }
}
