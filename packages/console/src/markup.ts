/** Text that stands in a page as it is. */
export class Markup {
  readonly text: string;

  /** @param text markup of our own */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value for a place in a template. A string is shown as it is, whatever markup it has. */
type Part = string | number | Markup | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes markup of a template. Strings in it become text or values of attributes, which stand in quotation marks. */
export function markup(template: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(template.map((text, index) => text + (index < parts.length ? write(parts[index]!) : "")).join(""));
}

function write(part: Part): string {
  if (typeof part === "string") return part.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]!);
  if (typeof part === "number") return String(part);
  return part instanceof Markup ? part.text : part.map(({ text }) => text).join("");
}
