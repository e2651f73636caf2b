/** Axes: round steps between two bounds. */

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

/** The axis that holds all values and zero, with about `wanted` steps of 1, 2 or 5 times a power of ten. */
export function scaleOf(values: readonly number[], wanted = 4): Scale {
  const least = Math.min(0, ...values);
  const span = Math.max(0, ...values) - least || 1; // nothing but zeros still needs an axis
  const step = niceStep(span / wanted);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.ceil((least + span) / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { low: first * step, high: last * step, ticks };
}

/** The nearest of 1, 2 and 5 times a power of ten, by ratio. */
function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const ratio = rough / power;
  return power * (ratio < Math.SQRT2 ? 1 : ratio < Math.sqrt(10) ? 2 : ratio < Math.sqrt(50) ? 5 : 10);
}
