/** Results that another program computed: said at the top, and where each came from at the end. */
import { formatCount, NOT_AVAILABLE } from '../format.ts';
import type { ReportModel } from '../input.ts';
import { plainText } from '../plain-text.ts';
import type { ReportData } from '../scores.ts';
import { type Block, heading, linesCell, note, tableBlock, textCell } from './blocks.ts';

export function isImported(model: ReportModel): boolean {
  return model.checkpoints.some(({ origin }) => origin !== undefined);
}

/** Empty where everything was computed here. */
export function importedNote(data: ReportData): readonly Block[] {
  const models = data.input.models.filter(isImported);
  if (models.length === 0) return [];
  const names = models.map(
    ({ name, checkpoints }) =>
      `${plainText(name)} (${formatCount(checkpoints.length)} checkpoint${checkpoints.length === 1 ? '' : 's'})`,
  );
  return [
    note(
      { strong: 'Imported results' },
      `: ${names.join(', ')}. They were computed elsewhere; the last sections say by what.`,
    ),
  ];
}

export function importedSection(data: ReportData): readonly Block[] {
  const lines = data.input.models.flatMap((model) =>
    model.checkpoints.flatMap(({ name, origin }) =>
      origin === undefined
        ? []
        : [
            [
              textCell(model.name),
              textCell(name),
              textCell(origin.program),
              textCell(origin.date ?? NOT_AVAILABLE),
              linesCell(origin.files),
            ],
          ],
    ),
  );
  if (lines.length === 0) return [];
  const header = ['Model', 'Checkpoint', 'Computed by', 'Date', 'Files'];
  return [heading(2, 'Imported results'), tableBlock('Imported results', header, lines)];
}
