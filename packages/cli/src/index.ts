export { cellFigure } from '@evalgraph/report/data';
export { lockCommand } from './commands/lock.ts';
export { verify } from './commands/verify.ts';
export { cellFigures, comparisonFigures, evaluatedText } from './figures.ts';
