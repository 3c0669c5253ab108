"""transformers' and lm-eval's own answers about tokenizer folders, in one process.

    python judge.py FOLDERS.json ANSWERS.jsonl

FOLDERS.json: [{"folder": path, "addBosToken": null|bool, "texts": [...], "generate": null|{"prompts": [...], "kwargs": {...},
"isDrawn": bool}}];
a line of ANSWERS.jsonl for each: what AutoTokenizer, lm-eval's tok_encode and prefix_token_id and `generate` make of it, or
{"error": ...} where transformers raises.
"""

import json
import logging
import os
import sys
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# The models are tiny: threads would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
warnings.filterwarnings("ignore")

import transformers  # noqa: E402
from transformers import AutoTokenizer  # noqa: E402

transformers.logging.set_verbosity_error()
logging.disable(logging.CRITICAL)


class Plain:
    """What lm-eval's HFLM looks at when it makes tokens: its own methods run over it."""

    custom_prefix_token_id = None
    backend = "causal"


def lm_eval_of(tokenizer, add_bos_token):
    from lm_eval.models.huggingface import HFLM

    lm = Plain()
    lm.tokenizer = tokenizer
    lm.add_bos_token = add_bos_token
    lm.eot_token_id = tokenizer.eos_token_id
    lm.prefix_token_id = HFLM.prefix_token_id.fget(lm)
    lm.encode = lambda text: HFLM.tok_encode(lm, text)
    return lm


def open_tokenizer(folder, add_bos_token):
    given = {} if add_bos_token is None else {"add_bos_token": add_bos_token}
    return AutoTokenizer.from_pretrained(folder, **given)


def answer(asked):
    tokenizer = open_tokenizer(asked["folder"], asked["addBosToken"])
    lm = lm_eval_of(tokenizer, asked["addBosToken"])
    texts = []
    for text in asked["texts"]:
        whole = tokenizer(text)["input_ids"]
        bare = tokenizer(text, add_special_tokens=False)["input_ids"]
        texts.append(
            {
                "ids": whole,
                "bare": bare,
                "scored": lm.encode(text) if lm.prefix_token_id is not None else None,
                "decoded": tokenizer.decode(whole, skip_special_tokens=True),
                "raw": tokenizer.decode(whole),
            }
        )
    eos = tokenizer.eos_token_id
    found = {
        "class": type(tokenizer).__name__,
        "bos": tokenizer.bos_token_id,
        "eos": eos,
        "prefix": lm.prefix_token_id,
        "eosText": None if eos is None else tokenizer.decode(eos, skip_special_tokens=False),
        "maxLength": tokenizer.model_max_length if tokenizer.model_max_length < 1e29 else None,
        "special": tokenizer.special_tokens_map,
        "size": len(tokenizer),
        "texts": texts,
        "generated": None if asked["generate"] is None else generated(asked, tokenizer),
    }
    if asked["generate"] is not None and asked["generate"].get("isDrawn"):
        found["drawnBy"] = drawn_by(asked)
    return found


def drawn_by(asked):
    """How many tokens, and which share of them, `generate` draws from where the task says no more than `kwargs`."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(asked["folder"], dtype=torch.float32)
    kwargs = {key: value for key, value in asked["generate"]["kwargs"].items() if key != "max_gen_toks"}
    config, _ = model._prepare_generation_config(None, do_sample=True, temperature=1.0, **kwargs)
    return {"topK": config.top_k, "topP": config.top_p}


def generated(asked, tokenizer):
    import torch
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoModelForCausalLM

    lm = Plain()
    lm.tokenizer = tokenizer
    lm.model = AutoModelForCausalLM.from_pretrained(asked["folder"], dtype=torch.float32)
    lm.device = torch.device("cpu")
    lm.mixed_precision_dtype = None
    eos = tokenizer.decode(tokenizer.eos_token_id)
    answers = []
    for tokens in asked["generate"]["prompts"]:
        context = torch.tensor([tokens])
        kwargs = dict(asked["generate"]["kwargs"])
        most = kwargs.pop("max_gen_toks")
        out = HFLM._model_generate(
            lm,
            context=context,
            max_length=len(tokens) + most,
            stop=[eos],
            attention_mask=torch.ones_like(context),
            do_sample=False,
            **kwargs,
        )
        # Some settings ask for more than the ids.
        fresh = getattr(out, "sequences", out)[0].tolist()[len(tokens) :]
        text = tokenizer.decode(fresh, skip_special_tokens=True)
        answers.append({"tokens": fresh, "text": text.split(eos)[0] if eos else text})
    return answers


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        folders = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        for asked in folders:
            try:
                line = answer(asked)
            except BaseException as error:  # pyo3 panics are no Exception.
                if isinstance(error, KeyboardInterrupt):
                    raise
                line = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
            file.write(json.dumps(line) + "\n")


main()
