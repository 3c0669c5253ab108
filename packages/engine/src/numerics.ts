/**
 * Part of every cell's key, in a file of its own: planning reads it without loading onnxruntime. Raise it when a
 * change moves numbers beyond rounding (the golden test notices).
 */
export const NUMERICS_VERSION = 1;
