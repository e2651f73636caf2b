/** Tables as CSV files: the ledger's own integers and UTC instants, so that nothing is rounded on the way. */

export type CsvValue = string | number | boolean | null;

/** Cells that a spreadsheet would run as a formula; a member's name may not. */
const FORMULA = /^[=+\-@\t\r]/;

export function csvText(header: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [header, ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
}

function csvCell(value: CsvValue): string {
  if (typeof value !== "string") return value === null ? "" : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** An instant [Unix s] as a file has it: 2026-07-06T14:00:00Z. */
export function csvInstant(at: number | null): CsvValue {
  return at === null ? null : new Date(at * 1_000).toISOString().replace(".000Z", "Z");
}

/** Hand a file to the browser. The mark at its start tells spreadsheets that it is UTF-8. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
