/** The text of `evalgraph help`. */
export const HELP = `evalgraph: evaluate checkpoint series and dense-versus-pruned pairs as an Nx graph

  npx nx run-many -t report           everything: evaluate what is missing, compare, report
  npx nx run-many -t eval             every checkpoint x task that has no result yet
  npx nx run-many -t eval -c quick    a few checkpoints, few documents: minutes
  npx nx run-many -t eval --projects=tag:task:mmlu
                                      one task (also tag:model:…, tag:checkpoint:…, tag:pipeline:…)
  npx nx affected -t report           only what a change touches

  npx evalgraph lock [pipeline…]      pin the digests of checkpoints and data sets
  npx evalgraph plan [pipeline…] [--quick]
                                      what would run: cells, requests, tokens, time
  npx evalgraph why <pipeline>/<checkpoint>/<task> [--quick]
                                      which part of a cell's key differs from its stored result
  npx evalgraph help

A pipeline is pipelines/<name>/pipeline.yaml. Results lie in results/<name>/, the store in .evalgraph/store
(EVALGRAPH_STORE names another folder). Exit code 0: done; 1: a message says what to do.`;
