/** A picture of periods: drawn as SVG, read by pointer, by arrow keys, and by who listens. */
import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { PanelElement } from "../components/element";
import { chart, TIP_WIDTH } from "./chart-styles";
import {
  bandPath,
  type Frame,
  GAP,
  labelStride,
  type Panel,
  round,
  type Series,
  stepPath,
  TITLE,
  valuesOf,
  xOf,
  yOf,
} from "./model";
import { scaleOf } from "./scale";

const LEFT = 48;
const RIGHT = 4;
const LABELS = 24;
const LABEL_ROOM = 46;

@customElement("period-chart")
export class PeriodChart extends PanelElement {
  static override styles = [...[PanelElement.styles].flat(), chart];

  /** What the picture shows, for who cannot see it. */
  @property() label = "";
  /** The name of each period: 14:00 to 15:00. */
  @property({ attribute: false }) names: readonly string[] = [];
  /** The short name below the axis, where a period has one. */
  @property({ attribute: false }) marks: readonly string[] = [];
  @property({ attribute: false }) panels: readonly Panel[] = [];
  @state() private width = 0;
  @state() private at: number | undefined;

  private readonly observer = new ResizeObserver(([entry]) => (this.width = Math.floor(entry?.contentRect.width ?? 0)));

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
  }

  private get frame(): Frame {
    return { left: LEFT, width: Math.max(0, this.width - LEFT - RIGHT), count: this.names.length };
  }

  private get height(): number {
    return this.panels.reduce((sum, panel) => sum + TITLE + panel.height + GAP, LABELS - GAP + 6);
  }

  protected override render(): TemplateResult {
    const at = this.at === undefined ? undefined : Math.min(this.at, this.names.length - 1);
    return html`
      <div class="legend" aria-hidden="true">
        ${this.panels
          .flatMap((panel) => panel.series)
          .map((series) => html`<span>${swatch(series)}${series.label}</span>`)}
      </div>
      <div
        class="place"
        role="slider"
        tabindex="0"
        aria-label=${this.label}
        aria-valuemin="0"
        aria-valuemax=${Math.max(0, this.names.length - 1)}
        aria-valuenow=${at ?? 0}
        aria-valuetext=${this.words(at ?? 0)}
        @pointermove=${this.point}
        @pointerdown=${this.point}
        @pointerleave=${() => (this.at = undefined)}
        @keydown=${this.press}
        @focus=${this.focused}
        @blur=${() => (this.at = undefined)}
      >
        <svg width="100%" height=${this.height} aria-hidden="true">${this.width > 0 ? this.picture(at) : nothing}</svg>
        ${at === undefined ? nothing : this.tip(at)}
      </div>
    `;
  }

  private picture(at: number | undefined): unknown {
    let top = TITLE;
    const drawn = this.panels.map((panel) => {
      const part = this.panel(panel, top);
      top += panel.height + GAP + TITLE;
      return part;
    });
    const bottom = top - GAP - TITLE;
    const { frame } = this;
    const stride = labelStride(frame.count, frame.width, LABEL_ROOM);
    const marks = this.marks.map((mark, index) =>
      index % stride === 0
        ? svg`<text class="hour" x=${round(xOf(frame, index) + (stride === 1 ? frame.width / frame.count / 2 : 0))} y=${bottom + 18}>${mark}</text>`
        : nothing,
    );
    const cursor =
      at === undefined
        ? nothing
        : svg`<rect class="cursor" x=${round(xOf(frame, at))} y=${TITLE} width=${round(frame.width / frame.count)} height=${bottom - TITLE} />`;
    return svg`${drawn}${marks}${cursor}`;
  }

  private panel(panel: Panel, top: number): unknown {
    const { frame } = this;
    const scale = scaleOf(valuesOf(panel), panel.height > 120 ? 4 : 3);
    const y = (value: number): number => yOf(scale, top, panel.height, value);
    const grid = scale.ticks.map(
      (tick) => svg`
        <line class=${tick === 0 ? "zero" : "grid"} x1=${frame.left} x2=${frame.left + frame.width} y1=${round(y(tick))} y2=${round(y(tick))} />
        <text class="tick" x=${frame.left - 8} y=${round(y(tick)) + 4}>${panel.tick(tick)}</text>`,
    );
    const bars = panel.series.filter(({ kind }) => kind === "bar");
    const lines = panel.series.filter(({ kind }) => kind === "line");
    const x = (index: number): number => xOf(frame, index);
    return svg`
      <text class="title" x="0" y=${top - 15}>${panel.title}</text>
      ${grid}
      ${lines.map(({ band, tone }) =>
        band ? svg`<path class="band ${tone}" d=${bandPath(band.low, band.high, x, y)} />` : nothing,
      )}
      ${bars.map((series, rank) => this.bars(series, bars.length > 1 ? rank : 0, y))}
      ${lines.map(
        (series) => svg`<path class="line ${series.tone} ${series.dashed ? "dashed" : ""}"
          d=${stepPath(series.values, x, y)} />`,
      )}`;
  }

  private bars(series: Series, rank: number, y: (value: number) => number): unknown {
    const slot = this.frame.width / this.frame.count;
    const opposite = series.values.some((value) => value !== null && value < 0);
    // bars that go down lie beside nothing: they are as wide as those that go up
    const width = Math.max(1, slot * (rank === 0 || opposite ? 0.78 : 0.78 - 0.16 * rank));
    return series.values.map((value, index) => {
      if (!value) return nothing;
      const edge = Math.min(y(value), y(0));
      return svg`<rect class="bar ${series.tone}" x=${round(xOf(this.frame, index) + (slot - width) / 2)} y=${round(edge)}
        width=${round(width)} height=${round(Math.max(1, Math.abs(y(value) - y(0))))} rx=${Math.min(2, width / 4)} />`;
    });
  }

  private tip(at: number): TemplateResult {
    const middle = xOf(this.frame, at + 0.5);
    const beside = middle + 16 + TIP_WIDTH > this.width ? middle - 16 - TIP_WIDTH : middle + 16;
    const left = Math.max(0, Math.min(beside, this.width - TIP_WIDTH));
    return html`<dl class="tip" aria-hidden="true" .style=${`left: ${round(left)}px`}>
      <b>${this.names[at]}</b>
      ${this.told(at).map(
        ([label, value]) =>
          html`<div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
  }

  private told(at: number): [label: string, value: string][] {
    return this.panels
      .flatMap((panel) => panel.series)
      .flatMap(({ label, values, band, words }): [string, string][] => {
        const value = values[at] ?? null;
        const low = band?.low[at] ?? null;
        const high = band?.high[at] ?? null;
        const own: [string, string] = [label, value === null ? "–" : words(value)];
        return band && low !== null && high !== null ? [own, [band.words, `${words(low)} – ${words(high)}`]] : [own];
      });
  }

  private words(at: number): string {
    const told = this.told(at).map(([label, value]) => `${label} ${value}`);
    return [this.names[at] ?? "", ...told].join(", ");
  }

  private point(event: PointerEvent): void {
    const { left } = this.getBoundingClientRect();
    const { frame } = this;
    const index = Math.floor(((event.clientX - left - frame.left) * frame.count) / frame.width);
    this.at = index >= 0 && index < frame.count ? index : undefined;
  }

  private focused(event: FocusEvent): void {
    if ((event.target as HTMLElement).matches(":focus-visible")) this.at ??= 0;
  }

  private press(event: KeyboardEvent): void {
    const last = this.names.length - 1;
    const at = this.at ?? 0;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.at = undefined;
    if (next === undefined) return;
    event.preventDefault();
    this.at = Math.max(0, Math.min(next, last));
  }
}

function swatch(series: Series): TemplateResult {
  return series.kind === "bar"
    ? html`<svg width="12" height="12"><rect class="bar ${series.tone}" width="12" height="12" rx="3" /></svg>`
    : html`<svg width="18" height="12">
        <path class="line ${series.tone} ${series.dashed ? "dashed" : ""}" d="M1 6H17" />
      </svg>`;
}
