/** The engine that a pipeline names. */
import type { EngineUse } from '../spec/index.ts';
import { embeddedEngine } from './embedded/adapter.ts';
import type { Engine } from './engine.ts';

export function engineOf(use: EngineUse): Engine {
  switch (use.use) {
    case 'embedded':
      return embeddedEngine;
    default:
      throw new Error(`the spec let engine '${use.use}' pass`);
  }
}
