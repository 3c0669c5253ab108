/** The page's script. Everything it shows stands in the page without it, but for the explorer. */
import type { PageData } from './chunks.ts';
import { startExplorer } from './explorer.ts';
import { startTables } from './tables.ts';
import { startTheme } from './theme.ts';
import { startTooltips } from './tooltip.ts';

startTheme();
startTables();
startTooltips();
const index = document.getElementById('samples');
if (index !== null) startExplorer(JSON.parse(index.textContent) as PageData);
