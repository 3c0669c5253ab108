"""Writes the cases beside it: what lm-eval 0.3, early 0.4 and 0.4.13 write, with made-up numbers. No argument."""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))


def write(path, value):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        if path.endswith(".jsonl"):
            file.writelines(json.dumps(row) + "\n" for row in value)
        else:
            json.dump(value, file, indent=2)
            file.write("\n")


# 0.3: no filters, no configs; the step stands in the revision and in the file's name.
for step, acc in ((0, 0.25), (1000, 0.5)):
    write(f"v0.3/small_step{step}.json", {
        "results": {
            "arc_easy": {"acc": acc, "acc_stderr": 0.01, "acc_norm": acc + 0.125, "acc_norm_stderr": 0.02},
            "lambada_openai": {"ppl": 30.5 - acc, "ppl_stderr": 1.5, "acc": acc, "acc_stderr": 0.03},
        },
        "versions": {"arc_easy": 0, "lambada_openai": 0},
        "config": {
            "model": "hf-causal",
            "model_args": f"pretrained=owner/small,revision=step{step}",
            "num_fewshot": 0, "batch_size": 16, "device": None, "no_cache": True, "limit": None,
            "bootstrap_iters": 100000, "description_dict": {},
        },
    })

# Early 0.4: "metric,filter", groups only in the tasks' configurations, a standard error that is no number.
write("early-0.4/results.json", {
    "results": {
        "exams": {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "exams"},
        "exams_a": {"acc,none": 0.25, "acc_stderr,none": 0.2, "alias": " - exams_a"},
        "exams_b": {"acc,none": 0.75, "acc_stderr,none": "N/A", "alias": " - exams_b"},
    },
    "groups": {"exams": {"acc,none": 0.5, "acc_stderr,none": 0.1, "alias": "exams"}},
    "configs": {
        name: {"task": name, "group": ["exams"], "dataset_path": "owner/exams", "num_fewshot": 5,
               "output_type": "multiple_choice", "metadata": {"version": 1.0}}
        for name in ("exams_a", "exams_b")
    },
    "versions": {"exams": "N/A", "exams_a": 1.0, "exams_b": 1.0},
    "n-shot": {"exams": 0, "exams_a": 5, "exams_b": 5},
    "config": {"model": "hf", "model_args": "pretrained=/runs/big/global_step10000_hf,tokenizer=/runs/tok,parallelize=True",
               "batch_size": 1, "batch_sizes": [], "device": "cuda", "use_cache": None, "limit": None,
               "bootstrap_iters": 100000, "gen_kwargs": None},
    "git_hash": "abc1234",
})

# 0.4.13: model_args as a mapping, counts, hashes, samples beside it; the step stands in a folder alone.
for step, time, acc in ((200, "2026-01-02T03-04-05.000001", 0.25), (400, "2026-01-02T04-04-05.000001", 0.75)):
    folder = f"current/iter_{step:07}/owner__small"
    write(f"{folder}/results_{time}.json", {
        "results": {
            "quiz": {"name": "quiz", "alias": "quiz", "sample_len": 4, "acc,none": acc, "acc_stderr,none": 0.25},
            "sums": {"name": "sums", "alias": "sums", "sample_len": 2, "exact_match,strict": 0.5,
                     "exact_match_stderr,strict": 0.5, "exact_match,flexible": 1.0,
                     "exact_match_stderr,flexible": 0.0},
        },
        "group_subtasks": {"quiz": [], "sums": []},
        "configs": {
            "quiz": {"task": "quiz", "dataset_path": "owner/quiz", "test_split": "test",
                     "output_type": "multiple_choice", "num_fewshot": 0,
                     "metadata": {"version": 2.0, "pretrained": "owner/small"}},
            "sums": {"task": "sums", "dataset_path": "owner/sums", "output_type": "generate_until"},
        },
        "versions": {"quiz": 2.0, "sums": 3},
        "n-shot": {"quiz": 0, "sums": 5},
        "higher_is_better": {"quiz": {"acc": True}, "sums": {"exact_match": True}},
        "n-samples": {"quiz": {"original": 40, "effective": 4}, "sums": {"original": 2, "effective": 2}},
        "config": {"model": "hf", "model_args": {"pretrained": "owner/small", "dtype": "bfloat16"},
                   "model_dtype": "torch.bfloat16", "batch_size": "8", "limit": 4.0, "fewshot_seed": 1234},
        "git_hash": None, "date": 1767323045.25 + step, "lm_eval_version": "0.4.13",
        "transformers_version": "4.57.1", "task_hashes": {"quiz": "12" * 32, "sums": "34" * 32},
        "model_name": "owner/small", "model_name_sanitized": "owner__small",
    })
    write(f"{folder}/samples_quiz_{time}.jsonl", [
        {"doc_id": index, "filter": "none", "acc": 1.0 if index < 4 * acc else 0.0} for index in range(4)
    ])
