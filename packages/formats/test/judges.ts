/**
 * The outside programs that judge our numbers. One environment has them all, in the versions that CI takes:
 *   python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt
 *   EVALGRAPH_PYTHON=.venv/bin/python EVALGRAPH_LM_EVAL=.venv/bin/lm_eval npx vitest run FILE
 */
const INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -r .ci/requirements.txt';

/** A Python with lm-eval, transformers, torch and datasets. */
export const judgePython: string | undefined = process.env['EVALGRAPH_PYTHON'];
/** lm-eval's program. */
export const judgeLmEval: string | undefined = process.env['EVALGRAPH_LM_EVAL'];

/** These stand in the title of a test that is skipped without them. */
export const NEEDS_PYTHON: string = `needs EVALGRAPH_PYTHON, the python of: ${INSTALL}`;
export const NEEDS_LM_EVAL: string = `needs EVALGRAPH_LM_EVAL, the lm_eval of: ${INSTALL}`;
export const NEEDS_LM_EVAL_TASKS: string = `needs LM_EVAL_TASKS, the folder lm_eval/tasks of: ${INSTALL}`;
