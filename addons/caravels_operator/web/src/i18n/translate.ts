/** Texts in the person's language: `t("members.revoke", { member: "m01" })`. Keys and their parameters are type-checked. */
import { en } from "./en";
import { pt } from "./pt";

export type Key = keyof typeof en;
export type Texts = Record<Key, string>;
export type Language = "en" | "pt";

export const LANGUAGES: readonly { id: Language; name: string; locale: string }[] = [
  { id: "en", name: "English", locale: "en-GB" },
  { id: "pt", name: "Português", locale: "pt-PT" },
];
const TEXTS: Record<Language, Texts> = { en, pt };

/** The names in braces of a text: `"{sold} kWh by {member}"` gives `"sold" | "member"`. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Values<K extends Key> = [Names<(typeof en)[K]>] extends [never]
  ? []
  : [values: Record<Names<(typeof en)[K]>, string | number>];
export type Translate = <K extends Key>(key: K, ...values: Values<K>) => string;

export function translator(language: Language): Translate {
  const texts = TEXTS[language];
  return (key, ...[values]) => fill(texts[key], values);
}

function fill(text: string, values: Record<string, string | number> | undefined): string {
  return values === undefined ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

export function isKey(text: string): text is Key {
  return Object.hasOwn(en, text);
}

/** The first language that the person reads and we speak, else English. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = LANGUAGES.find(({ id }) => tag.toLowerCase().split("-")[0] === id);
    if (found) return found.id;
  }
  return "en";
}

/** The person's own locale where it is of that language (en-IE keeps its dates), else the language's usual one. */
export function chooseLocale(language: Language, wanted: readonly string[]): string {
  const usual = LANGUAGES.find(({ id }) => id === language)?.locale ?? "en-GB";
  return wanted.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? usual;
}
