/** Words that a process must not know, and where they are looked for. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { searchMemory } from "../memory-search.ts";

export interface Canary {
  readonly what: string;
  /** The octets, in each form in which they may lie in memory. */
  readonly forms: readonly Buffer[];
}

/** A word as JavaScript keeps it, by one or two octets a character. */
export function wordCanary(what: string, word: string): Canary {
  return { what, forms: [Buffer.from(word, "latin1"), Buffer.from(word, "utf16le")] };
}

/** A key: as octets, and as hex. */
export function keyCanary(what: string, hex: string): Canary {
  return { what, forms: [Buffer.from(hex, "hex"), ...wordCanary(what, hex).forms] };
}

/** The canaries that are in the memory of a process. */
export function inMemory(pid: number, canaries: readonly Canary[]): readonly string[] {
  return canaries
    .filter(({ forms }) =>
      forms.some((form) => {
        const { secret, elsewhere } = searchMemory(pid, form);
        return secret + elsewhere.length > 0;
      }),
    )
    .map(({ what }) => what);
}

/** The canaries that are in files below a folder. */
export function onDisk(folder: string, canaries: readonly Canary[]): readonly string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const all = files
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .map((file) => readFileSync(file));
  return canaries
    .filter(({ forms }) => forms.some((form) => all.some((octets) => octets.includes(form))))
    .map(({ what }) => what);
}

/** The canaries that are in octets which a process was given. */
export function inOctets(all: readonly Uint8Array[], canaries: readonly Canary[]): readonly string[] {
  return canaries
    .filter(({ forms }) => forms.some((form) => all.some((octets) => Buffer.from(octets).includes(form))))
    .map(({ what }) => what);
}
