/** What a chart of periods shows: panels above one another, each with its own axis, over the same time. */
import type { Scale } from "./scale";

export type Tone = "accent" | "sun" | "load" | "soft";

export interface Series {
  label: string;
  /** Bars are drawn over one another, the first the widest; a line keeps its value over the whole period. */
  kind: "bar" | "line";
  tone: Tone;
  dashed?: boolean;
  /** Around a line: between which two values it lies, mostly; drawn as an area and told with it. */
  band?: { low: readonly (number | null)[]; high: readonly (number | null)[]; words: string };
  /** One a period; null where there is none. */
  values: readonly (number | null)[];
  /** The value in words, with its unit. */
  words: (value: number) => string;
}

export interface Panel {
  title: string;
  height: number;
  series: readonly Series[];
  tick: (value: number) => string;
}

/** Above a panel its title stands; between two there is a gap [px]. */
export const TITLE = 30;
export const GAP = 16;
export const PANEL_GAP = TITLE + GAP;

/** Places on the picture [px]. */
export interface Frame {
  left: number;
  width: number;
  count: number;
}

export const xOf = (frame: Frame, index: number): number => frame.left + (frame.width * index) / frame.count;

export function yOf(scale: Scale, top: number, height: number, value: number): number {
  return top + height * (1 - (value - scale.low) / (scale.high - scale.low));
}

export function valuesOf(panel: Panel): number[] {
  return panel.series
    .flatMap(({ values, band }) => [...values, ...(band ? [...band.low, ...band.high] : [])])
    .filter((value) => value !== null);
}

/** The path of a line that holds over each period, with gaps where there is no value. */
export function stepPath(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let drawing = false;
  values.forEach((value, index) => {
    if (value !== null) {
      path += `${drawing ? "V" : `M${round(x(index))} `}${round(y(value))}H${round(x(index + 1))}`;
    }
    drawing = value !== null;
  });
  return path;
}

/** The path of the area between two lines that hold over each period: one closed part for each run of periods. */
export function bandPath(
  low: readonly (number | null)[],
  high: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = "";
  let run: number[] = [];
  const close = (): void => {
    const [first] = run;
    if (first === undefined) return;
    const there = run.map((index) => `V${round(y(high[index] ?? 0))}H${round(x(index + 1))}`).join("");
    const back = run
      .toReversed()
      .map((index) => `V${round(y(low[index] ?? 0))}H${round(x(index))}`)
      .join("");
    path += `M${round(x(first))} ${round(y(low[first] ?? 0))}${there}${back}Z`;
    run = [];
  };
  low.forEach((value, index) => {
    if (value === null || (high[index] ?? null) === null) close();
    else run.push(index);
  });
  close();
  return path;
}

/** Every how many periods a label has room. */
export function labelStride(count: number, width: number, room: number): number {
  const fitting = Math.max(1, Math.floor(width / room));
  return [1, 2, 3, 4, 6, 8, 12, 24, 48].find((stride) => count / stride <= fitting) ?? count;
}

export const round = (value: number): number => Math.round(value * 10) / 10;
