/** Layout that the pages share: one column of cards with a lead, tiles, and pictures side by side where there is room. */
import { css } from "lit";

export const page = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--space-5);
  }
  .lead {
    flex: 1 1 420px;
    display: grid;
    gap: var(--space-1);
  }
  .lead .figure {
    color: var(--accent);
    white-space: nowrap;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-3) var(--space-4);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-2);
  }
  .tiles {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr));
    gap: var(--space-4);
  }
  .tile {
    padding: var(--space-4);
    display: grid;
    align-content: start;
    gap: 2px;
  }
  .tile dt {
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  .tile .value {
    font-size: var(--size-figure);
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.015em;
    font-variant-numeric: tabular-nums;
  }
  .tile .unit {
    font-size: var(--size);
    font-weight: 500;
    color: var(--text-soft);
    letter-spacing: 0;
  }
  .pictures {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr));
    gap: var(--space-5);
  }
  .card > .bar:first-child {
    min-height: 36px;
    margin-bottom: var(--space-3);
  }
  .card > .note {
    margin-bottom: var(--space-4);
  }
  .note {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--space-3);
    padding: var(--space-3) var(--space-4);
    border-radius: var(--radius);
    border: 1px solid var(--line);
    background: var(--surface);
  }
  .note p {
    flex: 1 1 200px;
  }
  .note.bad {
    color: var(--bad);
    background: var(--bad-soft);
    border-color: transparent;
  }
  .note.warn {
    color: var(--warn);
    background: var(--warn-soft);
    border-color: transparent;
  }
  .nothing {
    display: grid;
    justify-items: center;
    gap: var(--space-3);
    padding: var(--space-7) var(--space-4);
    text-align: center;
    color: var(--text-soft);
  }
  .nothing h2 {
    color: var(--text);
  }
  .skeleton {
    display: grid;
    gap: var(--space-5);
  }
  .bone {
    border-radius: var(--radius);
    background: linear-gradient(100deg, var(--surface-sunken) 40%, var(--line) 50%, var(--surface-sunken) 60%) 0 / 300%
      100%;
    animation: shimmer 1.6s linear infinite;
  }
  .bone.title {
    height: 32px;
    max-width: 560px;
  }
  .bone.tiles {
    height: 104px;
  }
  .bone.picture {
    height: max(320px, 80vh); /* what stands below the page is out of sight before and after */
  }
  @keyframes shimmer {
    from {
      background-position: 100% 0;
    }
    to {
      background-position: 0 0;
    }
  }
  @media (max-width: 720px) {
    .tiles {
      grid-template-columns: repeat(2, minmax(0, 1fr));
      gap: var(--space-3);
    }
    .tile {
      padding: var(--space-3);
    }
    .tile .value {
      font-size: 1.25rem;
    }
  }
`;
