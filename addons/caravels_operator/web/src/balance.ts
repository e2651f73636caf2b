/** Is the community balanced now, and tomorrow? As figures; the pages put them into words. */
import type { AuctionDay, MeteredHour } from "./messages.generated";

/** Import and export that differ by less than this share of the larger one are called balanced. */
const BALANCED_SHARE = 0.05;

export interface Balance {
  state: "balanced" | "short" | "long";
  /** More import than export is positive [Wh]. */
  net_wh: number;
  hour: MeteredHour;
}

/** How things are now, by the last hour for which readings came. */
export function balanceNow(hours: readonly MeteredHour[]): Balance | undefined {
  const hour = hours.at(-1);
  if (!hour) return undefined;
  const net_wh = hour.import_wh - hour.export_wh;
  const balanced = Math.abs(net_wh) <= BALANCED_SHARE * Math.max(hour.import_wh, hour.export_wh);
  return { state: balanced ? "balanced" : net_wh > 0 ? "short" : "long", net_wh, hour };
}

/** Share of what members want to buy that other members sell them [per mille]; undefined where nobody wants any. */
export function coveredPermille(day: AuctionDay): number | undefined {
  return day.wanted_wh ? Math.round((day.traded_wh * 1_000) / day.wanted_wh) : undefined;
}
