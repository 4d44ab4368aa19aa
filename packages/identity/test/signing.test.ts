/** Signatures for one purpose. */
import { createHash, createPublicKey, verify, X509Certificate } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ContextSigner, decodeChain, encodeChain, hashChain, contextCheck } from "../src/index.ts";
import { issueIdentity, makeAuthority } from "../src/authority/index.ts";

const now = new Date();
const authority = makeAuthority({ cluster: "demo" }, now);
const content = Uint8Array.of(1, 2, 3);
const context = "a test 1";

describe.each([
  ["p256", 0x0403],
  ["ed25519", 0x0807],
] as const)("a signature with a key of %s", (algorithm, scheme) => {
  const identity = issueIdentity(authority, { kind: "vertex", name: "a", algorithm }, now);
  const signed = new ContextSigner(identity, context).sign(content);
  const [leaf] = signed.chain;

  test("is one of TLS 1.3's form over 64 spaces, the context, a zero and the content", () => {
    expect(signed.scheme).toBe(scheme);
    const octets = Buffer.concat([Buffer.from(`${" ".repeat(64)}a test 1\0`), content]);
    const key = createPublicKey(new X509Certificate(leaf!).publicKey.export({ type: "spki", format: "pem" }));
    expect(verify(algorithm === "p256" ? "sha256" : null, octets, key, signed.signature)).toBe(true);
    expect(contextCheck(leaf!, context)(content, signed)).toBe(true);
  });

  test("fits no other context, content, scheme, signature or certificate", () => {
    const other = issueIdentity(authority, { kind: "vertex", name: "a", algorithm }, now);
    const [otherLeaf] = new ContextSigner(other, context).sign(content).chain;
    const signature = signed.signature.map((octet, index) => (index === 9 ? octet ^ 1 : octet));
    expect([
      contextCheck(leaf!, "a test 2")(content, signed),
      contextCheck(leaf!, context)(Uint8Array.of(1, 2, 4), signed),
      contextCheck(leaf!, context)(content, { ...signed, scheme: scheme ^ 0x0c04 }),
      contextCheck(leaf!, context)(content, { ...signed, signature }),
      contextCheck(leaf!, context)(content, { ...signed, signature: new Uint8Array(0) }),
      contextCheck(otherLeaf!, context)(content, signed),
      contextCheck(Uint8Array.of(0x30), context)(content, signed),
    ]).toEqual([false, false, false, false, false, false, false]);
  });

  test("comes with the chain and its hash", () => {
    const octets = Buffer.concat([Buffer.from([0, leaf!.length >> 8, leaf!.length & 0xff]), leaf!]);
    expect(Buffer.from(encodeChain(signed.chain))).toEqual(octets);
    expect(Buffer.from(signed.chainHash)).toEqual(createHash("sha256").update(octets).digest());
  });
});

describe("chains as octets", () => {
  test("are read as they were written", () => {
    const chain = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(chain, (ders) => {
        expect(decodeChain(encodeChain(ders))).toEqual(ders);
        expect(hashChain(ders).length).toBe(32);
      }),
    );
  });

  test.each([[[0]], [[0, 0]], [[0, 0, 0]], [[0, 0, 2, 1]], [[0, 0, 1, 1, 0]], [[255, 255, 255, 1]]])(
    "%j is none",
    (octets) => expect(decodeChain(Uint8Array.from(octets))).toBeUndefined(),
  );

  test("whatever comes in is a chain or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        const chain = decodeChain(octets);
        if (chain !== undefined) expect(Buffer.from(encodeChain(chain))).toEqual(Buffer.from(octets));
      }),
      { numRuns: 1_000 },
    );
  });
});
