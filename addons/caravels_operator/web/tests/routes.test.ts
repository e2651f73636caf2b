import { describe, expect, test } from "vitest";
import { PAGES } from "../src/pages";
import { hashOf, parsePlace } from "../src/routes";

const PATHS = ["community", "members", "market"];

describe("places", () => {
  test.each([
    ["", "community", {}],
    ["#/", "community", {}],
    ["#/market", "market", {}],
    ["#/market?day=2026-11-23", "market", { day: "2026-11-23" }],
    ["#/nowhere?day=2026-11-23", "community", {}],
    ["#/market?day=a%26b", "market", { day: "a&b" }],
  ])("%s is %s", (hash, page, query) => {
    const place = parsePlace(hash, PATHS);
    expect(place.page).toBe(page);
    expect(Object.fromEntries(place.query)).toEqual(query);
  });

  test("what is written is read again", () => {
    const hash = hashOf("market", { day: "2026-11-23" });
    expect(hash).toBe("#/market?day=2026-11-23");
    expect(parsePlace(hash, PATHS).query.get("day")).toBe("2026-11-23");
    expect(hashOf("members")).toBe("#/members");
  });

  test("every page has a path and a title of its own", () => {
    expect(new Set(PAGES.map(({ path }) => path)).size).toBe(PAGES.length);
    expect(new Set(PAGES.map(({ title }) => title)).size).toBe(PAGES.length);
    expect(PAGES.map(({ path }) => path)).toEqual(PATHS);
  });
});
