import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkCredentials } from "../src/credentials.ts";
import { writePrivateKey } from "../src/private-key.ts";
import { IdentityError } from "../src/errors.ts";
import { verifyPeer } from "../src/peer.ts";
import { writeCertificatePem } from "../src/certificates/pem.ts";
import { now } from "./certificates.ts";
import { cluster, type Example, kinds } from "./x509-svid/example.ts";
import { examples } from "./x509-svid/examples.ts";
import { readVectors } from "./x509-svid/vectors.ts";

const byRule = [...Map.groupBy(examples, ({ rule }) => rule)];

function verdictOf(example: Example, at: Date): string {
  const trustBundlePem = writeCertificatePem(...example.roots);
  try {
    verifyPeer(example.chain, { trustBundlePem, cluster: example.cluster ?? cluster, kinds }, at);
    return "accepted";
  } catch (error) {
    if (error instanceof IdentityError) return error.code;
    throw error;
  }
}

describe.each(byRule)("%s", (_, ofRule) => {
  test.each(ofRule)("$what: $verdict", (example) => {
    expect(verdictOf(example, now)).toBe(example.verdict);
  });

  test("has examples of both kinds", () => {
    expect(new Set(ofRule.map(({ verdict }) => verdict === "accepted"))).toEqual(new Set([true, false]));
  });
});

test("none of them is taken as one's own identity with a key that is another's", () => {
  const key = writePrivateKey(generateKeyPairSync("ed25519").privateKey);
  for (const { what, chain, roots } of examples) {
    const pem = { key, chain: writeCertificatePem(...chain), trust: writeCertificatePem(...roots) };
    expect(() => checkCredentials(pem, {}, now), what).toThrow(IdentityError);
  }
});

describe("the vectors for other implementations", () => {
  const vectors = readVectors();

  test("are these examples; if not, write them anew with x509-svid/write-vectors.ts", () => {
    const told = ({ rule, what, verdict }: Example): string => `${rule}: ${what}: ${verdict}`;
    expect(vectors.examples.map(told)).toEqual(examples.map(told));
  });

  test("get their verdicts", () => {
    const wrong = vectors.examples.filter((example) => verdictOf(example, vectors.at) !== example.verdict);
    expect(wrong.map(({ what }) => what)).toEqual([]);
  });
});
