export { cellFigure } from '@evalgraph/report/data';
export { lockPipelines } from './commands/lock/lock.ts';
export { verify } from './commands/verify/verify.ts';
