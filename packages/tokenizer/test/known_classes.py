"""The tables of the installed transformers that known-classes.ts holds, as JSON on standard output.

    python known_classes.py [NAME...]

{"version": ..., "classes": [...], "aliases": {name: class}, "misnamed": [...], "registered": {model type: class}}. "classes" are
transformers' own names and those among NAME that it resolves; "aliases" are names that resolve to a class of another name. Entries that depend on what else
is installed (sentencepiece, mistral_common) are left out of "registered".
"""

import json
import logging
import os
import sys
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import transformers  # noqa: E402
from transformers.convert_slow_tokenizer import SLOW_TO_FAST_CONVERTERS  # noqa: E402
from transformers.models.auto import tokenization_auto as auto  # noqa: E402


def resolved(name):
    """The name of the class that transformers makes of a name; None where its generic one stands for it."""
    try:
        found = auto.tokenizer_class_from_name(name)
    except Exception:
        return name  # A class whose own dependency is missing.
    return None if found is None else found.__name__


registered = {
    kind: name
    for kind, name in auto.TOKENIZER_MAPPING_NAMES.items()
    if name is not None and name != "MistralCommonBackend"
}
names = {name for name in dir(transformers) if name.endswith(("Tokenizer", "TokenizerFast", "TokenizersBackend"))}
known = {name: resolved(name) for name in {*names, *registered.values(), *SLOW_TO_FAST_CONVERTERS, *sys.argv[1:]}}
json.dump(
    {
        "version": transformers.__version__,
        "classes": sorted(name for name, found in known.items() if found),
        "aliases": {
            name: found
            for name, found in known.items()
            if found not in (None, name, name.removesuffix("Fast"), "TokenizersBackend", "PythonBackend")
        },
        "misnamed": sorted(auto.MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS),
        "registered": registered,
    },
    sys.stdout,
)
