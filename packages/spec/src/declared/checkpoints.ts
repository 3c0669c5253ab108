/** The settings of a series of checkpoints. */
import { setting } from '@evalgraph/formats';
import { name, selection, step } from './shared.ts';

const { described, either, list, mapping, named, text, whole } = setting;

export const checkpoint = named(
  'checkpoint',
  either([
    text(),
    mapping({
      subfolder: text({}, { says: "The checkpoint's folder inside the source.", examples: ['iter_0002000'] }),
      revision: text(
        {},
        { says: "The checkpoint's branch, tag or commit in the hub repository.", examples: ['step-125000'] },
      ),
      folder: text(
        {},
        {
          says: "The checkpoint's folder by itself: from the workspace root (`./…`) or from the disk's (`/…`).",
          examples: ['/checkpoints/final'],
        },
      ),
      step: described(step, {
        says: 'The training step.',
        examples: [2000],
        otherwise: 'the number at the end of the names, where they differ in nothing else',
      }),
      name: described(name, {
        says: "The checkpoint's name in results and reports.",
        examples: ['final'],
        otherwise: "its folder's or revision's",
      }),
    }),
  ]),
);

export const checkpoints = named(
  'checkpoints',
  either([
    mapping({
      subfolder: text(
        {},
        {
          says: 'A folder inside the source, with {step} or {step:07} (seven digits, filled with zeros) in it.',
          examples: ['iter_{step:07}'],
        },
      ),
      revision: text(
        {},
        {
          says: 'A branch, tag or commit of a hub repository, with {step} or {step:07} in it.',
          examples: ['step-{step}'],
        },
      ),
      folder: text(
        {},
        {
          says: 'A folder by itself (`./checkpoints/step{step}` from the workspace root, or `/checkpoints/step{step}`), with {step} or {step:07} in it.',
          examples: ['/checkpoints/step{step}'],
        },
      ),
      from: described(step, { says: 'The first step of a range.', examples: [2000] }),
      to: described(step, { says: 'The last step of a range; it belongs to it.', examples: [54000] }),
      every: whole(
        { min: 1, max: Number.MAX_SAFE_INTEGER },
        { says: 'The distance between the steps of a range.', examples: [2000] },
      ),
      steps: list(step, {
        says: 'The steps one by one, instead of a range.',
        examples: [[1000, 2000, 4000]],
      }),
      select: described(selection, {
        says: 'Takes only some checkpoints of the series.',
        examples: [['first', 'middle', 'last'], { every: 4 }, [2000, 10000]],
        otherwise: 'all',
      }),
    }),
    list(
      described(checkpoint, {
        says: 'One checkpoint, by its folder or with settings.',
        examples: ['iter_0002000'],
      }),
    ),
  ]),
);
