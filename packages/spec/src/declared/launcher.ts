/** The settings of a launcher: where the program of an engine runs. */
import { setting } from '@evalgraph/formats';

const { choice, described, either, list, mapping, named, text, whole } = setting;

export const slurm = named(
  'slurm',
  mapping({
    partition: text(
      {
        maxLength: 200,
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.,+-]*$',
        patternErrorMessage: "Write a partition's name, or several with commas between them.",
      },
      { says: 'The partition (queue) that jobs go to.', examples: ['gpu'], otherwise: "the cluster's" },
    ),
    time: either(
      [
        text({
          pattern: '^([0-9]{1,4}-)?[0-9]{1,6}(:[0-9]{1,2}){0,2}$',
          patternErrorMessage: 'Write minutes, or [days-]hours:minutes:seconds: 90, "4:00:00", "1-12:00:00".',
        }),
        whole({ min: 1, max: 1000000 }),
      ],
      {
        says: "The time limit of a job, in Slurm's notation: minutes, or [days-]hours:minutes:seconds.",
        examples: ['4:00:00'],
        otherwise: "the partition's",
      },
    ),
    gpus: either(
      [
        whole({ min: 1, max: 1024 }),
        text({
          pattern: '^[A-Za-z0-9_.-]+(:[1-9][0-9]{0,3})?$',
          patternErrorMessage: 'Write a number, or a type and a number: 1, "a100:2".',
        }),
      ],
      {
        says: 'GPUs of a job: a number, or a type and a number (`a100:2`).',
        examples: [1],
        otherwise: 'none are asked for',
      },
    ),
    jobs: whole(
      { min: 1, max: 1024 },
      {
        says: "Jobs that are in the queue at once, each a checkpoint's next cell.",
        examples: [8],
        default: 8,
      },
    ),
    extra: list(text({ maxLength: 1000 }), {
      says: 'Further options of sbatch, passed as they are.',
      examples: [['--mem=64G', '--account=team']],
    }),
  }),
);

export const launcher = named(
  'launcher',
  either([
    choice(['local', 'slurm']),
    mapping({
      slurm: described(slurm, {
        says: 'Each run of the program is submitted as a job and waited for; a job of an earlier run that still runs is found again.',
        examples: [{ partition: 'gpu', time: '4:00:00', gpus: 1 }],
        required: true,
      }),
    }),
  ]),
);
