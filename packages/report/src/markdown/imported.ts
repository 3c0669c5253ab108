/** Results that another program computed: said at the top, and where each came from at the end. */
import { formatCount, NOT_AVAILABLE } from '../format.ts';
import type { ReportModel } from '../input.ts';
import type { ReportData } from '../scores.ts';
import { escapeText } from './escape.ts';
import { table } from './table.ts';

export function isImported(model: ReportModel): boolean {
  return model.checkpoints.some(({ origin }) => origin !== undefined);
}

/** Empty where everything was computed here. */
export function importedNote(data: ReportData): string {
  const models = data.input.models.filter(isImported);
  if (models.length === 0) return '';
  const names = models.map(
    (model) =>
      `${escapeText(model.name)} (${formatCount(model.checkpoints.length)} checkpoint${model.checkpoints.length === 1 ? '' : 's'})`,
  );
  return `> **Imported results**: ${names.join(', ')}. They were computed elsewhere; the last sections say by what.`;
}

export function importedSection(data: ReportData): string {
  const lines = data.input.models.flatMap((model) =>
    model.checkpoints.flatMap(({ name, origin }) =>
      origin === undefined
        ? []
        : [
            [
              escapeText(model.name),
              escapeText(name),
              escapeText(origin.program),
              escapeText(origin.date ?? NOT_AVAILABLE),
              origin.files.map(escapeText).join('<br>'),
            ],
          ],
    ),
  );
  if (lines.length === 0) return '';
  return ['## Imported results', table(['Model', 'Checkpoint', 'Computed by', 'Date', 'Files'], lines)].join(
    '\n\n',
  );
}
