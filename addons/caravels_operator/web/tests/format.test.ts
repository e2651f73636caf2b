import { describe, expect, test } from "vitest";
import { civilDay, countdown, Formats } from "../src/format";

const plain = (text: string): string => text.replace(/[\u00A0\u202F]/g, " ");
const lisbon = new Formats("pt-PT", "EUR", "Europe/Lisbon");
const london = new Formats("en-GB", "EUR", "Europe/Lisbon");

describe("quantities", () => {
  test("energy in kWh with the language's decimal mark", () => {
    expect(london.kwh(53_700)).toBe("53.7 kWh");
    expect(plain(lisbon.kwh(53_700))).toBe("53,7 kWh");
    expect(london.kwh(1, 3)).toBe("0.001 kWh");
  });

  test("what rounds to nothing has no minus sign", () => {
    expect(london.money(-1)).toBe("€0.00");
    expect(london.number(-0)).toBe("0");
  });

  test("money in the community's currency and its own digits", () => {
    expect(london.money(-12_345_678)).toBe("-€12.35");
    expect(plain(lisbon.money(5_803_250))).toBe("5,80 €");
    expect(plain(new Formats("en-GB", "JPY", "Asia/Tokyo").money(1_500_000_000))).toBe("JP¥1,500");
  });

  test("prices with four digits and their unit", () => {
    expect(london.priceWithUnit(108_068)).toBe("0.1081 EUR/kWh");
    expect(lisbon.price(-5_000)).toBe("-0,0050");
    expect(london.percent(752)).toBe("75.2%");
  });
});

describe("instants are those of the community, whatever zone the browser is in", () => {
  const gate = 1_783_346_400; // 2026-07-06 14:00 UTC

  test("clock time", () => {
    expect(london.time(gate)).toBe("15:00");
    expect(new Formats("en-US", "EUR", "Asia/Kathmandu").time(gate)).toBe("19:45");
    expect(new Formats("en-US", "EUR", "Europe/Lisbon").time(1_783_292_400)).toBe("00:00");
  });

  test("moment and day", () => {
    expect(london.moment(gate)).toBe("6 Jul, 15:00");
    expect(london.day("2026-07-07")).toMatch(/^Tuesday,? 7 July 2026$/);
    expect(new Formats("en-GB", "EUR", "Pacific/Kiritimati").dayShort("2026-07-07")).toMatch(/^Tue,? 7 Jul$/);
    expect(lisbon.day("2026-07-07")).toBe("terça-feira, 7 de julho de 2026");
  });

  test("the day on which the clocks go back has its hour twice", () => {
    const summer = Date.UTC(2026, 9, 25, 0) / 1_000;
    expect([summer, summer + 3_600, summer + 7_200].map((at) => lisbon.time(at))).toEqual(["01:00", "01:00", "02:00"]);
  });

  test("the civil day of an instant", () => {
    expect(civilDay(1_783_292_399, "Europe/Lisbon")).toBe("2026-07-05");
    expect(civilDay(1_783_292_400, "Europe/Lisbon")).toBe("2026-07-06");
  });

  test("how long until and since", () => {
    expect(london.ago(gate, gate - 3 * 3_600 - 20)).toBe("in 3 hours");
    expect(london.ago(gate - 300, gate)).toBe("5 minutes ago");
    expect(london.ago(gate + 30, gate)).toBe("in 30 seconds");
  });
});

test("a countdown never shows what is over", () => {
  expect([900, 61, 59.2, 0.1, 0, -5].map(countdown)).toEqual(["15:00", "1:01", "0:59", "0:00", "0:00", "0:00"]);
});
