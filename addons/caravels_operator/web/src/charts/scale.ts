/** Axes: round steps between two bounds. */

export interface Scale {
  low: number;
  high: number;
  ticks: number[];
}

/** The axis that holds all values and zero, with about `wanted` steps of 1, 2 or 5 times a power of ten. */
export function scaleOf(values: readonly number[], wanted = 4): Scale {
  const least = Math.min(0, ...values);
  const most = Math.max(0, ...values);
  const step = niceStep((most - least || 1) / wanted);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { low: first * step, high: last * step, ticks };
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}
