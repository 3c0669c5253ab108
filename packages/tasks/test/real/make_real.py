"""Digests of lm-eval's rows on real text, in real.json: run in the folder of the benchmarks' first rows.

    SQUAD_V2_METRIC=<folder of Hugging Face evaluate's metrics/squad_v2> python <this file>

Per task: sha256 over each row's hashes and arguments, and the scores of the made-up model.
"""

import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "fixtures"))
from make_expected import FakeModel, TaskManager, evaluate, os, simple_evaluate  # noqa: E402


def main():
    if metric := os.environ.get("SQUAD_V2_METRIC"):
        load = evaluate.load
        evaluate.load = lambda name: load(metric if name == "squad_v2" else name)
    manager = TaskManager(include_path=str(HERE / "tasks"), include_defaults=False)
    names = ["real_mmlu"] + [n for n in manager.all_subtasks if not n.startswith("real_mmlu_") or n == "real_mmlu_cloze"]
    results = simple_evaluate(FakeModel(), tasks=names, task_manager=manager, bootstrap_iters=2)
    out = {}
    for task, rows in results["samples"].items():
        digest = hashlib.sha256()
        for row in rows:
            arguments = json.dumps([list(a) for a in row["arguments"]], ensure_ascii=False)
            line = [row["doc_hash"], row["prompt_hash"], row["target_hash"], row["filter"], arguments]
            digest.update(("\n".join(line) + "\n").encode("utf-8"))
        scores = {key: value for key, value in results["results"][task].items() if "," in key}
        out[task] = {"rows": len(rows), "digest": digest.hexdigest(), "scores": scores}
    (HERE / "real.json").write_text(json.dumps(out, indent=1, default=float) + "\n", "utf-8")


if __name__ == "__main__":
    main()
