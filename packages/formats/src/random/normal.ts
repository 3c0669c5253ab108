/** The inverse of the normal distribution. */

/**
 * The quantile by algorithm AS 241, PPND16 (Wichura, Applied Statistics 37, 1988): about 16 digits. Initial weights are made
 * of it, so the order of its operations is fixed.
 * @param p between 0 and 1, both excluded
 * @throws RangeError for another p
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`${p} is no probability between 0 and 1`);
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(0.180625 - q * q, CENTRE_A, CENTRE_B);
  const r = Math.sqrt(-Math.log(q <= 0 ? p : 1 - p));
  const x = r <= 5 ? ratio(r - 1.6, MIDDLE_A, MIDDLE_B) : ratio(r - 5, TAIL_A, TAIL_B);
  return q < 0 ? -x : x;
}

/** Two polynomials, highest power first. */
function ratio(x: number, a: Float64Array, b: Float64Array): number {
  let above = 0;
  let below = 0;
  for (let i = 0; i < 8; i += 1) {
    above = above * x + (a[i] ?? 0);
    below = below * x + (b[i] ?? 0);
  }
  return above / below;
}

// The coefficients of AS 241 (PPND16).
const CENTRE_A = Float64Array.of(
  2509.0809287301227,
  33430.57558358813,
  67265.7709270087,
  45921.95393154987,
  13731.69376550946,
  1971.5909503065513,
  133.14166789178438,
  3.3871328727963665,
);
const CENTRE_B = Float64Array.of(
  5226.495278852854,
  28729.085735721943,
  39307.89580009271,
  21213.794301586597,
  5394.196021424751,
  687.1870074920579,
  42.31333070160091,
  1,
);
const MIDDLE_A = Float64Array.of(
  0.0007745450142783414,
  0.022723844989269184,
  0.2417807251774506,
  1.2704582524523684,
  3.6478483247632045,
  5.769497221460691,
  4.630337846156546,
  1.4234371107496835,
);
const MIDDLE_B = Float64Array.of(
  1.0507500716444169e-9,
  0.0005475938084995345,
  0.015198666563616457,
  0.14810397642748008,
  0.6897673349851,
  1.6763848301838038,
  2.053191626637759,
  1,
);
const TAIL_A = Float64Array.of(
  2.0103343992922881e-7,
  2.7115555687434876e-5,
  0.0012426609473880784,
  0.026532189526576124,
  0.29656057182850487,
  1.7848265399172913,
  5.463784911164114,
  6.657904643501103,
);
const TAIL_B = Float64Array.of(
  2.0442631033899397e-15,
  1.421511758316446e-7,
  1.8463183175100548e-5,
  0.0007868691311456133,
  0.014875361290850615,
  0.1369298809227358,
  0.599832206555888,
  1,
);
