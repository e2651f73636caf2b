/** How a chart looks: its legend, its marks by tone, and the box that tells a period's values. */
import { css } from "lit";

export const TIP_WIDTH = 240;

export const chart = css`
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-1) 10px;
    margin-bottom: var(--space-2);
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  .legend span {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  .place {
    position: relative;
    border-radius: var(--radius-small);
    touch-action: pan-y;
  }
  svg {
    display: block;
    overflow: visible;
  }
  text {
    font-size: 12px;
    fill: var(--text-soft);
    font-variant-numeric: tabular-nums;
  }
  .tick {
    text-anchor: end;
  }
  .hour {
    text-anchor: middle;
  }
  .title {
    font-weight: 550;
  }
  .grid {
    stroke: var(--line);
    shape-rendering: crispedges;
  }
  .zero {
    stroke: var(--line-strong);
    shape-rendering: crispedges;
  }
  .accent {
    --tone: var(--accent);
  }
  .sun {
    --tone: var(--sun);
  }
  .load {
    --tone: var(--load);
  }
  .soft {
    --tone: color-mix(in oklab, var(--accent) 28%, var(--surface));
  }
  .bar {
    fill: var(--tone);
  }
  .band {
    fill: var(--tone);
    opacity: 0.18;
  }
  .line {
    fill: none;
    stroke: var(--tone);
    stroke-width: 2;
    stroke-linejoin: round;
  }
  .dashed {
    stroke-width: 1.5;
    stroke-dasharray: 4 3;
  }
  .cursor {
    fill: var(--text);
    opacity: 0.07;
  }
  .tip {
    position: absolute;
    top: 0;
    width: ${TIP_WIDTH}px;
    pointer-events: none;
    padding: var(--space-2) var(--space-3);
    font-size: var(--size-small);
    background: var(--surface-raised);
    border: 1px solid var(--line);
    border-radius: var(--radius-small);
    box-shadow: var(--shadow-raised);
    font-variant-numeric: tabular-nums;
    z-index: 2;
  }
  .tip div {
    display: flex;
    justify-content: space-between;
    gap: var(--space-2);
  }
  .tip dd {
    white-space: nowrap;
  }
  .tip dt {
    color: var(--text-soft);
  }
  .tip b {
    font-weight: 600;
  }
`;
