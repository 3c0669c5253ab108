/**
 * The Python that each port was written for: every module of lm-eval 0.4.0 to 0.4.13 that has the function, found by
 * comparing syntax trees (the function and all names of its module that it uses). Other texts of a function of the
 * same name compute something else: race's doc_to_text before 0.4.12, icelandic_winogrande's doc_to_target.
 */

interface Original {
  /** sha256 of the module as `normalizePython` gives it. */
  readonly digest: string;
  /** Name in the module -> the port. */
  readonly functions: ReadonlyMap<string, string>;
}

function original(digest: string, module: string, names: readonly string[], prefix = ''): Original {
  return { digest, functions: new Map(names.map((name) => [`${prefix}${name}`, `${module}.${name}`])) };
}

const FIELDS = ['doc_to_text', 'doc_to_target', 'doc_to_choice'];
const COPA = 'copa/utils';
const HELLASWAG = 'hellaswag/utils';
const RACE = 'race/preprocess_race';
const TRUTHFULQA = 'truthfulqa/utils';
const WIKITEXT = 'wikitext/preprocess_wikitext';
const WINOGRANDE = 'winogrande/preprocess_winogrande';

const ORIGINALS: readonly Original[] = [
  // super_glue/copa/utils.py, 0.4.0 to 0.4.13
  original('b854bab596707386ae816e277ac815cc2a8651aeb667c41eb646f92343c8dc08', COPA, FIELDS),
  // hellaswag/utils.py and okapi/hellaswag_multilingual/utils.py, 0.4.0 and 0.4.1
  original('1aa93e61436fe9c4ab7d8f43b48efbb1f2b80bf8bbf742114b3d8a0afd0563c0', HELLASWAG, ['process_docs']),
  // The same two files, 0.4.2 to 0.4.13
  original('aca5986168f2d17a4182983cfebc19e4021a365891b3a7af8ed138fe063838bc', HELLASWAG, ['process_docs']),
  // french_bench/utils.py, 0.4.2 to 0.4.13
  original('0767f1723fd2a5fe2a66e83b0ebd662bbe56c8e72ea053732b95943f0fc59dbf', HELLASWAG, ['process_docs']),
  // tinyBenchmarks/utils_hellaswag.py, 0.4.3 to 0.4.13
  original('cb6f755bcdc5301ae6f0dcb605ea2f514241cd8f639d9855294f45821d8f92a2', HELLASWAG, ['process_docs']),
  // race/preprocess_race.py, 0.4.12 and 0.4.13
  original('7eba21023f2cbc3779ae2e6015da1a1681cad501763adba755c8f6ad5eb68412', RACE, FIELDS),
  // race/preprocess_race.py, 0.4.0 to 0.4.11: its doc_to_text is another one
  original('c6e69cd633c30a7d7973718e1acaa76a2916fe25922f9fa08784caf324426be6', RACE, [
    'doc_to_target',
    'doc_to_choice',
  ]),
  // squadv2/task.py, 0.4.11 to 0.4.13
  original('fbf199442e58194c6dc813fbdfaa8471c4d64dc758903811e9932f95cf9447b9', 'squadv2/task', ['SQuAD2']),
  // truthfulqa/utils.py, 0.4.9 to 0.4.13
  original('a48770220e949c388eb3ab7c36c777d0da96e0cb5640956d7e31b7f5d348084a', TRUTHFULQA, [
    'process_results_mc2',
  ]),
  // okapi/truthfulqa_multilingual/utils.py, 0.4.9 to 0.4.13
  original('afdf8ebc16b0e0f834f4b2b263706ab5f01a3aab46a4f1caf2e1de464d260c43', TRUTHFULQA, [
    'process_results_mc2',
  ]),
  // wikitext/preprocess_wikitext.py, 0.4.0 to 0.4.13
  original('72078b8b89ebe8346ee6f2518e5a791396cb3d13ea70cce9321ee4f7bb21a84b', WIKITEXT, [
    'wikitext_detokenizer',
    'process_results',
  ]),
  // winogrande/preprocess_winogrande.py, 0.4.0 to 0.4.13, and aradice/winogrande/utils.py
  original('d9e42d68f9de547d7f893543b83f6c84b65a98f2d2a895d14ca01dbd6275f21f', WINOGRANDE, FIELDS),
  // xwinograd/utils.py: 0.4.0, 0.4.1, 0.4.2 to 0.4.13
  original('dfba91401cfa53496b2b6c456f3be38227e43ffc9125e8dbf7f797172c8e1c34', WINOGRANDE, FIELDS),
  original('b0f0b5efd3ea3726793610dfad57e5c615932a4c55f7b3e8eac362eed5b5266d', WINOGRANDE, FIELDS),
  original('420e5e54cad9e21c6118602e55d28e0aea4373dc3755b141e7ffa3f384806736', WINOGRANDE, FIELDS),
  // tinyBenchmarks/utils_winogrande.py, 0.4.3 to 0.4.13
  original('87a2e86f8db7990bd92847061631ea72307d7bd2ab5f2310f44eb1ba2d7f3fb8', WINOGRANDE, FIELDS),
  // metabench/process_docs.py and process_docs_permute.py, 0.4.7 to 0.4.13
  original(
    'ae5151a30ed723316bda8515d87d1f3fdfd7ca6013dd143b9245d2e1e4f357c8',
    WINOGRANDE,
    FIELDS,
    'winogrande_',
  ),
  original(
    '393e987f1c7e7b40f494e9d53fccfd67285ddf996bf436f87e5899c20aaf4e99',
    WINOGRANDE,
    FIELDS,
    'winogrande_',
  ),
  // icelandic_winogrande/preprocess_winogrande.py, 0.4.9.2 to 0.4.13: its doc_to_target is another one
  original('4376c564fa40eaac72e6db2d406e2cd5b7fafcb90b5fff5b8efb7a971986c493', WINOGRANDE, [
    'doc_to_text',
    'doc_to_choice',
  ]),
];

const byDigest = new Map(ORIGINALS.map(({ digest, functions }) => [digest, functions]));

/** The port of a module's function, by its name in the module; null where this text of it has none. */
export function portOfOriginal(digest: string, name: string): string | null {
  return byDigest.get(digest)?.get(name) ?? null;
}
