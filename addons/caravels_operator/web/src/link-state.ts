/** How a member's home stands, in one word. */
import type { MemberRow } from "./messages.generated";

export type LinkState = "online" | "away" | "invited" | "unpaired" | "paused" | "revoked";

type Known = Pick<MemberRow, "state" | "online" | "paired" | "link_until">;

/** @param now the operator's clock [Unix s] */
export function linkState({ state, online, paired, link_until }: Known, now: number): LinkState {
  if (state !== "active") return state;
  if (online) return "online";
  if (paired) return "away";
  return link_until !== null && link_until > now ? "invited" : "unpaired";
}
