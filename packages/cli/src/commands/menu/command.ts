import type { Declare } from '../../command.ts';

export const declareMenu: Declare = (program, open) =>
  program
    .command('menu')
    .summary('what people do most, each shown as the command that it is')
    .description(
      'Shows what people do most as a menu, and each choice as the command that it is. Where nobody can press a key it lists the commands.',
    )
    .argument('[pipelines...]', 'the pipelines to choose from; all of them where none is named')
    .action(async (pipelines) => {
      // Ctrl-C stops what the menu has started, not the menu.
      const call = await open({ ownSignals: true });
      const { showMenu } = await import('./menu.ts');
      await showMenu(call, pipelines);
    });
