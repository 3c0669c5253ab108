/** The explorer's state as the part of an address after `#`, so that a question can be sent to somebody. */

export interface View {
  /** A task's or group's name; empty for the first. */
  readonly task: string;
  /** Document of `docTask`, null where no question is open. */
  readonly doc: number | null;
  /** The question's own task, where `task` is a group. */
  readonly docTask: string;
  /** Identifiers of checkpoints; empty for the page's choice. */
  readonly a: string;
  readonly b: string;
  /** Further checkpoints, side by side with a and b. */
  readonly more: readonly string[];
  readonly verdict: string;
  readonly text: string;
  readonly least: string;
  readonly most: string;
  readonly order: string;
}

export const NO_VIEW: View = {
  task: '',
  doc: null,
  docTask: '',
  a: '',
  b: '',
  more: [],
  verdict: 'all',
  text: '',
  least: '',
  most: '',
  order: 'doc',
};

/** Names of 200 characters and searches of 500 are the longest that anybody types. */
const MAX_ADDRESS = 4_000;

/** @returns null where the address is no view of the explorer */
export function parseAddress(hash: string): View | null {
  if (hash.length > MAX_ADDRESS || !/^#(q|t)=/.test(hash)) return null;
  const fields = new URLSearchParams(hash.slice(1));
  const question = fields.get('q');
  const slash = question?.lastIndexOf('/') ?? -1;
  const doc = question === null ? Number.NaN : Number(question.slice(slash + 1));
  const docTask = question === null || slash < 0 ? '' : question.slice(0, slash);
  const field = (name: string): string => fields.get(name) ?? '';
  return {
    task: field('t') || docTask,
    doc: Number.isSafeInteger(doc) && slash >= 0 ? doc : null,
    docTask,
    a: field('a'),
    b: field('b'),
    more: fields.getAll('c'),
    verdict: field('f') || NO_VIEW.verdict,
    text: field('s'),
    least: field('min'),
    most: field('max'),
    order: field('o') || NO_VIEW.order,
  };
}

export function formatAddress(view: View): string {
  const fields: [string, string][] = [];
  if (view.doc !== null) fields.push(['q', `${view.docTask}/${view.doc}`]);
  if (view.doc === null || view.task !== view.docTask) fields.push(['t', view.task]);
  fields.push(['a', view.a], ['b', view.b], ...view.more.map((id): [string, string] => ['c', id]));
  if (view.verdict !== NO_VIEW.verdict) fields.push(['f', view.verdict]);
  if (view.text !== '') fields.push(['s', view.text]);
  if (view.least !== '') fields.push(['min', view.least]);
  if (view.most !== '') fields.push(['max', view.most]);
  if (view.order !== NO_VIEW.order) fields.push(['o', view.order]);
  const write = (text: string): string =>
    encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%40', '@');
  return `#${fields.map(([name, value]) => `${name}=${write(value)}`).join('&')}`;
}
