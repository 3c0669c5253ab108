import { suggest } from '@evalgraph/formats/text';
import type { Declare } from '../../command.ts';
import { examples } from '../../examples.ts';
import { flag, pipelineOption, wholeNumberFrom } from '../../options.ts';

const ACTIONS = ['list', 'show', 'render', 'check'];
const RENDERED_PROMPTS = 3;

export const declareTasks: Declare = (program, open) => {
  const tasks = program
    .command('tasks')
    .summary("the library's tasks and each pipeline's own: list, show, render, check")
    .description(
      'Shows tasks, without a model: which there are, what one says, its prompts, whether its data fit.',
    )
    .addOption(pipelineOption())
    .addHelpText(
      'after',
      examples(
        ['tasks', 'every task'],
        ['tasks show mmlu_anatomy', 'as YAML, to read or to copy'],
        ['tasks render hellaswag 2', 'two prompts'],
        ['tasks check demo', "a pipeline's data and templates"],
      ),
    );
  tasks
    .command('list', { isDefault: true })
    .summary('names, kinds and data sets')
    .description('Lists the names, kinds and data sets of tasks.')
    .allowExcessArguments()
    .addOption(flag('--all', 'also the tasks within large groups'))
    .action(async ({ all }, command) => {
      const [name] = command.args;
      if (name !== undefined) {
        const hint = suggest(name, ACTIONS);
        const meant = hint === null ? '.' : `; did you mean '${hint}'?`;
        command.error(`there is no '${name}'${meant} Legal are ${ACTIONS.join(', ')}.`);
      }
      const call = await open();
      const { listTasks } = await import('./list.ts');
      listTasks(call, { pipeline: tasks.opts().pipeline, all });
    });
  tasks
    .command('show')
    .summary('one task resolved, as YAML')
    .description('Shows one task, with everything that it includes, as YAML.')
    .argument('<name>', 'a task, a group or a tag')
    .action(async (name) => {
      const call = await open();
      const { showTask } = await import('./show.ts');
      showTask(call, { name, pipeline: tasks.opts().pipeline });
    });
  tasks
    .command('render')
    .summary('its first prompts, as the model reads them')
    .description('Shows the first prompts of a task, as the model reads them.')
    .argument('<name>', 'a task, a group or a tag')
    .argument('[n]', 'how many prompts of each task', wholeNumberFrom(1, 999_999), RENDERED_PROMPTS)
    .action(async (name, count) => {
      const call = await open();
      const { renderTask } = await import('./render.ts');
      await renderTask(call, { name, count, pipeline: tasks.opts().pipeline });
    });
  tasks
    .command('check')
    .summary('reads its first rows and tries its templates out')
    .description('Reads the first rows of tasks, and tries their templates out.')
    .argument('[name]', 'a task, or a pipeline for all of its tasks; every pipeline where none is named')
    .action(async (name) => {
      const call = await open();
      const { checkTasks } = await import('./check.ts');
      await checkTasks(call, { name: name ?? null, pipeline: tasks.opts().pipeline });
    });
  return tasks;
};
