/** Where in the panel one is: after the hash, so that a deep link works below any path (ingress has one of its own). */

export interface Place {
  page: string;
  query: ReadonlyMap<string, string>;
}

/** Read `#/market?day=2026-11-23`; whatever is not known is the first page. */
export function parsePlace(hash: string, pages: readonly string[]): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const page = pages.includes(path) ? path : (pages[0] ?? "");
  return { page, query: new Map(page === path ? new URLSearchParams(query) : []) };
}

export function hashOf(page: string, query: Record<string, string> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${page}${text ? `?${text}` : ""}`;
}
