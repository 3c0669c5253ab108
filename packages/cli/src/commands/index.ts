/** Every command, in the order in which the help lists them. */
import type { Declare } from '../command.ts';
import { declareCompare } from './compare/command.ts';
import { declareCompletion } from './completion/command.ts';
import { declareDiff } from './diff/command.ts';
import { declareDoctor } from './doctor/command.ts';
import { declareExport } from './export/command.ts';
import { declareFollow } from './follow/command.ts';
import { declareImport } from './import/command.ts';
import { declareInit } from './init/command.ts';
import { declareLock } from './lock/command.ts';
import { declareMenu } from './menu/command.ts';
import { declarePlan } from './plan/command.ts';
import { declarePpl } from './ppl/command.ts';
import { declareQuestions } from './questions/command.ts';
import { declareReport } from './report/command.ts';
import { declareServe } from './serve/command.ts';
import { declareShow } from './show/command.ts';
import { declareTasks } from './tasks/command.ts';
import { declareVerify } from './verify/command.ts';
import { declareWatch } from './watch/command.ts';
import { declareWhy } from './why/command.ts';

export const commands: readonly (readonly [group: string, declarations: readonly Declare[]])[] = [
  [
    'Look at results:',
    [declareMenu, declareShow, declareQuestions, declareWatch, declareFollow, declareReport, declareDiff],
  ],
  [
    'Set up, plan, check:',
    [declareInit, declareLock, declarePlan, declareTasks, declareWhy, declareVerify, declareDoctor],
  ],
  [
    'Without a pipeline, and with other programs:',
    [declarePpl, declareCompare, declareServe, declareImport, declareExport],
  ],
  ['Help:', [declareCompletion]],
];
