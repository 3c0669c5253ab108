/** Types that several settings of a pipeline have. */
import { setting } from '@evalgraph/formats';

const { choice, either, list, mapping, named, number, text, whole } = setting;

export const name = named(
  'name',
  text({
    maxLength: 100,
    pattern:
      '^(?!([Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|[Cc][Oo][Mm][0-9]|[Ll][Pp][Tt][0-9])(\\.|$))[A-Za-z0-9][A-Za-z0-9._+-]*$',
    patternErrorMessage:
      "A name becomes the name of a folder: write letters, digits, '.', '_', '+' and '-', and begin with a letter or a digit; con, prn, aux, nul, com1 and lpt1 are devices on Windows.",
  }),
);

/** More than any task has. */
export const MAX_DOCUMENTS = 1_000_000_000;

export const taskLimit = named('taskLimit', number({ max: MAX_DOCUMENTS }));

export const step = named('step', whole({ min: 0, max: Number.MAX_SAFE_INTEGER }));

export const reference = named('reference', text({ maxLength: 300 }));

export const seqlen = named('seqlen', whole({ min: 2, max: 10000000 }));

export const corpus = named('corpus', text());

export const column = named('column', text());

export const selection = named(
  'selection',
  either([
    choice(['all', 'first', 'middle', 'last']),
    mapping({
      every: whole(
        { min: 1, max: 10000 },
        {
          says: 'Every so many-th checkpoint, counted from the first: `{ every: 4 }` takes the 1st, 5th, 9th, ...',
          examples: [4],
          required: true,
        },
      ),
    }),
    list(
      either([text(), whole({ min: 0, max: Number.MAX_SAFE_INTEGER })], {
        says: 'A checkpoint by its step, its name or its place.',
        examples: ['last'],
      }),
    ),
  ]),
);
