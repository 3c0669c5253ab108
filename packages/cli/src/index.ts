export { lockCommand } from './commands/lock.ts';
export { verify } from './commands/verify.ts';
export { cellFigures, comparisonFigures, evaluatedText, figureText } from './figures.ts';
