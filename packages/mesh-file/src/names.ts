import { NAME_LENGTH_MAX } from "@florenetes/operator-text";

/** A name that fits into a config: a name that is too long keeps its start, and a digest of the whole makes it unique. */
export function boundedName(name: string): string {
  if (name.length <= NAME_LENGTH_MAX) return name;
  const digest = fnv1a(name).toString(16).padStart(8, "0");
  const start = name.slice(0, NAME_LENGTH_MAX - digest.length - 1).replace(/[^a-z0-9]+$/, "");
  return `${start}.${digest}`;
}

/** The 32-bit FNV-1a hash of an ASCII text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
