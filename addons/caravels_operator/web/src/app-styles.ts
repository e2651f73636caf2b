/** Where the shell's parts are: a side bar on a desk, bars above and below on a phone. */
import { css } from "lit";

export const shell = css`
  :host {
    display: grid;
    grid-template: auto 1fr auto / 232px minmax(0, 1fr);
    grid-template-areas: "top main" "nav main" "foot main";
    gap: 0;
    min-height: 100dvh;
  }
  .skip {
    position: absolute;
    left: -999px;
  }
  .skip:focus {
    left: var(--space-2);
    top: var(--space-2);
    z-index: 10;
    padding: var(--space-2) var(--space-3);
    background: var(--surface-raised);
    border-radius: var(--radius-small);
  }
  .top {
    grid-area: top;
    position: sticky;
    top: 0;
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: var(--space-2) var(--space-3);
    padding: var(--space-5) var(--space-4) var(--space-4);
  }
  .mark img {
    display: block;
    width: 32px;
    height: 32px;
  }
  .name {
    font-size: 1rem;
    line-height: 1.25;
    overflow-wrap: anywhere;
  }
  .live {
    grid-column: 1 / -1;
    justify-self: start;
  }
  nav {
    grid-area: nav;
    position: sticky;
    top: 128px;
    align-self: start;
    display: grid;
    gap: 2px;
    padding: 0 var(--space-2);
  }
  nav a {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-height: 40px;
    padding: 0 var(--space-3);
    border-radius: var(--radius-small);
    color: var(--text-soft);
    font-weight: 550;
    text-decoration: none;
  }
  nav a:hover {
    background: var(--surface-sunken);
    color: var(--text);
  }
  nav a[aria-current] {
    color: var(--accent);
    background: var(--accent-soft);
  }
  .foot {
    grid-area: foot;
    position: sticky;
    bottom: 0;
    display: grid;
    gap: var(--space-2);
    padding: var(--space-4);
  }
  .person {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-2);
    min-width: 0;
  }
  .person span {
    overflow: hidden;
    text-overflow: ellipsis;
  }
  :host::before {
    content: "";
    grid-area: 1 / 1 / -1 / 2;
    background: var(--surface);
    border-right: 1px solid var(--line);
  }
  main {
    grid-area: main;
    width: 100%;
    max-width: 1760px;
    margin: 0 auto;
    padding: var(--space-6);
    outline: none;
  }
  .alone {
    grid-area: 1 / 1 / -1 / -1;
    display: grid;
    place-content: center;
    z-index: 1;
    background: var(--surface-page);
    max-width: none;
  }
  login-page {
    grid-area: 1 / 1 / -1 / -1;
    z-index: 1;
    background: var(--surface-page);
  }
  @media (max-width: 860px) {
    :host {
      grid-template: auto 1fr auto auto / minmax(0, 1fr);
      grid-template-areas: "top" "main" "foot" "nav";
    }
    :host::before {
      content: none;
    }
    .top {
      z-index: 5;
      grid-template-columns: auto minmax(0, 1fr) auto;
      padding: var(--space-2) var(--space-4);
      background: var(--surface);
      border-bottom: 1px solid var(--line);
    }
    .mark img {
      width: 28px;
      height: 28px;
    }
    .name {
      white-space: nowrap;
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .live {
      grid-column: auto;
    }
    main {
      padding: var(--space-4);
    }
    .foot {
      position: static;
      grid-template-columns: minmax(0, 1fr) auto;
      align-items: center;
    }
    nav {
      z-index: 5;
      top: auto;
      bottom: 0;
      align-self: end;
      grid-auto-flow: column;
      grid-auto-columns: minmax(76px, 1fr);
      overflow-x: auto;
      padding: var(--space-1) var(--space-2) calc(var(--space-1) + env(safe-area-inset-bottom));
      background: var(--surface);
      border-top: 1px solid var(--line);
    }
    nav a {
      flex-direction: column;
      justify-content: center;
      gap: 2px;
      min-height: 52px;
      padding: 0 var(--space-1);
      font-size: 0.75rem;
    }
    nav a[aria-current] {
      background: none;
    }
  }
`;
