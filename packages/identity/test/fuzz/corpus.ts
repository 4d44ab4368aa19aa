/** The corpus that fuzzing starts from: the vectors, and the seeds that are kept beside them. */
import { readFileSync } from "node:fs";
import { writeCertificatePem } from "../../src/certificates/pem.ts";
import { readVectors } from "../x509-svid/vectors.ts";

interface Seeds {
  readonly structures: readonly { readonly what: string; readonly der: string }[];
  readonly texts: readonly string[];
}

interface Principals {
  readonly accepted: readonly { readonly uri: string }[];
  readonly refused: readonly { readonly uri: string }[];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

const seeds = read("seeds.json") as Seeds;
const principals = read("../../vectors/principals.json") as Principals;
const { examples } = readVectors();

/** Chains with the roots that they should lead to, in DER. */
export const chains: readonly { readonly chain: readonly Uint8Array[]; readonly roots: readonly Uint8Array[] }[] =
  examples;

/** Certificates and structures like them, in DER. */
export const structures: readonly Uint8Array[] = [
  ...seeds.structures.map(({ der }) => Buffer.from(der, "base64")),
  ...new Set(examples.flatMap(({ chain, roots }) => [...chain, ...roots])),
];

export const pemTexts: readonly string[] = [
  ...seeds.texts,
  ...chains.slice(0, 20).map(({ chain, roots }) => writeCertificatePem(...chain, ...roots)),
];

export const uris: readonly string[] = [...principals.accepted, ...principals.refused].map(({ uri }) => uri);
