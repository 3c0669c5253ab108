from lm_eval.tasks.truthfulqa.utils import process_results_mc2  # noqa: F401
