/** What a program needs to say something: errors, suggestions, safe text. It costs nothing to load, unlike the index. */
export { defineMessages } from './define-messages.ts';
export { type Position, type Problem, UserError } from './errors.ts';
export { nearest, suggest } from './suggest.ts';
export { visibleText } from './visible-text.ts';
