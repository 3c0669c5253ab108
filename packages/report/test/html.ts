/** Reads the tables of a page of ours: it is written by one function, so that a few patterns are enough. */

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

export function unescapeHtml(html: string): string {
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/** Rows of every table, the heading first, as texts. */
export function htmlTables(html: string): readonly (readonly (readonly string[])[])[] {
  return [...html.matchAll(/<table data-sortable>(.*?)<\/table>/gs)].map(([, table = '']) =>
    [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
      [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) =>
        unescapeHtml(cell.replace(/<br>/g, '\n').replace(/<\/?strong>/g, '')),
      ),
    ),
  );
}
