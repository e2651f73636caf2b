/** Numbers, money and instants as people read them: in their language, the community's currency and its time zone. */

const MICRO = 1_000_000;
const WH_PER_KWH = 1_000;
const PRICE_DIGITS = 4;

export class Formats {
  private readonly numbers = new Map<number, Intl.NumberFormat>();
  private readonly dates = new Map<string, Intl.DateTimeFormat>();
  private readonly moneyFormat: Intl.NumberFormat;

  constructor(
    readonly locale: string,
    readonly currency: string,
    readonly zone: string,
  ) {
    this.moneyFormat = new Intl.NumberFormat(locale, { style: "currency", currency });
  }

  number(value: number, digits = 0): string {
    let format = this.numbers.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(this.locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
      this.numbers.set(digits, format);
    }
    return format.format(value === 0 ? 0 : value); // never "-0"
  }

  /** Energy [Wh] in kWh. */
  kwh(wh: number, digits = 1): string {
    return `${this.number(wh / WH_PER_KWH, digits)} kWh`;
  }

  /** Money [micro-units], rounded to the currency's own digits. */
  money(micro: number): string {
    const rounded = Number((micro / MICRO).toFixed(this.moneyFormat.resolvedOptions().maximumFractionDigits ?? 2));
    return this.moneyFormat.format(rounded === 0 ? 0 : rounded);
  }

  /** A price [micro-units per kWh] without its unit, for columns and axes that name it. */
  price(microPerKwh: number, digits = PRICE_DIGITS): string {
    return this.number(microPerKwh / MICRO, digits);
  }

  priceWithUnit(microPerKwh: number): string {
    return `${this.price(microPerKwh)} ${this.priceUnit}`;
  }

  get priceUnit(): string {
    return `${this.currency}/kWh`;
  }

  percent(permille: number): string {
    return new Intl.NumberFormat(this.locale, { style: "percent", maximumFractionDigits: 1 }).format(permille / 1_000);
  }

  /** Clock time of an instant [Unix s] in the community: 15:00. */
  time(at: number): string {
    return this.date("time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at * 1_000);
  }

  /** An instant [Unix s] with its day: 22 Nov, 15:00. */
  moment(at: number): string {
    return `${this.date("short", { day: "numeric", month: "short" }).format(at * 1_000)}, ${this.time(at)}`;
  }

  /** A civil day (2026-11-23) with its weekday: Monday, 23 November 2026. It has no time zone of its own. */
  day(day: string): string {
    return this.civil("day", { weekday: "long", day: "numeric", month: "long", year: "numeric" }, day);
  }

  dayShort(day: string): string {
    return this.civil("dayShort", { weekday: "short", day: "numeric", month: "short" }, day);
  }

  /** How long ago an instant was, in the largest sensible unit: 5 minutes ago. */
  ago(at: number, now: number): string {
    const format = new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" });
    const seconds = at - now;
    const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? (["second", 1] as const);
    return format.format(Math.round(seconds / length), unit);
  }

  private civil(name: string, options: Intl.DateTimeFormatOptions, day: string): string {
    return this.date(name, { ...options, timeZone: "UTC" }).format(Date.parse(`${day}T00:00:00Z`));
  }

  private date(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let format = this.dates.get(name);
    if (!format) {
      format = new Intl.DateTimeFormat(this.locale, { timeZone: this.zone, ...options });
      this.dates.set(name, format);
    }
    return format;
  }
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A length of time [s] as a countdown: 14:05. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** The civil day of an instant [Unix s] in a zone: 2026-11-22. */
export function civilDay(at: number, zone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    at * 1_000,
  );
}
