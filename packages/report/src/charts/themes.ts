/**
 * Light and dark: a chart is drawn once, in the light colours; the dark one is the same drawing with each colour
 * exchanged. So a chart in a page can follow the reader's choice, and nothing is measured twice.
 */

/** Every colour that our specs name -> its dark counterpart, at 3:1 and more against the dark background. */
export const DARK_COLOURS: Readonly<Record<string, string>> = {
  '#ffffff': '#15181c',
  '#222222': '#e8eaed',
  '#666666': '#a9b1ba',
  '#8a8a8a': '#848d97',
  '#e8e8e8': '#2c3238',
  '#cfcfcf': '#4d5660',
  '#0072b2': '#4ba3dc',
  '#d55e00': '#f0803c',
  '#009e73': '#2dbe93',
  '#cc79a7': '#de9cc2',
  '#e69f00': '#f0b840',
  '#56b4e9': '#7cc8f2',
  '#000000': '#ffffff',
};

const COLOUR = /\b(fill|stroke)="(#[0-9a-f]{6}|white|black)"/gi;
const NAMED: Readonly<Record<string, string>> = { white: '#ffffff', black: '#000000' };

export function darkSvg(svg: string): string {
  return svg.replace(COLOUR, (attribute, name: string, colour: string) => {
    const dark = DARK_COLOURS[canonical(colour)];
    return dark === undefined ? attribute : `${name}="${dark}"`;
  });
}

/** For a page: each colour a custom property of the page's theme, with the light colour where it has none. */
export function themedSvg(svg: string): string {
  return svg.replace(COLOUR, (attribute, name: string, colour: string) => {
    const light = canonical(colour);
    return light in DARK_COLOURS ? `${name}="var(${property(light)},${light})"` : attribute;
  });
}

/** Declarations of both themes' custom properties for `themedSvg`. */
export function colourProperties(theme: 'light' | 'dark'): string {
  return Object.entries(DARK_COLOURS)
    .map(([light, dark]) => `${property(light)}:${theme === 'light' ? light : dark};`)
    .join('');
}

function canonical(colour: string): string {
  const lower = colour.toLowerCase();
  return NAMED[lower] ?? lower;
}

function property(light: string): string {
  return `--c-${light.slice(1)}`;
}
