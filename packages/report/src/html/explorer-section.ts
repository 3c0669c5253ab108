/** The explorer's fields and places, empty: the page's script fills them. */
import { formatCount } from '../format.ts';
import type { SampleFiles } from '../samples/sample-files.ts';

const BYTES_A_MEGABYTE = 1e6;

export function explorerSection({ page, files, bytes }: SampleFiles): string {
  const docs = page.tasks.reduce((sum, task) => sum + task.docs, 0);
  const megabytes = (bytes / BYTES_A_MEGABYTE).toFixed(1);
  return `<section id="questions" aria-labelledby="questions-title">
<h2 id="questions-title">Questions</h2>
<p>${formatCount(docs)} documents of ${formatCount(page.tasks.length)} tasks at ${formatCount(page.checkpoints.length)} checkpoints.
They stand beside this page, in the folder <code>samples</code> (${formatCount(files.size)} files, ${megabytes} MB): keep it with the page.
Right: full score. Margin: the gold option's log-likelihood less the best other one's, in nats.
Keys, with the focus in this section: <kbd>j</kbd> next question, <kbd>k</kbd> previous.</p>
<noscript><p class="note">Questions need the page's script.</p></noscript>
<div class="controls">
<div><label for="x-task">Task or group</label><select id="x-task"></select></div>
<div><label for="x-a">A: checkpoint</label><select id="x-a"></select></div>
<div><label for="x-b">B: checkpoint</label><select id="x-b"></select></div>
<div><button type="button" id="x-swap">Swap A and B</button></div>
<div><label for="x-text">Text</label><input type="search" id="x-text" placeholder="in prompts, options, answers" maxlength="500"></div>
<div><label for="x-order">Order</label><select id="x-order"></select></div>
<fieldset id="x-margins" hidden><legend>Margin at B</legend><div>
<input type="text" inputmode="decimal" id="x-least" aria-label="Margin at B at least" placeholder="at least" maxlength="20">
<input type="text" inputmode="decimal" id="x-most" aria-label="Margin at B at most" placeholder="at most" maxlength="20">
</div></fieldset>
</div>
<div id="x-verdicts" role="group" aria-label="Right or wrong at A and B"></div>
<div class="explorer">
<div class="list">
<p id="x-status" role="status"></p>
<ol id="x-list"></ol>
<div id="x-pages" hidden></div>
</div>
<article id="x-detail" aria-label="Question"></article>
</div>
</section>`;
}
