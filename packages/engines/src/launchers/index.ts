export { hasJobRecord } from './slurm/record.ts';
