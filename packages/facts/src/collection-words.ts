/** Collections as people read them before they sign: members in words, and what a signer would not see in them. Pure. */
import { formatDuration } from "@florenetes/operator-text";
import type { CollectionBody } from "./collection-bodies.ts";

type Words = { readonly [Name in keyof CollectionBody]-?: (value: NonNullable<CollectionBody[Name]>) => string };

const WORDS: Words = {
  copies: String,
  holders: holderWords,
  readers: (list) => (list.length === 0 ? "those who write alone" : list.join(", ")),
  writers: (list) => (list.length === 0 ? "nobody" : list.join(", ")),
  retention: (seconds) => `${seconds} s (${formatDuration(seconds * 1_000)})`,
  unretained: (list) => (list.length === 0 ? "none" : list.join(", ")),
  "recovery-epoch": String,
  budget: (octets) => `${octets} octets (${sizeWords(octets)})`,
  recipients: (list) => (list.length === 0 ? "none" : list.join(", ")),
  manifest: String,
};

/** The words of a member of a collection whose body is in form; undefined for members that have none. */
export function collectionMemberWords(name: string, value: unknown): string | undefined {
  return Object.hasOwn(WORDS, name) ? WORDS[name as keyof CollectionBody](value as never) : undefined;
}

/** Sentences on what is allowed, and is hardly meant: domains that are too few, or holders of which none may fail. */
export function collectionWarnings({ copies, holders, writers }: CollectionBody): readonly string[] {
  const domains = new Set(holders.map(({ domain }) => domain)).size;
  return [
    ...(domains < copies
      ? [
          `${copies} copies of a shard need ${copies} domains, and the holders are in ${domains}: what fails as a whole takes several copies with it.`,
        ]
      : []),
    ...(holders.length < WRITABLE_HOLDERS
      ? [`Of ${holders.length} holders none may be away while something is written: with three, one may.`]
      : []),
    ...(writers.length === 0 ? ["Nobody may write to it."] : []),
  ];
}

/** Holders of which a majority is left when one is away. */
const WRITABLE_HOLDERS = 3;

/** Domains with their nodes, each in the order of the record: `north: b, c; south: d`. */
function holderWords(holders: CollectionBody["holders"]): string {
  const domains = Map.groupBy(holders, ({ domain }) => domain);
  return [...domains].map(([domain, nodes]) => `${domain}: ${nodes.map(({ node }) => node).join(", ")}`).join("; ");
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

function sizeWords(octets: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, octets)) / 3));
  const value = octets / 1_000 ** power;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[power]}`;
}
