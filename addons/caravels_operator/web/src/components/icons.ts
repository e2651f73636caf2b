/** The few icons, drawn by hand on a grid of 24. They say nothing by themselves: the text beside them does. */
import { html, svg, type TemplateResult } from "lit";

const PATHS = {
  community: svg`<path d="M3 11.5 12 4l9 7.500V20a1 1 0 0 1-1 1h-5v-6H9v6H4a1 1 0 0 1-1-1z" />`,
  members: svg`<circle cx="9" cy="8" r="3.5" /><path d="M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6" /><path d="M16 4.800a3.5 3.5 0 0 1 0 6.400M18.5 14.600c1.9.9 3 2.8 3 5.4" />`,
  market: svg`<path d="M4 20V10M9.3 20V4M14.7 20v-8M20 20V7" />`,
  leave: svg`<path d="M14 4H6a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h8M10 12h11M17.5 8.5 21 12l-3.5 3.5" />`,
  download: svg`<path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 20h14" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  warning: svg`<path d="M12 4 2.8 20h18.400zM12 10v4.500M12 17.200v.3" />`,
  copy: svg`<rect x="9" y="9" width="11" height="11" rx="2" /><path d="M15 9V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2h3" />`,
  check: svg`<path d="m5 12.5 4.5 4.500L19 7.5" />`,
  previous: svg`<path d="m14.5 6-6 6 6 6" />`,
  next: svg`<path d="m9.5 6 6 6-6 6" />`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.100a4 4 0 0 0-5.7-5.700L12 6.300M14 10a4 4 0 0 0-5.7 0l-3.1 3.100a4 4 0 0 0 5.7 5.700l1.1-1.1" />`,
  add: svg`<path d="M12 5v14M5 12h14" />`,
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon, size = 20): TemplateResult {
  return html`<svg
    aria-hidden="true"
    width=${size}
    height=${size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
  >
    ${PATHS[name]}
  </svg>`;
}
