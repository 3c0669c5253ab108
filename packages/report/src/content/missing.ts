/** A partial report says so at its top and names what is still to come. */
import { formatCount } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { missingCells, type ReportData } from '../scores.ts';
import { type Block, heading, note } from './blocks.ts';

/** So many are named; the rest is counted. */
const NAMED = 50;

export function missingNote(data: ReportData): readonly Block[] {
  const missing = missingCells(data);
  if (missing.length === 0) return [];
  const are = missing.length === 1 ? 'result is' : 'results are';
  return [
    note(
      { strong: 'Partial report' },
      `: ${formatCount(missing.length)} ${are} still to come; the section Missing names them. ` +
        'Best, last and mean are of what is there.',
    ),
  ];
}

export function missingSection(data: ReportData): readonly Block[] {
  const missing = missingCells(data);
  if (missing.length === 0) return [];
  const rest = missing.length - NAMED;
  return [
    heading(2, 'Missing'),
    {
      kind: 'list',
      items: [
        ...missing.slice(0, NAMED).map(plainText),
        ...(rest > 0 ? [`and ${formatCount(rest)} more`] : []),
      ],
    },
  ];
}
