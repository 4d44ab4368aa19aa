/** The examples as a file of texts: each certificate stands there once, in base64, and is named by its place in the list. */
import { readFileSync } from "node:fs";
import { now } from "../certificates.ts";
import { cluster, type Example, kinds } from "./example.ts";

export const vectorsFile: URL = new URL("../../vectors/x509-svid.json", import.meta.url);

interface Vectors {
  readonly at: string;
  readonly cluster: string;
  readonly kinds: readonly string[];
  readonly certificates: readonly string[];
  readonly examples: readonly (Pick<Example, "rule" | "what" | "verdict" | "cluster"> & {
    readonly chain: readonly number[];
    readonly roots: readonly number[];
  })[];
}

export function readVectors(): { readonly examples: readonly Example[]; readonly at: Date } {
  const vectors = JSON.parse(readFileSync(vectorsFile, "utf8")) as unknown as Vectors;
  const ders = vectors.certificates.map((text) => new Uint8Array(Buffer.from(text, "base64")));
  const take = (places: readonly number[]): Uint8Array[] => places.map((place) => ders[place]!);
  const examples = vectors.examples.map((each) => ({ ...each, chain: take(each.chain), roots: take(each.roots) }));
  return { examples, at: new Date(vectors.at) };
}

/** Writes a line for each certificate and example, so that a difference can be seen. */
export function vectorsOf(examples: readonly Example[]): string {
  const places = new Map<string, number>();
  const placeOf = (der: Uint8Array): number => {
    const text = Buffer.from(der).toString("base64");
    if (!places.has(text)) places.set(text, places.size);
    return places.get(text)!;
  };
  const lines = examples.map(({ chain, roots, ...told }) =>
    JSON.stringify({ ...told, chain: chain.map(placeOf), roots: roots.map(placeOf) }),
  );
  const certificates = [...places.keys()].map((text) => JSON.stringify(text));
  const about = JSON.stringify({ description, at: now.toISOString(), cluster, kinds }).slice(1, -1);
  const list = (items: readonly string[]): string => `[\n    ${items.join(",\n    ")}\n  ]`;
  return `{\n  ${about},\n  "certificates": ${list(certificates)},\n  "examples": ${list(lines)}\n}\n`;
}

const description =
  "Chains of certificates (leaf first) and trust bundles, by their places in the list of certificates, and what this " +
  "product says of them when it expects a principal of the cluster at that time: accepted, or the code of the rule that " +
  "was broken (docs/operate/errors.md). Where an example names a cluster, that one is expected.";
