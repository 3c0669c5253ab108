/** Which tasks, checkpoints and columns a view is about: pure, over the page's index. */
import type { View } from './address.ts';
import type { PageData } from './chunks.ts';

/** Tasks of a group, or the one of that name; null where there is none. */
export function membersOf({ groups, tasks }: PageData, name: string): readonly number[] | null {
  const group = groups.find((one) => one.name === name);
  if (group !== undefined) return group.tasks;
  const index = tasks.findIndex((one) => one.name === name);
  return index === -1 ? null : [index];
}

/** Checkpoints that have samples of any of the tasks, in the report's order. */
export function checkpointsOf({ tasks }: PageData, members: readonly number[]): readonly number[] {
  const all = new Set(members.flatMap((task) => tasks[task]?.checkpoints ?? []));
  return [...all].sort((a, b) => a - b);
}

/** A checkpoint's place in a task's columns, -1 where it has none. */
export function columnOf({ checkpoints, tasks }: PageData, task: number, id: string): number {
  return (tasks[task]?.checkpoints ?? []).findIndex((place) => checkpoints[place]?.id === id);
}

/** Without a choice: the first and the last checkpoint of the first series. */
export function withCheckpoints(page: PageData, view: View, members: readonly number[]): View {
  const idAt = (place: number): string => page.checkpoints[place]?.id ?? '';
  const places = checkpointsOf(page, members);
  const byModel = Map.groupBy(places, (place) => page.checkpoints[place]?.model);
  const own = ([...byModel.values()].find((series) => series.length > 1) ?? places).map(idAt);
  const ids = places.map(idAt);
  return {
    ...view,
    a: ids.includes(view.a) ? view.a : (own[0] ?? ''),
    b: ids.includes(view.b) ? view.b : (own.at(-1) ?? ''),
    more: view.more.filter((id) => ids.includes(id)),
  };
}
