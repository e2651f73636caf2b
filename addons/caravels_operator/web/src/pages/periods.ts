/** Periods of a day as charts and tables name them. */
import type { Formats } from "../format";

interface Period {
  start: number;
}

export function periodName(format: Formats, start: number, period_s: number): string {
  return `${format.time(start)}–${format.time(start + period_s)}`;
}

export function periodNames(format: Formats, periods: readonly Period[], period_s: number): string[] {
  return periods.map(({ start }) => periodName(format, start, period_s));
}

/** Below the axis: the hour of those periods that begin one, 06h of 06:00. */
export function periodMarks(format: Formats, periods: readonly Period[]): string[] {
  return periods.map(({ start }) => format.time(start));
}
