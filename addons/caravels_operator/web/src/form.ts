/** The text of a form's field, as it was typed; empty where the form has none. */
export function fieldText(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}
