/** Styles that most components share; the tokens are in page.css. */
import { css } from "lit";

export const base = css`
  :host {
    display: block;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  dl,
  dd,
  figure,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  h1 {
    font-size: var(--size-title);
    font-weight: 650;
    line-height: 1.3;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  h2 {
    font-size: var(--size-large);
    font-weight: 600;
    line-height: 1.35;
  }
  a {
    color: var(--accent);
  }
  :focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
  }
  .soft {
    color: var(--text-soft);
  }
  .small {
    font-size: var(--size-small);
  }
  .figures {
    font-variant-numeric: tabular-nums;
  }
  .hidden-text {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .card {
    background: var(--surface);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    box-shadow: var(--shadow);
    padding: var(--space-5);
  }
  .badge {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    padding: 1px var(--space-2);
    border-radius: 999px;
    font-size: var(--size-small);
    font-weight: 550;
    white-space: nowrap;
    color: var(--text-soft);
    background: var(--surface-sunken);
  }
  .badge.good {
    color: var(--good);
    background: var(--good-soft);
  }
  .badge.warn {
    color: var(--warn);
    background: var(--warn-soft);
  }
  .badge.bad {
    color: var(--bad);
    background: var(--bad-soft);
  }
  .dot {
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: currentcolor;
    flex: none;
  }
  @media (max-width: 720px) {
    h1 {
      font-size: 1.25rem;
    }
    .card {
      padding: var(--space-4);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
    }
  }
`;

export const controls = css`
  button,
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    min-height: 38px;
    padding: 0 var(--space-4);
    font: inherit;
    font-weight: 550;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    cursor: pointer;
    transition: background 0.12s;
    white-space: nowrap;
  }
  button:hover {
    background: var(--surface-sunken);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  button.primary {
    color: var(--accent-text);
    background: var(--accent);
    border-color: var(--accent);
  }
  button.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--accent), var(--text) 14%);
  }
  button.danger {
    color: #fff;
    background: var(--bad-strong);
    border-color: var(--bad-strong);
  }
  button.danger:hover:not(:disabled) {
    background: color-mix(in oklab, var(--bad-strong), #000 14%);
  }
  button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--accent);
    padding: 0 var(--space-2);
  }
  button.quiet:hover:not(:disabled) {
    background: var(--accent-soft);
  }
  button.quiet.bad {
    color: var(--bad);
  }
  button.quiet.bad:hover:not(:disabled) {
    background: var(--bad-soft);
  }
  .segments {
    display: inline-flex;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    overflow: clip;
    overflow-clip-margin: 6px;
  }
  .segments button {
    border: 0;
    border-radius: 0;
    min-height: 34px;
    padding: 0 var(--space-3);
    color: var(--text-soft);
  }
  .segments button + button {
    border-left: 1px solid var(--line);
  }
  .segments button[aria-pressed="true"] {
    color: var(--accent);
    background: var(--accent-soft);
  }
  label {
    display: grid;
    gap: var(--space-1);
    font-weight: 550;
  }
  label .hint,
  .hint {
    font-weight: 400;
    font-size: var(--size-small);
    color: var(--text-soft);
  }
  input,
  select {
    font: inherit;
    font-weight: 400;
    color: var(--text);
    background: var(--surface);
    border: 1px solid var(--line-strong);
    border-radius: var(--radius-small);
    min-height: 38px;
    padding: 0 var(--space-3);
    width: 100%;
    min-width: 0;
  }
  input[type="checkbox"] {
    width: 18px;
    height: 18px;
    min-height: 0;
    accent-color: var(--accent);
    margin: 0;
    flex: none;
  }
  input[type="file"] {
    padding: 6px var(--space-2);
  }
  input:user-invalid,
  select:user-invalid {
    border-color: var(--bad);
  }
  label.check {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    min-height: 38px;
    font-weight: 400;
  }
  @media (pointer: coarse) {
    button,
    input,
    select {
      min-height: var(--target);
    }
  }
`;
