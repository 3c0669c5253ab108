r"""lm-eval's hashes for the library's tasks, in ../fixtures/library/hashes.json: run with lm-eval 0.4.13 installed, offline.

    SQUAD_V2_METRIC=<folder of Hugging Face evaluate's metrics/squad_v2> \
        python make_library.py [<folder with the benchmarks' first rows>]

Without the folder only what rests on the rows in ../library-data is computed anew; a run that changes no byte of the
two files proves them.
Real task objects of the packaged YAML, over the rows that library-cases.json names (the test reads the same ones).
Per task and run: the number of documents, and two digests over all of them: of the hashes that a samples file would
show, and of every request's texts. In scores.json beside it: the scores, standard errors, versions and groups that the
made-up model of ../fixtures/make_expected.py gets with each task's own number of shots.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_CACHE", tempfile.mkdtemp())
os.environ.setdefault("DISABLE_MULTIPROC", "1")

import datasets
import jinja2
import lm_eval.tasks
from lm_eval.tasks import TaskManager
from lm_eval.utils import hash_string
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

datasets.disable_progress_bars()
HERE = Path(__file__).parent
OUT = HERE.parent / "fixtures" / "library"
sys.path.insert(0, str(HERE.parent / "fixtures"))
from make_expected import FakeModel, evaluate, simple_evaluate  # noqa: E402

PACKAGED = Path(lm_eval.tasks.__file__).parent
CASES = json.loads((HERE / "library-cases.json").read_text("utf-8"))


def cases():
    found = {name: dict(case) for name, case in CASES["tasks"].items()}
    mmlu = CASES["mmlu"]
    for path in sorted((PACKAGED / "mmlu" / "default").glob("mmlu_*.yaml")):
        subject = path.stem.removeprefix("mmlu_")
        real = {split: f"real/mmlu/{subject}/{split}.jsonl" for split in ("test", "dev")}
        data = real if subject in mmlu["real"] else mmlu["data"]
        for kind, suffix in (("default", ""), ("continuation", "_continuation")):
            where = f"mmlu/{kind}/{path.name}"
            found[f"mmlu_{subject}{suffix}"] = {"lmEval": where, "shots": mmlu["shots"], "data": data}
    return found


def has_rows(case):
    return len(sys.argv) > 1 or not any(path.startswith("real/") for path in case["data"].values())


def merged(name, fresh):
    """What was there before for tasks without rows here; the order of the file stays."""
    old = json.loads((OUT / name).read_text("utf-8")) if len(sys.argv) == 1 else {}
    return {**old, **fresh}


def write_yaml(folder, name, case):
    kwargs = {"data_files": {split: str(folder / path) for split, path in case["data"].items()}}
    head = [f"task: {name}", "dataset_path: json", f"dataset_kwargs: {json.dumps(kwargs)}"]
    if case["lmEval"] is None:
        more = ["class: !function squadv2.SQuAD2"]
    else:
        more = [f"include: {PACKAGED / case['lmEval']}", "dataset_name: null"]
    (folder / "tasks" / f"{name}.yaml").write_text("\n".join(more + head) + "\n", "utf-8")


def chat_template():
    """lm-eval's HFLM.apply_chat_template over a tokenizer without words."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<s>": 0}, "<s>")), bos_token="<s>")
    tokenizer.chat_template = (HERE / "chat_template.jinja").read_text("utf-8")

    def render(messages, add_generation_prompt=True):
        options = {"add_generation_prompt": add_generation_prompt, "continue_final_message": not add_generation_prompt}
        try:
            return tokenizer.apply_chat_template(messages, tokenize=False, **options)
        except jinja2.exceptions.TemplateError:
            rest = [message for message in messages if message["role"] != "system"]
            return tokenizer.apply_chat_template(rest, tokenize=False, **options)

    return render


def digests(task):
    hashes, requests, docs = hashlib.sha256(), hashlib.sha256(), {}
    for instance in task.instances:
        docs.setdefault(instance.doc_id, []).append(instance)
    for doc_id, instances in docs.items():
        doc = json.dumps(instances[0].doc, indent=2, ensure_ascii=False)
        target = str(task.doc_to_target(instances[0].doc))
        row = [str(doc_id), hash_string(doc), hash_string(instances[0].arguments[0]), hash_string(target)]
        hashes.update(("\n".join(row) + "\n").encode("utf-8"))
        texts = [list(instance.arguments) for instance in instances]
        requests.update((json.dumps(texts, ensure_ascii=False) + "\n").encode("utf-8"))
    return {"docs": len(docs), "hashes": hashes.hexdigest(), "requests": requests.hexdigest()}


def scores(folder, found):
    if metric := os.environ.get("SQUAD_V2_METRIC"):
        load = evaluate.load
        evaluate.load = lambda name: load(metric if name == "squad_v2" else name)
    manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
    groups = ["mmlu", "mmlu_continuation"] if len(sys.argv) > 1 else [name for name in found if name.startswith("mmlu_")]
    names = groups + [name for name in found if not name.startswith("mmlu_")]
    results = simple_evaluate(FakeModel(), tasks=names, task_manager=manager, bootstrap_iters=2)
    out = {}
    for name, values in results["results"].items():
        metrics = {key: value for key, value in values.items() if "," in key}
        row = {"alias": values["alias"], "version": results["versions"].get(name), "metrics": metrics}
        if name in found:
            row["n-shot"] = results["n-shot"][name]
            row["higher_is_better"] = results["higher_is_better"][name]
        out[name] = row
    rows = results["samples"]["votes"]
    out["votes"]["resps"] = [[row["filter"], row["resps"], row["filtered_resps"]] for row in rows]
    return out


def main():
    folder = Path(tempfile.mkdtemp())
    if len(sys.argv) > 1:
        (folder / "real").symlink_to(Path(sys.argv[1]).resolve())
    (folder / "own").symlink_to(HERE.parent / "library-data")
    (folder / "tasks").mkdir()
    found = {name: case for name, case in cases().items() if has_rows(case)}
    for name, case in found.items():
        write_yaml(folder, name, case)
    for extra in (HERE / "extra").glob("*.yaml"):
        text = extra.read_text("utf-8").replace("own/", f"{folder}/own/")
        (folder / "tasks" / extra.name).write_text(text, "utf-8")
        found[extra.stem] = {"shots": 2}
    manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
    out = {}
    chat = chat_template()
    for name, case in found.items():
        task = manager.load([name])["tasks"][name]
        runs = [(shots, limit, {}) for shots in sorted({0, case["shots"]}) for limit in (None, CASES["limit"])]
        if name in CASES["chatTasks"]:
            for multiturn in (True, False):
                options = {"apply_chat_template": True, "chat_template": chat, "fewshot_as_multiturn": multiturn}
                runs += [(case["shots"], None, options), (0, CASES["limit"], options)]
                runs.append((case["shots"], CASES["limit"], {**options, "system_instruction": CASES["systemInstruction"]}))
            runs.append((case["shots"], CASES["limit"], {"system_instruction": CASES["systemInstruction"]}))
        if not runs:
            raise ValueError(name)
        out[name] = []
        for shots, limit, options in runs:
            if task.config.num_fewshot != 0 or name not in ("truthfulqa_mc1", "truthfulqa_mc2"):
                task.set_config(key="num_fewshot", value=shots)
            task.set_fewshot_seed(seed=1234)
            task.build_all_requests(limit=limit, **options)
            run = {
                "shots": shots,
                "limit": limit,
                "chat": bool(options.get("apply_chat_template")),
                "multiturn": bool(options.get("fewshot_as_multiturn")),
                "system": "system_instruction" in options,
            }
            out[name].append({**run, **digests(task)})
        print(name, len(out[name]), flush=True)
    for kind in ("default", "continuation"):
        for path in (PACKAGED / "mmlu" / kind).glob("_mmlu*.yaml"):
            shutil.copy(path, folder / "tasks" / f"{kind}{path.name}")
    (OUT / "scores.json").write_text(json.dumps(merged("scores.json", scores(folder, found)), indent=1, default=float) + "\n", "utf-8")
    lines = [f" {json.dumps(name)}: [\n  " + ",\n  ".join(map(json.dumps, runs)) + "\n ]" for name, runs in merged("hashes.json", out).items()]
    (OUT / "hashes.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
