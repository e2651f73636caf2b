/** The golden messages that the Python tests read and write. */
const FILES = import.meta.glob<unknown>("../../../../tests/wire/**/*.json", { eager: true, import: "default" });

/** By name without ending, of one folder: "" is the member protocol, "panel" the panel's own. */
export function goldenOf(folder: "" | "panel"): [name: string, message: unknown][] {
  const place = folder ? `tests/wire/${folder}/` : "tests/wire/";
  return Object.entries(FILES)
    .map(([path, message]): [string, unknown] => [path.slice(path.indexOf("tests/wire/")), message])
    .filter(([path]) => path.startsWith(place) && !path.slice(place.length).includes("/"))
    .map(([path, message]) => [path.slice(place.length).replace(".json", ""), message]);
}

// the caller says which message it is; messages.test.ts shows that it fits
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function golden<T>(name: string): T {
  const found = goldenOf("panel").find(([of]) => of === name);
  if (!found) throw new Error(`no golden message is called ${name}`);
  return structuredClone(found[1]) as T;
}
