/** The names that a part of a template sees: its own, then those around it. */
import type { Rt } from './runtime.ts';

export class Scope {
  readonly names = new Map<string, Rt>();
  readonly parent: Scope | null;
  constructor(parent: Scope | null) {
    this.parent = parent;
  }
  find(name: string): Rt | undefined {
    for (let scope: Scope | null = this; scope !== null; scope = scope.parent) {
      const own = scope.names.get(name);
      if (own !== undefined) return own;
    }
    return undefined;
  }
}
