/** How a member's home stands, as one coloured word. */
import { html, type TemplateResult } from "lit";
import { type LinkState, linkState } from "../link-state";
import type { MemberRow } from "../messages.generated";
import { surroundings } from "../surroundings";

const TONES: Record<LinkState, string> = {
  away: "bad",
  unpaired: "warn",
  invited: "warn",
  online: "good",
  paused: "",
  revoked: "",
};

/** What needs a look comes first when sorted. */
export const LINK_STATES = Object.keys(TONES) as LinkState[];

export function memberBadge(member: MemberRow): TemplateResult {
  const state = linkState(member, surroundings.now());
  return html`<span class="badge ${TONES[state]}"><span class="dot"></span>${surroundings.t(`state.${state}`)}</span>`;
}
