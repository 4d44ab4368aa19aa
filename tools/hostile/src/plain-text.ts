// Control characters, and characters that turn the writing direction.
// oxlint-disable-next-line no-control-regex
const NOT_PLAIN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

export function isPlain(text: string): boolean {
  return !NOT_PLAIN.test(text);
}

/** All strings in a value as it comes out of JSON. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
