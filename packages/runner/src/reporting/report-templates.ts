/**
 * A pipeline's own charts: pipelines/<name>/charts/<chart>.vl.json. Whether a template can be drawn is the report's to
 * say.
 */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, type Problem, readRegularSync, UserError } from '@evalgraph/formats';
import type { ChartTemplate } from '@evalgraph/report/data';
import { chartFolder } from '@evalgraph/spec';
import { messages } from './messages.ts';

const ENDING = '.vl.json';
/** Written by hand; its data come from the report. */
const MAX_BYTES = 4_000_000;
/** More pictures than anybody looks at. */
const MAX_TEMPLATES = 200;

/**
 * Reads the templates by name; there is none where the pipeline has no such folder.
 * @throws UserError with a problem for each file that is no JSON
 */
export function readTemplates(root: string, pipeline: string): readonly ChartTemplate[] {
  const folder = chartFolder(pipeline);
  const names = filesIn(join(root, folder)).filter((name) => name.endsWith(ENDING));
  if (names.length > MAX_TEMPLATES) {
    throw new UserError(messages.chartTemplate(folder, `it holds ${names.length} templates`, MAX_TEMPLATES));
  }
  const problems: Problem[] = [];
  const templates = names.flatMap((name): ChartTemplate[] => {
    const path = `${folder}/${name}`;
    const { size } = statSync(join(root, path));
    if (size > MAX_BYTES) {
      problems.push(messages.chartTemplate(path, `it has ${size} bytes`, MAX_BYTES));
      return [];
    }
    try {
      const spec: unknown = JSON.parse(readRegularSync(join(root, path), MAX_BYTES).toString('utf8'));
      return [{ name: name.slice(0, -ENDING.length), spec }];
    } catch (error) {
      const why = error instanceof SyntaxError ? `it is no JSON (${error.message})` : 'it cannot be read';
      if (!(error instanceof SyntaxError) && !('code' in (error as object))) throw error;
      problems.push(messages.chartTemplate(path, why, null));
      return [];
    }
  });
  if (problems.length > 0) throw new UserError(problems);
  return templates;
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
