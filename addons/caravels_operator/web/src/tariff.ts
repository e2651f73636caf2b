/** A tariff as a form asks for it, and as the operator keeps it: integer micro-units per kWh, in parts. */
import type { Tariff } from "./messages.generated";

const MICRO = 1_000_000;

export interface TariffForm {
  name: string;
  validFrom: string;
  /** What a kWh costs from a minute of the local day on, all parts and tax included [currency per kWh]. */
  bands: { minute: number; price: number }[];
  /** The rate of the tax that is in these prices [%]. */
  vatPercent: number;
  /** Share of the price that a kWh from the community spares [%]. */
  avoidedPercent: number;
  /** What the retailer pays for a kWh fed in [currency per kWh]. */
  feedIn: number;
}

export function tariffOf(form: TariffForm): Tariff {
  const avoided_ppm = Math.round(form.avoidedPercent * 10_000);
  const bands = [...form.bands]
    .sort((a, b) => a.minute - b.minute)
    .map(({ minute, price }) => {
      const whole = micro(price);
      const vat = Math.round((whole * form.vatPercent) / (100 + form.vatPercent));
      return { minute, vat, rest: whole - vat }; // the parts sum to the price exactly
    });
  const schedule = (prices: [number, number][]) => ({ bands: prices, valid_from: form.validFrom, valid_until: null });
  const parts: Tariff["parts"] = [
    { kind: "energy", schedule: schedule(bands.map(({ minute, rest }) => [minute, rest])), avoided_ppm },
  ];
  if (form.vatPercent > 0) {
    parts.push({ kind: "vat", schedule: schedule(bands.map(({ minute, vat }) => [minute, vat])), avoided_ppm });
  }
  return { name: form.name, parts, feed_in: [schedule([[0, micro(form.feedIn)]])] };
}

const micro = (price: number): number => Math.round(price * MICRO);

/** The bands of a day with one price, or with another one from a minute to another, over midnight too. */
export function bandsOf(price: number, other?: { price: number; from: number; until: number }): TariffForm["bands"] {
  if (!other || other.from === other.until) return [{ minute: 0, price }];
  const bands = [
    { minute: other.from, price: other.price },
    { minute: other.until, price },
  ];
  const first = other.from < other.until ? price : other.price;
  return [...(bands.some(({ minute }) => minute === 0) ? [] : [{ minute: 0, price: first }]), ...bands];
}

/** Read a tariff file (docs/operator.md); only its outline is looked at, the operator checks the rest. */
export function tariffFromFile(text: string): Tariff | undefined {
  try {
    const tariff = JSON.parse(text) as Partial<Tariff> | null;
    const whole = typeof tariff?.name === "string" && Array.isArray(tariff.parts) && Array.isArray(tariff.feed_in);
    return whole ? (tariff as Tariff) : undefined;
  } catch {
    return undefined;
  }
}
