export { sourceText } from './compared-side.ts';
export { runComparison } from './comparison-run.ts';
