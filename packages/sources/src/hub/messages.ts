/** Every text about the hub. No address that a redirection gave and no token stands in any of them. */
import { bytesText, defineMessages } from '@evalgraph/formats';
import { pageOf, type RepositoryName } from './repository.ts';

const names = (items: readonly string[], most = 8): string =>
  items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')}, … (${items.length} in all)`;

const kindOf = ({ kind }: RepositoryName): string => (kind === 'dataset' ? 'data set' : 'repository');

const hint = (name: string | null): string => (name === null ? '' : ` Did you mean '${name}'?`);

export const messages = defineMessages(
  {
    badEndpoint: () => ({
      message: 'HF_ENDPOINT is not the address of a hub.',
      remedy:
        'Write it as https://host, without user name and parameters, or unset it to use https://huggingface.co.',
    }),
    badToken: {
      malformed: (from: string) => ({
        message: `The token in ${from} has characters that no token has.`,
        remedy:
          'Copy it again from https://huggingface.co/settings/tokens; it is one word beginning with hf_.',
      }),
      refused: (endpoint: string, from: string) => ({
        message: `${endpoint} does not accept the token in ${from}.`,
        remedy: `It may have been revoked or have expired: make a new one at ${endpoint}/settings/tokens. Public repositories need none.`,
      }),
    },
    tokenInTheOpen: (endpoint: string, from: string, variable: string) => ({
      message: `The token in ${from} would be sent to ${endpoint} over plain http: anyone on the way to that machine can read it.`,
      remedy: `Write HF_ENDPOINT with https, set ${variable}=0 to go on without the token, or consent with ${variable}=1.`,
    }),
    noRepository: (repository: RepositoryName, endpoint: string, tokenFrom: string | null) => ({
      message: `${endpoint} shows no ${kindOf(repository)} '${repository.name}': it does not exist, or it is private.`,
      remedy:
        (repository.kind === 'dataset'
          ? `If it is your own, put it into datasets/${repository.name}/ (docs/own-data.md). `
          : '') +
        (tokenFrom === null
          ? 'Check its name. If it is private, set HF_TOKEN to a token that may read it; none is set.'
          : `Check its name. If it is private, the token in ${tokenFrom} must be allowed to read it.`),
    }),
    gated: (repository: RepositoryName, endpoint: string, tokenFrom: string | null) => ({
      message: `'${repository.name}' is gated: its owner asks for terms to be accepted${tokenFrom === null ? ', and no token is set' : `, and the account of the token in ${tokenFrom} has no access`}.`,
      remedy:
        tokenFrom === null
          ? `Accept the terms at ${endpoint}/${pageOf(repository)}, then set HF_TOKEN to a token of that account (${endpoint}/settings/tokens).`
          : `Accept the terms at ${endpoint}/${pageOf(repository)} with that account and wait until access is granted; a fine-grained token also needs the permission to read gated repositories.`,
    }),
    forbidden: (repository: RepositoryName, endpoint: string, status: number, said: string) => ({
      message: `${endpoint} refuses '${repository.name}' (HTTP ${status}${said === '' ? '' : `: ${said}`}).`,
      remedy: `Open ${endpoint}/${pageOf(repository)} in a browser to see why; a token needs the permission to read it.`,
    }),
    moved: (repository: RepositoryName, canonicalName: string) => ({
      message: `'${repository.name}' was moved: the hub calls it '${canonicalName}' now.`,
      remedy: `Write 'source: hf:${canonicalName}'; an old name can be given to somebody else's repository.`,
    }),
    noRevision: (
      repository: RepositoryName,
      revision: string,
      known: readonly string[],
      near: string | null,
    ) => ({
      message: `'${repository.name}' has no branch, tag or commit '${revision}'.${hint(near)}`,
      remedy: known.length === 0 ? "Write 'revision: main'." : `Its branches and tags: ${names(known)}.`,
    }),
    subfolderAsRevision: (repository: RepositoryName, revision: string) => ({
      message: `'${repository.name}' has no branch, tag or commit '${revision}', but a folder of that name.`,
      remedy: `Write 'subfolder:' in place of 'revision:' in the model's checkpoints.`,
    }),
    revisionAsSubfolder: (repository: RepositoryName, subfolder: string, kind: string) => ({
      message: `'${repository.name}' has no folder '${subfolder}', but a ${kind} of that name.`,
      remedy: `Write 'revision:' in place of 'subfolder:' in the model's checkpoints.`,
    }),
    noSubfolder: (
      repository: RepositoryName,
      subfolder: string,
      revision: string,
      known: readonly string[],
      near: string | null,
    ) => ({
      message: `'${repository.name}' has no folder '${subfolder}' at revision '${revision}'.${hint(near)}`,
      remedy:
        known.length === 0
          ? 'It has no folders: its checkpoints may be revisions.'
          : `Its folders: ${names(known)}.`,
    }),
    noFile: (repository: RepositoryName, path: string, commit: string) => ({
      message: `'${repository.name}' has no file '${path}' at commit ${commit.slice(0, 12)}.`,
      remedy: 'Its history was rewritten, or the lock was made elsewhere. Lock again: npx evalgraph lock',
    }),
    incompleteCheckpoint: (
      repository: RepositoryName,
      place: string,
      missing: readonly string[],
      pickles: readonly string[],
    ) => ({
      message: `The checkpoint ${repository.name}${place} lacks: ${missing.join(', ')}.`,
      remedy:
        pickles.length === 0
          ? 'A checkpoint has config.json, tokenizer.json and weights as safetensors; it may still be on its way up: look at the repository, or try again later.'
          : `Its weights are pickles (${names(pickles, 3)}), which are never loaded. Look for a revision with safetensors (the hub's conversion makes refs/pr/N), or convert a copy with transformers’ save_pretrained.`,
    }),
    stillUploading: (
      repository: RepositoryName,
      place: string,
      index: string,
      missing: readonly string[],
      total: number,
    ) => ({
      message: `The checkpoint ${repository.name}${place} is not whole: ${index} names ${total} weight files, ${missing.length} of which the repository does not have (${names(missing, 3)}).`,
      remedy:
        'It is probably still being uploaded: lock again when it is there, or leave this checkpoint out.',
    }),
    badIndex: (repository: RepositoryName, path: string) => ({
      message: `${path} of '${repository.name}' is not an index of safetensors shards.`,
      remedy: "Its 'weight_map' must map tensors to names of files beside it; tell the repository's owner.",
    }),
    offline: (repository: RepositoryName, what: string, cacheFolder: string) => ({
      message: `HF_HUB_OFFLINE is set, and ${what} of '${repository.name}' is not in the cache ${cacheFolder}.`,
      remedy: 'Unset HF_HUB_OFFLINE, or fetch it on a machine with a network and copy the cache (HF_HOME).',
    }),
    unreachable: (endpoint: string, reason: string, tries: number) => ({
      message: `${endpoint} cannot be reached (${reason}; ${tries} ${tries === 1 ? 'try' : 'tries'}).`,
      remedy:
        'Check the network; behind a proxy set HTTPS_PROXY, for a mirror HF_ENDPOINT, and with everything in the cache HF_HUB_OFFLINE=1. The same command goes on where this one stopped.',
    }),
    certificate: (endpoint: string, reason: string) => ({
      message: `The certificate of ${endpoint} is not trusted here (${reason}).`,
      remedy:
        "Behind a proxy that opens TLS, set NODE_EXTRA_CA_CERTS to the file with your organisation's certificate.",
    }),
    busy: (endpoint: string, status: number, waitMs: number | null, tokenFrom: string | null) => ({
      message: `${endpoint} keeps refusing requests for now (HTTP ${status}${waitMs === null ? '' : `; it asks to wait ${Math.ceil(waitMs / 1000)} s`}).`,
      remedy: `Run the same command later: it goes on where this one stopped.${status === 429 && tokenFrom === null ? ' With HF_TOKEN set the hub allows more requests.' : ''}`,
    }),
    unexpectedAnswer: (endpoint: string, what: string, detail: string) => ({
      message: `${endpoint} answered ${what} with ${detail}.`,
      remedy:
        'A proxy or a mirror may stand between: check HTTPS_PROXY and HF_ENDPOINT, then run the same command again.',
    }),
    corruptDownload: (repository: RepositoryName, path: string, detail: string, tries: number) => ({
      message: `${path} of '${repository.name}' arrived wrong ${tries} times: ${detail}.`,
      remedy:
        'Nothing of it was kept. A proxy or a mirror changes files, or the disk does: try another network or HF_ENDPOINT, then run the same command again.',
    }),
    noRoom: (folder: string, neededBytes: number, freeBytes: number) => ({
      message: `${bytesText(neededBytes)} are to be downloaded to ${folder}, which has ${bytesText(freeBytes)} free.`,
      remedy:
        'Free some space, set HF_HOME to a larger disk, or let checkpoints be removed after their cells are done: npx nx run-many -t eval --keep=1',
    }),
    cache: (path: string, code: string) => ({
      message: `The cache's ${path} cannot be used (${code}).`,
      remedy: 'Check its permissions, or set HF_HOME to a folder that you may write.',
    }),
    noParquet: (repository: RepositoryName) => ({
      message: `'${repository.name}' has no parquet files, and the hub has made none of it (refs/convert/parquet).`,
      remedy:
        'Download the data set, save it as parquet or JSON lines in datasets/<name>/, and describe it in dataset.yaml.',
    }),
  },
  'hub',
);

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  waitingForOther: (path: string): string => `${path}: another process downloads it; waiting`,
  repairing: (path: string): string => `${path}: not what the lock says; fetching it again`,
} as const;
