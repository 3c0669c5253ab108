/** The sample explorer: pick a task and two checkpoints, filter, open a question. Its state is the page's address. */
import { formatCount, formatDifference } from '../src/format.ts';
import { formatAddress, NO_VIEW, parseAddress, type View } from './address.ts';
import { choose, ORDERS, type Pair, type Question, VERDICTS } from './choose.ts';
import { FIXED, type PageData } from './chunks.ts';
import { byId, element, option } from './dom.ts';
import { Store } from './load.ts';
import { questionView, verdictMark } from './question.ts';
import { checkpointsOf, columnOf, membersOf, withCheckpoints } from './selection.ts';

/** Lines of the list at a time. */
const PAGE_SIZE = 50;
/** Typing settles before a search begins. */
const SETTLE_MS = 100;

export function startExplorer(page: PageData): void {
  const explorer = new Explorer(new Store(page));
  explorer.start();
}

class Explorer {
  readonly #store: Store;
  #view: View = NO_VIEW;
  #questions: readonly Question[] = [];
  #first = 0;
  /** What was asked for last: an answer that arrives late is thrown away. */
  #asked = 0;

  readonly #task = byId('x-task', HTMLSelectElement);
  readonly #a = byId('x-a', HTMLSelectElement);
  readonly #b = byId('x-b', HTMLSelectElement);
  readonly #verdicts = byId('x-verdicts', HTMLDivElement);
  readonly #text = byId('x-text', HTMLInputElement);
  readonly #least = byId('x-least', HTMLInputElement);
  readonly #most = byId('x-most', HTMLInputElement);
  readonly #order = byId('x-order', HTMLSelectElement);
  readonly #status = byId('x-status', HTMLParagraphElement);
  readonly #list = byId('x-list', HTMLOListElement);
  readonly #pages = byId('x-pages', HTMLDivElement);
  readonly #detail = byId('x-detail', HTMLElement);

  constructor(store: Store) {
    this.#store = store;
  }

  start(): void {
    const { groups, tasks } = this.#store.page;
    const names = [
      ...groups.map(({ name, tasks: members }) => [name, `${name} (${formatCount(members.length)} tasks)`]),
      ...tasks.map(({ name }) => [name, name]),
    ];
    this.#task.replaceChildren(...names.map(([name = '', label = '']) => option(name, label, false)));
    this.#order.replaceChildren(...ORDERS.map(({ name, label }) => option(name, label, false)));
    for (const field of [this.#task, this.#a, this.#b, this.#order])
      field.addEventListener('change', () => this.#changed());
    let timer: ReturnType<typeof setTimeout> | undefined;
    for (const field of [this.#text, this.#least, this.#most]) {
      field.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.#changed(), SETTLE_MS);
      });
    }
    byId('x-swap', HTMLButtonElement).addEventListener('click', () =>
      this.#go({ ...this.#view, a: this.#view.b, b: this.#view.a }),
    );
    byId('questions', HTMLElement).addEventListener('keydown', (event) => this.#key(event));
    addEventListener('hashchange', () => {
      const view = parseAddress(location.hash);
      if (view !== null) void this.#show(view, true);
    });
    const asked = parseAddress(location.hash);
    // Data is read when the explorer comes into sight, or an address asks for it: the report itself opens at once.
    if (asked !== null) void this.#show(asked, true);
    else {
      const watch = new IntersectionObserver((entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        watch.disconnect();
        if (this.#asked === 0) void this.#show(NO_VIEW, false);
      });
      watch.observe(byId('questions', HTMLElement));
    }
  }

  /** The fields' state becomes the address. */
  #changed(): void {
    const isSameTask = this.#task.value === this.#view.task;
    this.#go({
      ...this.#view,
      task: this.#task.value,
      doc: isSameTask ? this.#view.doc : null,
      a: this.#a.value,
      b: this.#b.value,
      text: this.#text.value,
      least: this.#least.value,
      most: this.#most.value,
      order: this.#order.value,
    });
  }

  #go(view: View): void {
    history.replaceState(null, '', formatAddress(view));
    void this.#show(view, false);
  }

  /** @param isArrival true where an address was opened: then its question gets the focus */
  async #show(wanted: View, isArrival: boolean): Promise<void> {
    const asked = ++this.#asked;
    const members =
      membersOf(this.#store.page, wanted.task) ??
      membersOf(this.#store.page, wanted.docTask) ??
      membersOf(this.#store.page, this.#task.options[0]?.value ?? '') ??
      [];
    const known = membersOf(this.#store.page, wanted.task) !== null;
    const view = withCheckpoints(
      this.#store.page,
      { ...wanted, task: known ? wanted.task : (this.#task.options[0]?.value ?? '') },
      members,
    );
    this.#view = view;
    try {
      await this.#store.loadLists(members);
      if (view.text !== '' && !this.#store.hasTexts(members)) {
        this.#status.textContent = `Reading ${formatCount(this.#store.textNames(members).length)} files to search in ...`;
        await this.#store.loadTexts(members);
      }
      if (asked !== this.#asked) return;
      this.#fillFields(view, members);
      this.#filter(view, members);
      if (view.doc === null) this.#closeQuestion();
      else await this.#openQuestion(view, asked, isArrival);
    } catch (error) {
      if (asked === this.#asked)
        this.#status.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  #fillFields(view: View, members: readonly number[]): void {
    this.#task.value = view.task;
    const options = (chosen: string): readonly HTMLOptionElement[] =>
      checkpointsOf(this.#store.page, members).flatMap((place) => {
        const one = this.#store.page.checkpoints[place];
        return one === undefined ? [] : [option(one.id, one.label, one.id === chosen)];
      });
    this.#a.replaceChildren(...options(view.a));
    this.#b.replaceChildren(...options(view.b));
    for (const [field, value] of [
      [this.#text, view.text],
      [this.#least, view.least],
      [this.#most, view.most],
    ] as const) {
      if (field.value !== value && document.activeElement !== field) field.value = value;
    }
    this.#order.value = view.order;
    const hasMargins = members.some((task) => this.#store.list(task)?.margins !== null);
    byId('x-margins', HTMLFieldSetElement).hidden = !hasMargins;
  }

  #filter(view: View, members: readonly number[]): void {
    const start = performance.now();
    const pairs = members.flatMap((task): readonly Pair[] => {
      const list = this.#store.list(task);
      const [a, b] = [columnOf(this.#store.page, task, view.a), columnOf(this.#store.page, task, view.b)];
      if (list === null) return [];
      const none = '-'.repeat(list.docIds.length);
      return [
        {
          task,
          docs: list.docIds.length,
          a: list.verdicts[a] ?? none,
          b: list.verdicts[b] ?? none,
          marginsA: list.margins?.[a] ?? null,
          marginsB: list.margins?.[b] ?? null,
        },
      ];
    });
    const needle = view.text.trim().toLowerCase();
    const { questions, counts } = choose(pairs, {
      verdict: view.verdict,
      least: bound(view.least),
      most: bound(view.most),
      order: view.order,
      hasText: (task, at) => needle === '' || this.#store.searchText(task, at).includes(needle),
    });
    this.#questions = questions;
    const open = questions.findIndex((one) => this.#isOpen(one, view));
    this.#first = Math.max(0, Math.floor(open / PAGE_SIZE) * PAGE_SIZE);
    this.#showVerdicts(view, counts);
    this.#showList();
    // For whoever measures: what a filter cost, drawing included.
    this.#status.dataset['filterMs'] = (performance.now() - start).toFixed(1);
  }

  #isOpen(question: Question, view: View): boolean {
    return (
      view.doc !== null &&
      this.#store.page.tasks[question.task]?.name === view.docTask &&
      this.#store.list(question.task)?.docIds[question.at] === view.doc
    );
  }

  #showVerdicts(view: View, counts: ReadonlyMap<string, number>): void {
    const focused =
      document.activeElement instanceof HTMLElement ? document.activeElement.dataset['verdict'] : undefined;
    this.#verdicts.replaceChildren(
      ...VERDICTS.map(({ name, label }) => {
        const button = element(
          'button',
          { type: 'button', 'aria-pressed': String(name === view.verdict), 'data-verdict': name },
          `${label} `,
          element('span', { class: 'count' }, formatCount(counts.get(name) ?? 0)),
        );
        button.addEventListener('click', () => this.#go({ ...this.#view, verdict: name }));
        return button;
      }),
    );
    if (focused !== undefined)
      this.#verdicts.querySelector<HTMLElement>(`[data-verdict="${focused}"]`)?.focus();
  }

  #showList(): void {
    const end = Math.min(this.#first + PAGE_SIZE, this.#questions.length);
    const total = this.#questions.length;
    this.#status.textContent =
      total === 0
        ? 'No question fits.'
        : `Questions ${formatCount(this.#first + 1)} to ${formatCount(end)} of ${formatCount(total)}`;
    this.#list.start = this.#first + 1;
    this.#list.replaceChildren(
      ...this.#questions.slice(this.#first, end).map((question) => this.#line(question)),
    );
    const turn = (label: string, first: number, isPossible: boolean): HTMLButtonElement => {
      const button = element('button', { type: 'button' }, label);
      button.disabled = !isPossible;
      button.addEventListener('click', () => {
        this.#first = first;
        this.#showList();
        this.#list.querySelector('a')?.focus();
      });
      return button;
    };
    this.#pages.hidden = total <= PAGE_SIZE;
    this.#pages.replaceChildren(
      turn('Previous', this.#first - PAGE_SIZE, this.#first > 0),
      turn('Next', this.#first + PAGE_SIZE, end < total),
    );
  }

  #line(question: Question): HTMLLIElement {
    const { task, at, margin } = question;
    const list = this.#store.list(task);
    const mark = (id: string): SVGElement =>
      verdictMark(list?.verdicts[columnOf(this.#store.page, task, id)]?.[at] ?? '-');
    const isOpen = this.#isOpen(question, this.#view);
    const isGroup = this.#view.task !== this.#store.page.tasks[task]?.name;
    return element(
      'li',
      {},
      element(
        'a',
        { href: this.#addressOf(question), ...(isOpen ? { 'aria-current': 'true' } : {}) },
        element('span', { class: 'marks' }, mark(this.#view.a), mark(this.#view.b)),
        element(
          'span',
          { class: 'label' },
          element('span', { dir: 'auto' }, list?.labels[at] || '(no text)'),
          element(
            'span',
            { class: 'where' },
            `${isGroup ? `${this.#store.page.tasks[task]?.name ?? ''} ` : ''}#${list?.docIds[at] ?? ''}`,
            margin === null ? null : `, margin ${formatDifference(margin / FIXED)}`,
          ),
        ),
      ),
    );
  }

  #addressOf({ task, at }: Question): string {
    const doc = this.#store.list(task)?.docIds[at] ?? null;
    return formatAddress({ ...this.#view, docTask: this.#store.page.tasks[task]?.name ?? '', doc });
  }

  #closeQuestion(): void {
    this.#detail.replaceChildren(element('p', { class: 'hint' }, 'Choose a question from the list.'));
  }

  async #openQuestion(view: View, asked: number, isArrival: boolean): Promise<void> {
    const [task] = membersOf(this.#store.page, view.docTask) ?? [];
    const pageTask = task === undefined ? undefined : this.#store.page.tasks[task];
    if (task === undefined || pageTask === undefined || pageTask.name !== view.docTask)
      return this.#noQuestion(view);
    await this.#store.loadLists([task]);
    const list = this.#store.list(task);
    const at = list?.docIds.indexOf(view.doc ?? -1) ?? -1;
    if (list === null || at === -1) return this.#noQuestion(view);
    await this.#store.loadText(task, at);
    const found = this.#store.text(task, at);
    if (asked !== this.#asked || found === null) return;
    const picked = [...new Set([view.a, view.b, ...view.more])]
      .map((id) => columnOf(this.#store.page, task, id))
      .filter((place) => place !== -1);
    const checkpoints = pageTask.checkpoints.flatMap((place) => this.#store.page.checkpoints[place] ?? []);
    const title = element('h3', { tabindex: '-1' }, `${pageTask.name} #${view.doc}`);
    const content = questionView({
      task: pageTask,
      list,
      chunk: found.chunk,
      at,
      inside: found.inside,
      picked,
      checkpoints,
    });
    this.#detail.replaceChildren(
      element('div', { class: 'detail-head' }, title, this.#neighbours()),
      element(
        'p',
        { class: 'hint' },
        list.verdicts.some((column) => /[01p]/.test(column))
          ? `Right and wrong by ${pageTask.metric}.`
          : `Nothing is right or wrong here; the score is ${pageTask.metric}.`,
      ),
      ...content,
      this.#moreCheckpoints(view, task),
    );
    if (isArrival) {
      title.focus({ preventScroll: true });
      const isNarrow = matchMedia('(max-width: 60rem)').matches;
      (isNarrow ? this.#detail : byId('questions', HTMLElement)).scrollIntoView({
        block: 'start',
        behavior: 'instant',
      });
    }
  }

  #noQuestion(view: View): void {
    this.#detail.replaceChildren(
      element('p', {}, `There is no question ${view.docTask} #${view.doc} in this report.`),
    );
  }

  /** Links to the questions before and after in the list. */
  #neighbours(): HTMLElement {
    const at = this.#questions.findIndex((one) => this.#isOpen(one, this.#view));
    const link = (label: string, question: Question | undefined): Node | null =>
      at === -1 || question === undefined ? null : element('a', { href: this.#addressOf(question) }, label);
    return element(
      'nav',
      { 'aria-label': 'Questions' },
      link('Previous', this.#questions[at - 1]),
      ' ',
      link('Next', this.#questions[at + 1]),
    );
  }

  #moreCheckpoints(view: View, task: number): HTMLElement {
    const { checkpoints, tasks } = this.#store.page;
    const boxes = (tasks[task]?.checkpoints ?? []).flatMap((place) => {
      const one = checkpoints[place];
      if (one === undefined || one.id === view.a || one.id === view.b) return [];
      const box = element('input', { type: 'checkbox' });
      box.checked = view.more.includes(one.id);
      box.addEventListener('change', () => {
        const more = box.checked
          ? [...this.#view.more, one.id]
          : this.#view.more.filter((id) => id !== one.id);
        this.#go({ ...this.#view, more });
      });
      return [element('label', {}, box, ` ${one.label}`)];
    });
    const details = element(
      'details',
      { class: 'more' },
      element('summary', {}, 'More checkpoints side by side'),
      element('div', { class: 'boxes' }, ...boxes),
    );
    details.open = view.more.length > 0;
    return details;
  }

  /** j and k: the next and the previous question, while the focus is in the explorer and not in a field. */
  #key(event: KeyboardEvent): void {
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
    if (by === 0) return;
    const at = this.#questions.findIndex((one) => this.#isOpen(one, this.#view));
    const next = this.#questions[at === -1 ? 0 : at + by];
    if (next === undefined) return;
    // At once, not by the address's event: a second key may come before it.
    const address = this.#addressOf(next);
    history.pushState(null, '', address);
    void this.#show(parseAddress(address) ?? this.#view, true);
  }
}

/** A typed bound in ten-thousandths; null for an empty or unreadable one. */
function bound(text: string): number | null {
  const value = Number.parseFloat(text.replace(',', '.'));
  return Number.isFinite(value) ? value * FIXED : null;
}
