/** Is the community balanced now, and tomorrow? As figures; the pages put them into words. */
import type { AuctionDay, MeteredHour } from "./messages.generated";

/** Import and export that differ by less than this share of the larger one are called balanced. */
const BALANCED_SHARE = 0.05;

/** An hour counts as heard when this share of the members heard at best have sent it. */
const HEARD_SHARE = 0.9;

export interface Balance {
  state: "balanced" | "short" | "long";
  /** More import than export is positive [Wh]. */
  net_wh: number;
  hour: MeteredHour;
}

/** The hours up to the last one that was heard: what single early homes say of a later one is no community yet. */
export function heardHours(hours: readonly MeteredHour[]): MeteredHour[] {
  const most = Math.max(0, ...hours.map(({ members }) => members));
  const last = hours.findLastIndex(({ members }) => members >= HEARD_SHARE * most);
  return hours.slice(0, last + 1);
}

/** How things are now, by the last hour that was heard. */
export function balanceNow(hours: readonly MeteredHour[]): Balance | undefined {
  const hour = heardHours(hours).at(-1);
  if (!hour) return undefined;
  const net_wh = hour.import_wh - hour.export_wh;
  const balanced = Math.abs(net_wh) <= BALANCED_SHARE * Math.max(hour.import_wh, hour.export_wh);
  return { state: balanced ? "balanced" : net_wh > 0 ? "short" : "long", net_wh, hour };
}

/** Share of what members want to buy that other members sell them [per mille]; undefined where nobody wants any. */
export function coveredPermille(day: AuctionDay): number | undefined {
  return day.wanted_wh ? Math.round((day.traded_wh * 1_000) / day.wanted_wh) : undefined;
}
