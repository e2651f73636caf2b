/** The pages of the panel. A new page is a new row. */
import { html, type TemplateResult } from "lit";
import type { Icon } from "./components/icons";
import type { Key } from "./i18n/translate";
import "./pages/community-page";
import "./pages/market-page";
import "./pages/members-page";
import type { Place } from "./routes";

export interface Page {
  path: string;
  title: Key & `page.${string}`;
  icon: Icon;
  render: (place: Place) => TemplateResult;
}

export const PAGES: readonly Page[] = [
  {
    path: "community",
    title: "page.community",
    icon: "community",
    render: () => html`<community-page></community-page>`,
  },
  { path: "members", title: "page.members", icon: "members", render: () => html`<members-page></members-page>` },
  {
    path: "market",
    title: "page.market",
    icon: "market",
    render: (place) => html`<market-page .place=${place}></market-page>`,
  },
];
