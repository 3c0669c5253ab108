/** The table of ported functions, and how `!function module.name` in a file finds its port. */
import { basename, dirname, extname, sep } from 'node:path';
import type { FunctionRef } from '../config/types.ts';
import { copaPorts } from './copa.ts';
import { hellaswagPorts } from './hellaswag.ts';
import type { Port, PortRole } from './port.ts';
import { racePorts } from './race.ts';
import { squadv2Ports } from './squadv2.ts';
import { truthfulqaPorts } from './truthfulqa.ts';
import { wikitextPorts } from './wikitext.ts';
import { winograndePorts } from './winogrande.ts';

const PORTS: readonly Port[] = [
  ...copaPorts,
  ...hellaswagPorts,
  ...racePorts,
  ...squadv2Ports,
  ...truthfulqaPorts,
  ...wikitextPorts,
  ...winograndePorts,
];
const byName = new Map(PORTS.map((port) => [port.name, port]));
const byAlias = new Map(PORTS.flatMap((port) => port.alsoKnownAs.map((alias) => [alias, port] as const)));

/** The port that `!function <name>` in `file` means, null where there is none. */
export function findPort(name: string, file: string): Port | null {
  for (const family of familiesOf(file)) {
    const port = byName.get(`${family}/${name}`);
    if (port !== undefined) return port;
  }
  return byAlias.get(name) ?? byName.get(name) ?? null;
}

/** tasks/truthfulqa/truthfulqa_mc2.yaml -> truthfulqa_mc2, truthfulqa, (folder) truthfulqa, tasks */
function familiesOf(file: string): readonly string[] {
  const families: string[] = [];
  let stem = basename(file, extname(file));
  for (;;) {
    families.push(stem);
    const cut = stem.lastIndexOf('_');
    if (cut <= 0) break;
    stem = stem.slice(0, cut);
  }
  return [...families, ...dirname(file).split(sep).reverse()];
}

export function portNames(role: PortRole): readonly string[] {
  return PORTS.filter((port) => port.role === role).map((port) => port.alsoKnownAs[0] ?? port.name);
}

/** The port behind a reference in a normalised config, of the role that the place asks for. */
export function portOf<R extends PortRole>(reference: FunctionRef, role: R): Extract<Port, { role: R }> {
  const port = byName.get(reference.name);
  if (port?.role !== role || port.version !== reference.version) {
    throw new TypeError(`no port ${reference.name} version ${reference.version} of role ${role}`);
  }
  return port as Extract<Port, { role: R }>;
}
