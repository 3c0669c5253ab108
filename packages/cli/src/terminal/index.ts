export { screenOf } from './screen.ts';
