/** The table of ported functions, and how `!function module.name` in a file finds its port. */
import type { FunctionRef } from '../task.ts';
import { copaPorts } from './copa.ts';
import { hellaswagPorts } from './hellaswag.ts';
import { portOfOriginal } from './originals.ts';
import type { Port, PortRole } from './port.ts';
import { racePorts } from './race.ts';
import { type PythonSource, pythonSource } from './source.ts';
import { squadv2Ports } from './squadv2.ts';
import { truthfulqaPorts } from './truthfulqa.ts';
import { wikitextPorts } from './wikitext.ts';
import { winograndePorts } from './winogrande.ts';

export const PORTS: readonly Port[] = [
  ...copaPorts,
  ...hellaswagPorts,
  ...racePorts,
  ...squadv2Ports,
  ...truthfulqaPorts,
  ...wikitextPorts,
  ...winograndePorts,
];
/** Families whose modules lie deeper among lm-eval's tasks than the family's name says. */
const familyFolders = new Map([['copa', 'super_glue.copa']]);

const byName = new Map(PORTS.map((port) => [port.name, port]));
/** What names a port where no Python file is: lm-eval's own module, or short, the family and the function. */
const byClearName = new Map(
  PORTS.flatMap((port) => [
    [pythonName(port.name), port],
    [shortName(port.name), port],
  ]),
);

/** `copa/utils.doc_to_text` -> lm_eval.tasks.super_glue.copa.utils.doc_to_text, as Python imports it. */
export function pythonName(portName: string): string {
  const [family = '', name = ''] = portName.split('/');
  return `lm_eval.tasks.${familyFolders.get(family) ?? family}.${name}`;
}

/** `copa/utils.doc_to_text` -> copa.doc_to_text */
function shortName(portName: string): string {
  return `${portName.split('/')[0]}.${lastName(portName)}`;
}

function lastName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

export interface FoundFunction {
  /** null: the function is not ported, or its Python is not what the port was written for. */
  readonly port: Port | null;
  /** The Python file beside the YAML; null where there is none, and the name alone says what is meant. */
  readonly source: PythonSource | null;
}

/** What `!function <name>` in `file` means: the Python beside it decides, not its name. */
export function findFunction(name: string, file: string): FoundFunction {
  const source = pythonSource(name, file);
  if (source === null) return { port: byClearName.get(name) ?? null, source };
  const original = source.digest === null ? null : portOfOriginal(source.digest, lastName(name));
  return { port: original === null ? null : (byName.get(original) ?? null), source };
}

/** Clear names of what is ported for a role: they need no Python file, and lm-eval knows them too. */
export function portNames(role: PortRole): readonly string[] {
  return PORTS.filter((port) => port.role === role).map((port) => pythonName(port.name));
}

/** The port behind a reference in a normalised config, of the role that the place asks for. */
export function portOf<R extends PortRole>(reference: FunctionRef, role: R): Extract<Port, { role: R }> {
  const port = byName.get(reference.name);
  if (port?.role !== role || port.version !== reference.version) {
    throw new TypeError(`no port ${reference.name} version ${reference.version} of role ${role}`);
  }
  return port as Extract<Port, { role: R }>;
}
