/** What every part of the panel stands in: language, formats, who asks, the operator's clock, the stream. */
import { openStream, PanelError } from "./api";
import { Formats } from "./format";
import { chooseLanguage, chooseLocale, isKey, type Language, type Translate, translator } from "./i18n/translate";
import type { Session } from "./messages.generated";
import { Stream } from "./stream";

const LANGUAGE_KEY = "caravels.language";

export class Surroundings {
  language: Language;
  t: Translate;
  format: Formats;
  session: Session | undefined;
  readonly stream: Stream;
  private skewS = 0;
  private readonly watchers = new Set<() => void>();

  constructor(
    private readonly wanted: readonly string[],
    open: () => WebSocket = openStream,
  ) {
    this.language = stored() ?? chooseLanguage(wanted);
    this.t = translator(this.language);
    this.format = this.formats();
    this.stream = new Stream(open);
    this.stream.onState(() => this.changed());
    this.stream.onNow((now) => this.synchronise(now));
  }

  setLanguage(language: Language): void {
    this.language = language;
    this.t = translator(language);
    this.format = this.formats();
    localStorage.setItem(LANGUAGE_KEY, language);
    this.changed();
  }

  setSession(session: Session | undefined): void {
    this.session = session;
    this.format = this.formats();
    this.changed();
  }

  /** The instant by the operator's clock [Unix s]: a browser's own may be wrong. */
  now(): number {
    return Date.now() / 1_000 - this.skewS;
  }

  /** Take the operator's clock from a message that carries it. */
  synchronise(now: number): void {
    this.skewS = Date.now() / 1_000 - now;
  }

  sentenceOf(problem: unknown): string {
    if (!(problem instanceof PanelError)) return this.t("error.page");
    const key = `error.${problem.code}`;
    return isKey(key) ? this.t(key as "error.internal") : problem.sentence;
  }

  onChange(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  private formats(): Formats {
    const locale = chooseLocale(this.language, this.wanted);
    return new Formats(locale, this.session?.currency ?? "EUR", this.session?.time_zone ?? "UTC");
  }

  private changed(): void {
    document.documentElement.lang = this.language;
    for (const watcher of [...this.watchers]) watcher();
  }
}

function stored(): Language | undefined {
  const language = localStorage.getItem(LANGUAGE_KEY);
  return language === "en" || language === "pt" ? language : undefined;
}

export const surroundings = new Surroundings(navigator.languages);
