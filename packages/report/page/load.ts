/** The explorer's data: the index stands in the page, chunks are scripts beside it, loaded when they are needed. */
import type { ListChunk, PageData, TextChunk } from './chunks.ts';

declare global {
  // The one name that a chunk calls.
  var evalgraphChunk: (name: string, chunk: ListChunk | TextChunk) => void;
}

export class Store {
  readonly page: PageData;
  readonly #arrived = new Map<string, ListChunk | TextChunk>();
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #searchable = new Map<string, readonly string[]>();

  constructor(page: PageData) {
    this.page = page;
    globalThis.evalgraphChunk = (name, chunk) => {
      this.#arrived.set(name, chunk);
    };
  }

  list(task: number): ListChunk | null {
    return (this.#arrived.get(`${task}-list`) as ListChunk | undefined) ?? null;
  }

  /** The chunk with the document at a place, once it is loaded. */
  text(task: number, at: number): { readonly chunk: TextChunk; readonly inside: number } | null {
    const size = this.page.tasks[task]?.docsAChunk ?? 1;
    const chunk = this.#arrived.get(`${task}-${Math.floor(at / size)}`) as TextChunk | undefined;
    return chunk === undefined ? null : { chunk, inside: at % size };
  }

  async loadLists(tasks: readonly number[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.#load(`${task}-list`)));
  }

  async loadText(task: number, at: number): Promise<void> {
    await this.#load(`${task}-${Math.floor(at / (this.page.tasks[task]?.docsAChunk ?? 1))}`);
  }

  textNames(tasks: readonly number[]): readonly string[] {
    return tasks.flatMap((task) => {
      const { docs = 0, docsAChunk = 1 } = this.page.tasks[task] ?? {};
      return Array.from({ length: Math.ceil(docs / docsAChunk) }, (_, part) => `${task}-${part}`);
    });
  }

  async loadTexts(tasks: readonly number[]): Promise<void> {
    await Promise.all(this.textNames(tasks).map((name) => this.#load(name)));
  }

  hasTexts(tasks: readonly number[]): boolean {
    return this.textNames(tasks).every((name) => this.#arrived.has(name));
  }

  /** Everything of a document in lower case: prompt, options, target and all answers. */
  searchText(task: number, at: number): string {
    const found = this.text(task, at);
    if (found === null) return '';
    const { chunk, inside } = found;
    const name = `${task}-${at - inside}`;
    let texts = this.#searchable.get(name);
    if (texts === undefined) {
      texts = chunk.prompts.map((prompt, index) => {
        const places = new Set(
          [...chunk.answers, ...chunk.filters.flatMap(({ outputs }) => outputs)].map(
            (column) => column[index] ?? -1,
          ),
        );
        const answers = [...places].map((place) => chunk.texts[place] ?? '');
        return [prompt, ...(chunk.options[index] ?? []), chunk.targets[index] ?? '', ...answers]
          .join('\n')
          .toLowerCase();
      });
      this.#searchable.set(name, texts);
    }
    return texts[inside] ?? '';
  }

  /** @throws Error where the file is not beside the page */
  #load(name: string): Promise<void> {
    const found = this.#waiting.get(name);
    if (found !== undefined) return found;
    const loading = new Promise<void>((resolve, reject) => {
      const script = document.createElement('script');
      script.src = `samples/${name}.js`;
      script.addEventListener('load', () => {
        script.remove();
        if (this.#arrived.has(name)) resolve();
        else reject(new Error(`samples/${name}.js does not hold what its name says`));
      });
      script.addEventListener('error', () => {
        this.#waiting.delete(name);
        reject(new Error(`samples/${name}.js cannot be read: keep the folder samples beside this page`));
      });
      document.head.append(script);
    });
    this.#waiting.set(name, loading);
    return loading;
  }
}
