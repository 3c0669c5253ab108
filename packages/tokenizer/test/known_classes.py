"""The tables of the installed transformers that known-classes.ts holds, as JSON on standard output.

    python known_classes.py [NAME...]

{"version": ..., "classes": [...], "misnamed": [...], "registered": {model type: class}}. "classes" are transformers' own names
and those among NAME that it resolves. Entries that depend on what else
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
from transformers.models.auto import tokenization_auto as auto  # noqa: E402


def resolved(name):
    """Whether transformers knows a class of that name; its generic one stands for any other."""
    try:
        return auto.tokenizer_class_from_name(name) is not None
    except Exception:
        return True  # A class whose own dependency is missing.


registered = {
    kind: name
    for kind, name in auto.TOKENIZER_MAPPING_NAMES.items()
    if name is not None and name != "MistralCommonBackend"
}
names = {name for name in dir(transformers) if name.endswith(("Tokenizer", "TokenizerFast", "TokenizersBackend"))}
json.dump(
    {
        "version": transformers.__version__,
        "classes": sorted(name for name in {*names, *registered.values(), *sys.argv[1:]} if resolved(name)),
        "misnamed": sorted(auto.MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS),
        "registered": registered,
    },
    sys.stdout,
)
