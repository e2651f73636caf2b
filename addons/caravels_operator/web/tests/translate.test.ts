import { describe, expect, test } from "vitest";
import { en } from "../src/i18n/en";
import { pt } from "../src/i18n/pt";
import { chooseLanguage, chooseLocale, type Key, translator } from "../src/i18n/translate";
import session from "../../../../tests/wire/panel/session.json";
import { LANGUAGES } from "../src/i18n/translate";

const SOURCES = import.meta.glob<string>("../src/**/*.ts", { eager: true, query: "?raw", import: "default" });
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();
const keys = Object.keys(en) as Key[];

describe("texts", () => {
  test("the languages are those that the operator names", () => {
    expect(LANGUAGES.map(({ id }) => id)).toEqual(session.languages);
  });

  test("the languages have the same keys", () => {
    expect(Object.keys(pt).sort()).toEqual([...keys].sort());
  });

  test.each(keys)("%s has the same parameters in both, and is no copy", (key) => {
    expect(names(pt[key])).toEqual(names(en[key]));
    expect(pt[key].trim()).toBe(pt[key]);
    expect(pt[key]).not.toBe("");
  });

  test("few texts are the same in both", () => {
    expect(keys.filter((key) => en[key] === pt[key])).toEqual(["table.export"]);
  });

  test("every text is used", () => {
    const used = Object.entries(SOURCES)
      .filter(([path]) => !path.includes("/i18n/"))
      .map(([, source]) => source)
      .join("\n");
    // families that are completed from a message: `error.${code}`
    const families = [...used.matchAll(/`(\w+\.(?:\w*_)?)\$\{/g)].map(([, family]) => family ?? "");
    const unused = keys.filter(
      (key) => !used.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)),
    );
    expect(unused).toEqual([]);
  });

  test("a text is filled", () => {
    expect(translator("en")("tile.of", { all: 27 })).toBe("of 27");
    expect(translator("pt")("matrix.cell", { seller: "m07", buyer: "m01", kwh: "1,25 kWh", money: "0,11 €" })).toBe(
      "m07 vende 1,25 kWh a m01 por 0,11 €",
    );
  });
});

describe("whose language", () => {
  test.each([
    [["pt-BR", "en"], "pt"],
    [["de", "pt"], "pt"],
    [["fr"], "en"],
    [[], "en"],
    [["EN-us"], "en"],
  ] as const)("%j reads %s", (wanted, language) => {
    expect(chooseLanguage(wanted)).toBe(language);
  });

  test("the person's own locale, where it is of that language", () => {
    expect(chooseLocale("en", ["de-DE", "en-IE"])).toBe("en-IE");
    expect(chooseLocale("pt", ["en-IE"])).toBe("pt-PT");
  });
});
