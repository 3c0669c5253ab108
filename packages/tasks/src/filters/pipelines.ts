/** filter_list -> strict values with lm-eval's defaults. */
import { messages } from '../messages.ts';
import { mapsOf, type Reader, readerOf } from '../yaml/reader.ts';
import { FILTERS, type FilterConfig, type FilterPipeline } from './table.ts';

export function filterPipelines(reader: Reader): readonly FilterPipeline[] {
  const node = reader.node('filter_list');
  if (node === undefined) return [{ name: 'none', filters: [{ function: 'take_first' }] }];
  return mapsOf(reader, 'filter_list', node).flatMap((map) => {
    const inner = readerOf(map, reader.problems);
    inner.onlyKeys(['name', 'filter'], 'an entry of filter_list');
    const name = inner.text('name');
    const filters = inner.node('filter');
    if (name === null || filters === undefined) {
      reader.problems.push(
        messages.missingKey(name === null ? 'name' : 'filter', map, 'An entry of filter_list'),
      );
      return [];
    }
    const steps = mapsOf(inner, 'filter', filters).flatMap((step) => {
      const filter = filterConfig(readerOf(step, reader.problems));
      return filter === null ? [] : [filter];
    });
    return [{ name, filters: steps }];
  });
}

function filterConfig(reader: Reader): FilterConfig | null {
  const name = reader.text('function');
  const node = reader.node('function');
  if (name === null || node === undefined) {
    reader.problems.push(messages.missingKey('function', reader.map, 'A filter'));
    return null;
  }
  const filter = FILTERS.get(name);
  if (filter === undefined) {
    reader.problems.push(messages.unknownFilter(name, node, [...FILTERS.keys()]));
    return null;
  }
  reader.onlyKeys(['function', ...filter.keys], `the filter ${name}`);
  return { function: name, ...filter.read(reader, node) } as FilterConfig;
}
