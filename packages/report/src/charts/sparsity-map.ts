/** Where the zeros are: one row a matrix of a layer, one column a layer, the colour its share of zeros. */
import type { ComparisonRecord } from '@evalgraph/formats';
import type { Chart, JsonObject } from '../chart.ts';
import { formatCount, formatPercent } from '../format.ts';
import { plainText } from '../plain-text.ts';
import { chartOf } from './parts.ts';

/** `model.layers.3.mlp.up_proj.weight`, `gpt_neox.layers.3.attention.dense.weight`, `transformer.h.3.attn.c_proj.weight` */
const LAYER = /^.*?\b(?:layers|h|blocks)\.(\d+)\.(.+?)(?:\.weight)?$/;
const CELL = { width: 26, height: 22 } as const;
const LEAST_WIDTH = 300;
/** Wide enough for `50%`. */
const TEXT_FROM = 34;

/** @returns null where no matrix belongs to a layer, or nothing is zero */
export function sparsityMap(record: ComparisonRecord): Chart | null {
  const cells = record.sparsity.pruned.matrices.flatMap(({ name, zeros, elements }) => {
    const [, layer, part] = LAYER.exec(name) ?? [];
    if (layer === undefined || part === undefined || elements === 0) return [];
    const matrix = plainText(part);
    return [
      {
        layer: Number(layer),
        matrix,
        share: zeros / elements,
        text: `${((100 * zeros) / elements).toFixed(0)}%`,
        about: `layer ${formatCount(Number(layer))}, ${matrix}: ${formatPercent(zeros / elements)} zeros of ${formatCount(elements)}`,
      },
    ];
  });
  if (cells.length === 0 || cells.every(({ share }) => share === 0)) return null;
  const layers = [...new Set(cells.map(({ layer }) => layer))].sort((a, b) => a - b);
  const matrices = [...new Set(cells.map(({ matrix }) => matrix))];
  const width = Math.max(LEAST_WIDTH, layers.length * CELL.width);
  const isRoomy = width / layers.length >= TEXT_FROM;
  const title = `${plainText(record.name)}: zeros by layer and matrix`;
  const { linear } = record.sparsity.pruned;
  const x: JsonObject = {
    field: 'layer',
    type: 'ordinal',
    sort: layers,
    axis: { title: 'layer', labelAngle: 0, domain: false, ticks: false, labelOverlap: 'greedy' },
  };
  const y: JsonObject = {
    field: 'matrix',
    type: 'nominal',
    sort: matrices,
    axis: { title: null, labelFontSize: 11.5, domain: false },
  };
  return chartOf({
    name: `sparsity-${record.name}`,
    about: { kind: 'comparison', comparison: record.name },
    title,
    subtitle: [
      `${plainText(record.pruned.model)}: ${formatPercent(linear.zeros / linear.elements)} zeros in all linear layers.`,
    ],
    body: {
      width,
      height: matrices.length * CELL.height,
      data: { values: cells },
      layer: [
        {
          mark: { type: 'rect', stroke: '#ffffff', strokeWidth: 1 },
          encoding: {
            x,
            y,
            description: { field: 'about' },
            color: {
              field: 'share',
              type: 'quantitative',
              scale: { scheme: 'cividis', domain: [0, 1] },
              legend: {
                orient: 'top',
                title: 'zeros',
                titleFontWeight: 400,
                format: '.0%',
                gradientLength: 200,
              },
            },
          },
        },
        ...(isRoomy
          ? [
              {
                mark: { type: 'text', fontSize: 10.5, aria: false },
                encoding: {
                  x,
                  y,
                  text: { field: 'text', type: 'nominal' },
                  // Fixed colours, the same in both themes: the cell below has one colour in both.
                  color: { condition: { test: 'datum.share > 0.45', value: '#111111' }, value: '#f7f7f7' },
                },
              },
            ]
          : []),
      ],
    },
  });
}
