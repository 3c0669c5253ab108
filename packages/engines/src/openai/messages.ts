/** What the engine `openai` says to its user: which server, what it answered, what to do. */
import { defineMessages } from '@evalgraph/formats';

const OTHER_ENGINES =
  'Other ways: engine: { use: embedded } (no server) or engine: { use: lm-eval }. See docs/servers.md.';

export const messages = defineMessages({
  untellableRules: (folder: string, rules: readonly string[]) => ({
    message: `${folder} or a task sets rules about generated tokens that a completions server cannot be told: ${rules.join(', ')}.`,
    remedy:
      'The embedded engine computes them. Else remove them from generation_config.json or generation_kwargs; repetition_penalty and min_new_tokens can be told.',
  }),
  noApiKey: (variable: string) => ({
    message: `The environment variable ${variable}, which 'api_key_variable' names, is not set.`,
    remedy: `Set it before the command (export ${variable}=...), or remove 'api_key_variable' where the server asks for no key.`,
  }),
  badApiKey: (variable: string) => ({
    message: `The key in ${variable} holds a blank or a character that no HTTP header can carry.`,
    remedy: `Set ${variable} to the key alone, without quotes or line ends.`,
  }),
  apiKeyInTheOpen: (url: string, variable: string | null) => ({
    message: `${variable === null ? 'The name and password' : `The key in ${variable}`} would be sent to ${url} over plain http: anyone on the way to that machine can read it.`,
    remedy:
      "Use an https URL, or a tunnel to a port of this machine (ssh -L), or consent with 'api_key_over_http: true' in the engine.",
  }),
  serverTokenizerDiffers: (url: string, folder: string, sent: string, read: string) => ({
    message: `${url} reads the tokens of '${sent}' as '${read}': the model that it serves has another tokenizer than ${folder}.`,
    remedy:
      "Let the server serve the very checkpoint that the pipeline names, and check the engine's 'model'.",
  }),
  badServerUrl: (url: string) => ({
    message: `'${url}' is no URL of a server.`,
    remedy: "Write the engine's url up to and including /v1, for example http://127.0.0.1:8000/v1.",
  }),
  apiKeyRefused: (url: string, status: number, detail: string, variable: string | null) => ({
    message: `${url} refused the request (${status}): ${detail}`,
    remedy:
      variable === null
        ? "Name the environment variable that holds the key: 'api_key_variable' of the engine."
        : `Check the key in ${variable}.`,
  }),
  unknownServedModel: (url: string, model: string, served: readonly string[], hint: string | null) => ({
    message: `${url} serves no model '${model}'${hint === null ? '' : `; did you mean '${hint}'?`}`,
    remedy: `It serves: ${served.length === 0 ? 'nothing' : served.slice(0, 20).join(', ')}. Set the engine's 'model' ({checkpoint} in it stands for the checkpoint's folder name).`,
  }),
  noCompletionsHere: (url: string, detail: string) => ({
    message: `${url} does not exist on that server (404): ${detail}`,
    remedy: "The engine's url goes up to and including /v1; the server must offer /v1/completions.",
  }),
  requestRefused: (url: string, status: number, detail: string) => ({
    message: `${url} refused a request (${status}): ${detail}`,
    remedy:
      "Too long: start the server with a longer context (vLLM: --max-model-len) or lower the model's 'max_length' by two (one token is the scored one, one may be generated). Too many stop strings or another limit: see docs/servers.md.",
  }),
  serverCannotEcho: (url: string, details: readonly string[]) => ({
    message: `${url} does not give the log-probabilities of a prompt (echo and logprobs), which scoring needs:\n${details.map((detail) => `  ${detail}`).join('\n')}`,
    remedy: `vLLM, SGLang and 'npx evalgraph serve' can; llama.cpp's server and most hosted services cannot (they can still run tasks that generate text). ${OTHER_ENGINES}`,
  }),
  serverNotJson: (url: string, detail: string) => ({
    message: `${url} answered something that is no JSON: ${detail}`,
    remedy: "Check the engine's url and any proxy before it; it must lead to an OpenAI-compatible server.",
  }),
  badServerAnswer: (url: string, detail: string) => ({
    message: `${url}: ${detail}`,
    remedy: `The server's answers cannot be trusted for scoring. ${OTHER_ENGINES}`,
  }),
  serverFailed: (url: string, attempts: number, reason: string) => ({
    message: `${url} gave no answer in ${attempts} attempts; the last: ${reason}`,
    remedy:
      "Look at the server and its log, then run the same command again: answers so far are kept. A slow server: raise the engine's 'timeout_seconds' or lower its 'concurrency'.",
  }),
});

/** What is said that is no problem: lines of a log, parts of sentences. */
export const phrases = {
  /** Findings about one answer, embedded in the messages above. */
  statusDetail: (extra: number, status: number, detail: string): string =>
    `with max_tokens ${extra}: ${status} ${detail}`,
  answerDetail: (extra: number, detail: string): string => `with max_tokens ${extra}: ${detail}`,
  noChoice: (): string => 'the answer has no choices',
  noText: (): string => 'the answer has no text',
  noLogProbs: (): string => 'the answer has no logprobs.token_logprobs',
  noTopLogProbs: (position: number): string => `the answer has no top_logprobs at token ${position}`,
  noLogProb: (position: number, found: unknown): string =>
    `the log-probability of token ${position} is ${JSON.stringify(found)?.slice(0, 40) ?? 'missing'}; expected a number above -9999 and not above 0`,
  wrongCount: (sent: number, found: number): string =>
    `${sent} tokens were sent and log-probabilities of ${found} came back: the server changed the prompt (a BOS of its own, or a shorter context)`,
  wrongPromptCount: (sent: number, found: number): string =>
    `${sent} tokens were sent and the server counts ${found} in the prompt (a BOS of its own, or a shorter context)`,
  status: (status: number, detail: string): string => `status ${status}: ${detail}`,
  timeout: (timeoutMs: number): string => `no answer within ${timeoutMs / 1000} s`,
  network: (code: string): string => {
    const reasons: Readonly<Record<string, string>> = {
      ECONNREFUSED: 'the connection was refused: no server listens there',
      ECONNRESET: 'the connection was reset',
      ENOTFOUND: 'the host name is unknown',
    };
    const reason = reasons[code];
    return reason === undefined ? code : `${reason} (${code})`;
  },
  tooLarge: (limitBytes: number): string => `an answer of more than ${limitBytes} bytes`,
} as const;
