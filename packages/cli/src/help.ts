/** The texts of `evalgraph help` and `evalgraph COMMAND --help`. */
export const HELP = `evalgraph: evaluate checkpoint series and dense-versus-pruned pairs as an Nx graph

  npx nx run-many -t report           everything: evaluate what is missing, compare, report
  npx nx run-many -t eval             every checkpoint x task that has no result yet
  npx nx run-many -t eval -c quick    a few checkpoints, few documents: minutes
  npx nx run-many -t eval --projects=tag:task:mmlu
                                      one task (also tag:model:…, tag:checkpoint:…, tag:pipeline:…)
  npx nx affected -t report           only what a change touches

  npx evalgraph                       in a terminal: a menu of what people do most (npx evalgraph menu)
  npx evalgraph show [pipeline] [--metric m] [--quick]
                                      scores, trends over the steps, groups, comparisons
  npx evalgraph questions TASK [n | --doc id] [--checkpoint c] [--wrong | --right | --flipped --against d |
                                      --learned | --forgotten] [--stats] [--full] [--pipeline p] [--quick]
                                      what was asked, what was answered, what was right
  npx evalgraph watch [pipeline] [--once] [--quick]
                                      a run of another terminal: done, running, failed, time left
  npx evalgraph follow [pipeline] [--once]
                                      evaluates checkpoints while a training of another terminal makes them
  npx evalgraph report [pipeline] [--partial] [--format md|csv|latex|json] [--samples csv] [--out FILE] [--quick]
                                      the report, of what is there so far; or its text; or every sample in a table
  npx evalgraph diff <git-ref> [pipeline] [--format text|md] [--quick]
                                      what moved in the summary since a commit

  npx evalgraph init [--from READY | --model SOURCE --tasks a,b] [--checkpoints PATTERN] [--name NAME]
                                      a new pipeline: three questions, flags, or one that ships ready
  npx evalgraph lock [pipeline…]      look up series and data sets on the hub; pin the digests of what is read
  npx evalgraph plan [pipeline…] [--quick]
                                      what would run: cells, requests, tokens, time
  npx evalgraph tasks [list [--all]]  the library's tasks and each pipeline's own (--pipeline P: those of one)
  npx evalgraph tasks show NAME | render NAME [n] | check [NAME | pipeline]
                                      one task resolved; its first prompts; its data and templates tried out
  npx evalgraph why <pipeline>/<checkpoint>/<task> [--quick]
                                      which part of a cell's key differs from its stored result; also of a stage:
                                      why story/base:train, story/corpora/web:corpus
  npx evalgraph verify [pipeline…] [--cells n|all] [--seed n] [--tolerance x]
                                      evaluate some cells afresh; compare with the committed summary.json
  npx evalgraph doctor [pipeline…] [--repair]
                                      the machine, every locked file, results, the store: what is damaged, and mends it
  npx evalgraph ppl MODEL [--protocol wanda,lm-eval] [--corpus FILE|NAME] [--column c] [--seqlen n] [--json]
                                      one model's perplexity, without a pipeline; also gptq, hf-strided, llama.cpp
  npx evalgraph compare ORIGINAL PRUNED [PRUNED…] [--tasks a,b] [--corpus FILE|NAME] [--seqlen n] [--divergence] [--output FOLDER]
                                      models side by side, without a pipeline
  npx evalgraph serve <model folder> [--port 8000] [--host 127.0.0.1] [--threads n]
                     [--allow-host NAME] [--allow-origin ORIGIN]
                                      the embedded engine as an OpenAI-compatible completions server
  npx evalgraph import FOLDER --pipeline NAME [--model NAME] [--step-pattern "step{step}"] [--tasks a,b]
                                      lm-eval's result files as a pipeline's results
  npx evalgraph export PIPELINE [--to FOLDER | --zip FILE] [--model NAME] [--time T] [--quick]
                                      results and samples in lm-eval's layout
  npx evalgraph help

A pipeline is pipelines/<name>/pipeline.yaml. Results lie in results/<name>/, the store in .evalgraph/store
(EVALGRAPH_STORE names another folder). Exit code 0: done; 1: a message says what to do; 130, 143: interrupted, nothing
that was computed is lost.`;

/** What HELP says of one command; all of it where it says nothing. */
export function commandHelp(name: string): string {
  const lines = HELP.split('\n');
  const isCommand = (line: string): boolean => `${line} `.startsWith(`  npx evalgraph ${name} `);
  const parts = lines.flatMap((line, start) => {
    if (!isCommand(line)) return [];
    const more = lines.slice(start + 1).findIndex((next) => !next.startsWith('      '));
    return lines.slice(start, start + 1 + Math.max(0, more));
  });
  return parts.length === 0 ? HELP : [...parts, '', '  npx evalgraph help: every command'].join('\n');
}
