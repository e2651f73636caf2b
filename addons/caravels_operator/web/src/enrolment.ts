/** What the form for a new member says, as the message that takes the member in. */
import { fieldText } from "./form";
import type { NewMember, Tariff } from "./messages.generated";
import { bandsOf, tariffOf } from "./tariff";

/** Where a new member's tariff comes from. */
export type TariffChoice = "known" | "new" | "file";

export function newMemberOf(data: FormData, choice: TariffChoice, fileTariff: Tariff | undefined): NewMember {
  const text = (name: string): string => fieldText(data, name).trim();
  return {
    id: text("id"),
    retailer: text("retailer"),
    connection_w: Number(text("connection_w")),
    tariff: choice === "known" ? text("tariff") : null,
    new_tariff: choice === "known" ? null : choice === "file" ? (fileTariff ?? null) : newTariff(text),
    zone: text("zone"),
    green: data.has("green"),
    person: { name: text("name"), contact: text("contact"), metering_point: text("metering_point") },
  };
}

function newTariff(text: (name: string) => string): Tariff {
  const other = text("other_price");
  const hours = { from: minuteOf(text("other_from")), until: minuteOf(text("other_until")) };
  return tariffOf({
    name: text("tariff_name"),
    validFrom: text("valid_from"),
    bands: bandsOf(Number(text("price")), other ? { price: Number(other), ...hours } : undefined),
    vatPercent: Number(text("vat")),
    avoidedPercent: Number(text("avoided")),
    feedIn: Number(text("feed_in")),
  });
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
