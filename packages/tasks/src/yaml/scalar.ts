/**
 * What a plain YAML scalar means to PyYAML (YAML 1.1 as libyaml's users know it): yes/on are booleans, 010 is 8,
 * 1e-5 is a text (no point before the e), 1:30 is 90. Neither of the library's schemas agrees with it in full.
 */
import { PyFloat } from '@evalgraph/formats';

export type Scalar = null | boolean | number | bigint | PyFloat | string;

const TRUE = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INT =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

export function resolvePlain(text: string): Scalar {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  if (INT.test(text)) return readInt(text.replaceAll('_', ''));
  // A date stays a text: templates and names only ever print it.
  return FLOAT.test(text) ? readFloat(text.replaceAll('_', '').toLowerCase()) : text;
}

function readInt(text: string): number | bigint {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  let magnitude: bigint;
  if (digits.includes(':')) magnitude = digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  else if (/^0[bx]/.test(digits)) magnitude = BigInt(digits);
  else magnitude = /^0[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : BigInt(digits);
  const value = negative ? -magnitude : magnitude;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function readFloat(text: string): PyFloat {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (digits === '.inf') return new PyFloat(sign * Number.POSITIVE_INFINITY);
  if (digits === '.nan') return new PyFloat(Number.NaN);
  if (digits.includes(':')) {
    return new PyFloat(sign * digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0));
  }
  return new PyFloat(sign * Number(digits));
}
