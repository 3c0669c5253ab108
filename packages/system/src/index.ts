export { steadyMs } from './clock.ts';
export { writing, writingSync } from './disk.ts';
export { endWithUs, handleSignals } from './interrupt.ts';
export { isInTheOpen, isLoopback, plainAddress } from './loopback.ts';
export { messages as systemMessages } from './messages.ts';
export { printable, writeError, writeOut } from './standard-output.ts';
