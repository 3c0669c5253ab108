/** The problems of a user's model or request that end the engine. */
import { counted, defineMessages, shown } from '@evalgraph/formats';

const OTHER_ENGINE = 'The engine lm-eval (engine: { use: lm-eval, model: hf }) can run it.';

export const messages = defineMessages({
  unknownArchitecture: (file: string, found: unknown, supported: readonly string[]) => ({
    message: `${file}: architecture ${shown(found)} is not supported by the engine embedded`,
    remedy: `Supported: ${supported.join(', ')}. ${OTHER_ENGINE}`,
  }),
  unsupportedConfig: (file: string, field: string, value: unknown, supported: string) => ({
    message: `${file}: ${field} is ${shown(value)}, which the engine embedded does not support`,
    remedy: `Supported: ${supported}. ${OTHER_ENGINE}`,
  }),
  missingTensor: (folder: string, name: string, shape: readonly number[]) => ({
    message: `${folder}: tensor ${name} is missing; config.json asks for one of shape [${shape.join(', ')}]`,
    remedy: 'Config and weights come from different models, or the weights were renamed.',
  }),
  wrongShape: (folder: string, name: string, found: readonly number[], expected: readonly number[]) => ({
    message: `${folder}: tensor ${name} has shape [${found.join(', ')}]; config.json asks for [${expected.join(', ')}]`,
    remedy: 'Config and weights come from different models.',
  }),
  unsupportedDtype: (folder: string, name: string, found: string, supported: readonly string[]) => ({
    message: `${folder}: tensor ${name} has dtype ${found}`,
    remedy: `Supported: ${supported.join(', ')}. ${OTHER_ENGINE}`,
  }),
  modelLoadFailed: (folder: string, reason: string) => ({
    message: `${folder}: onnxruntime refused the model: ${reason}`,
  }),
  badToken: (request: number, part: string, index: number, token: unknown, vocabSize: number) => ({
    message: `request ${request}: token ${index} of the ${part} is ${String(token)}; legal are the integers 0 to ${
      vocabSize - 1
    }`,
    remedy: 'Tokenizer and model do not belong together.',
  }),
  emptyContext: (request: number) => ({
    message: `request ${request}: the context is empty; a model needs at least one token to predict from`,
    remedy: 'Begin the context with the BOS or EOS token.',
  }),
  emptyContinuation: (request: number) => ({
    message: `request ${request}: the continuation is empty, there is nothing to score`,
  }),
  badSampling: (request: number, sampling: string) => ({
    message: `Request ${request} asks to sample with ${sampling}.`,
    remedy: 'Legal: temperature above 0, topK a whole number from 0, topP above 0 up to 1, seed of 32 bits.',
  }),
  badMaxNewTokens: (request: number, value: unknown) => ({
    message: `request ${request}: maxNewTokens is ${String(value)}; expected a whole number of at least 1`,
  }),
  requestTooLong: (request: number, tokens: number, maxPositions: number, count: number) => ({
    message: `request ${request}: needs ${tokens} positions, the model has ${maxPositions}${count > 1 ? ` (the longest of ${count} requests that are too long)` : ''}`,
    remedy: 'Cut the context from the left, ask for fewer new tokens, or take a smaller seqlen.',
  }),
  moreProblems: (count: number) => ({
    message: `and ${counted(count, 'more problem')} of this kind`,
  }),
  nonFiniteLogits: (request: number) => ({
    message: `request ${request}: the model's output is not a finite number`,
    remedy: 'The weights hold NaN or infinity, or the checkpoint diverged.',
  }),
});
