/** The examples of the rules of X.509-SVID (packages/identity/vectors), shown by a neighbour: each leads to a verdict, nothing throws. */
import { readFileSync } from "node:fs";
import { Revocations, writeCertificatePem } from "@florenetes/identity";
import { expect, test } from "vitest";
import { verifyVertex } from "../../../src/quic-link/peers/verify-vertex.ts";
import { reasons } from "../../../src/quic-link/reasons.ts";
import { credentialsOf, Identities, verifierOf } from "../identities.ts";

interface Vectors {
  readonly at: string;
  readonly certificates: readonly string[];
  readonly examples: readonly {
    readonly what: string;
    readonly verdict: string;
    readonly cluster?: string;
    readonly chain: readonly number[];
    readonly roots: readonly number[];
  }[];
}

const file = new URL("../../../../../packages/identity/vectors/x509-svid.json", import.meta.url);
const { at, certificates, examples } = JSON.parse(readFileSync(file, "utf8")) as Vectors;
const take = (places: readonly number[]): Uint8Array[] =>
  places.map((place) => new Uint8Array(Buffer.from(certificates[place]!, "base64")));
const own = credentialsOf(new Identities().issue("a"));
const revocations = new Revocations({ isRequired: false, graceMs: 0 });

test.each(examples)("$what: $verdict", ({ verdict, cluster = "demo", chain, roots }) => {
  const credentials = { ...own, trustBundlePem: writeCertificatePem(...take(roots)) };
  const clocks = { wall: new Date(at), monotonic: 0 };
  const verifier = { ...verifierOf(credentials, revocations), cluster };
  const verified = verifyVertex(take(chain), undefined, verifier, new Map(), clocks);
  if (verdict === "accepted" && "name" in verified) return;
  const allowed =
    verdict === "accepted"
      ? [reasons.wrongKind]
      : [reasons.certificateRefused, reasons.wrongCluster, reasons.wrongKind, reasons.wrongName];
  expect(verified).toMatchObject({ reason: expect.toBeOneOf(allowed), text: expect.stringMatching(/certificate: /) });
});
