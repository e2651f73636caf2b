/** What a chart of periods shows: panels above one another, each with its own axis, over the same time. */
import type { Scale } from "./scale";

export type Tone = "accent" | "sun" | "load" | "soft";

export interface Series {
  label: string;
  /** Bars are drawn over one another, the first the widest; a line keeps its value over the whole period. */
  kind: "bar" | "line";
  tone: Tone;
  dashed?: boolean;
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
  return panel.series.flatMap(({ values }) => values.filter((value) => value !== null));
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

/** Every how many periods a label has room. */
export function labelStride(count: number, width: number, room: number): number {
  const fitting = Math.max(1, Math.floor(width / room));
  return [1, 2, 3, 4, 6, 8, 12, 24, 48].find((stride) => count / stride <= fitting) ?? count;
}

export const round = (value: number): number => Math.round(value * 10) / 10;
