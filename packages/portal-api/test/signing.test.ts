/** The cluster vertex has the link vertex sign in the vertex's name. */
import { describe, expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import { decodeMessage, encodeMessage, type PortalBody } from "../src/messages.ts";
import type { VertexSignature, VertexSigner } from "../src/sign.ts";
import { C1, drain, Pair } from "./portal-pair.ts";

const content = Uint8Array.of(1, 2, 3);
const hashOf = (n: number): Uint8Array => new Uint8Array(32).fill(n);

class Signer implements VertexSigner {
  chainHash = hashOf(1);
  chain: readonly Uint8Array[] = [Uint8Array.of(7), Uint8Array.of(8)];
  signed = 0;

  sign(octets: Uint8Array): VertexSignature {
    this.signed++;
    return { scheme: 0x0807, signature: octets.toReversed(), chainHash: this.chainHash, chain: this.chain };
  }
}

/** Collects the outcomes of requests to sign. */
function askIn(pair: Pair): (VertexSignature | undefined)[] {
  const got: (VertexSignature | undefined)[] = [];
  pair.client.sign(content, (signed) => got.push(signed), pair.now);
  return got;
}

describe("a signature", () => {
  test("comes with the chain, which is sent once", () => {
    const signer = new Signer();
    const pair = new Pair({}, { signer }).connect();
    const first = askIn(pair);
    pair.exchange();
    const { chain, chainHash } = signer;
    expect(first).toEqual([{ scheme: 0x0807, signature: Uint8Array.of(3, 2, 1), chain, chainHash }]);
    const second = askIn(pair);
    const [request] = drain(() => pair.client.pollTransmit());
    expect(decodeMessage(request!)?.body).toMatchObject({ kind: "sign", knownChain: chainHash });
    pair.server.handleMessage(request!, pair.now);
    const [answer] = drain(() => pair.server.pollTransmit());
    expect(decodeMessage(answer!)?.body).toMatchObject({ kind: "sign-answer", chain: [] });
    pair.client.handleMessage(answer!, pair.now);
    expect(second).toEqual(first);
    expect(pair.client.signer.chain).toEqual(chain);
  });

  test("comes with another chain when the identity was renewed", () => {
    const signer = new Signer();
    const pair = new Pair({}, { signer }).connect();
    askIn(pair);
    pair.exchange();
    signer.chainHash = hashOf(2);
    signer.chain = [Uint8Array.of(9)];
    const renewed = askIn(pair);
    pair.exchange();
    expect(renewed).toMatchObject([{ chain: signer.chain, chainHash: signer.chainHash }]);
  });

  test("is asked for again when the answer was lost, and then given up", () => {
    const pair = new Pair({}, { signer: new Signer() }).connect();
    pair.isCut = true;
    const lost = askIn(pair);
    pair.exchange();
    expect(lost).toEqual([]);
    pair.isCut = false;
    pair.runUntil(limits.SIGN_INTERVAL_MS);
    expect(lost).toHaveLength(1);
    pair.isCut = true;
    const never = askIn(pair);
    pair.runUntil(pair.now + limits.SIGN_ASKED_MS);
    expect(never).toEqual([undefined]);
  });

  test("is not to be had of a link vertex that does not sign, nor while there is none", () => {
    const pair = new Pair().connect();
    expect(askIn(pair)).toEqual([undefined]);
    expect(pair.client.signer.isOffered).toBe(false);
    expect(askIn(new Pair({}, { signer: new Signer() }))).toEqual([undefined]);
    const leaving = new Pair({}, { signer: new Signer() }).connect();
    const lost = askIn(leaving);
    leaving.client.handleDisconnected(leaving.now);
    expect(lost).toEqual([undefined]);
    expect(leaving.client.signer.chain).toBeUndefined();
  });

  test("of a chain that the cluster vertex has not is none", () => {
    const signer = new Signer();
    signer.chain = [];
    const pair = new Pair({}, { signer }).connect();
    const got = askIn(pair);
    pair.exchange();
    expect(got).toEqual([undefined]);
  });
});

describe("bounds", () => {
  const ask = (pair: Pair, body: PortalBody, requestId: number): PortalBody | undefined => {
    drain(() => pair.server.pollTransmit());
    pair.server.handleMessage(encodeMessage({ instance: C1.id, attachment: 1, requestId, body }), pair.now);
    return drain(() => pair.server.pollTransmit())
      .map((message) => decodeMessage(message)!)
      .find((message) => message.requestId === requestId)?.body;
  };
  const sign = (length: number): PortalBody => {
    return { kind: "sign", content: new Uint8Array(length), knownChain: new Uint8Array(0) };
  };

  test("so many signatures are made at once, and in a second", () => {
    const signer = new Signer();
    const pair = new Pair({}, { signer }).connect();
    const flood = (): (PortalBody | undefined)[] =>
      Array.from({ length: 3 * limits.SIGNATURES_BURST }, (_, i) => ask(pair, sign(32), i + 1));
    expect(flood().at(-1)).toMatchObject({ kind: "error", code: "SIGN_LIMITED" });
    expect(signer.signed).toBe(limits.SIGNATURES_BURST);
    pair.now += 500;
    flood();
    expect(signer.signed).toBe(limits.SIGNATURES_BURST + limits.SIGNATURES_PER_SECOND / 2);
  });

  test.each([0, limits.SIGNED_SIZE_MAX + 1, 60_000])("a content of %i bytes is not signed", (length) => {
    const signer = new Signer();
    const pair = new Pair({}, { signer }).connect();
    expect(ask(pair, sign(length), 1)).toMatchObject({ kind: "error", code: "SIGN_INVALID" });
    expect(signer.signed).toBe(0);
  });

  test("a link vertex without a key does not know the request", () => {
    expect(ask(new Pair().connect(), sign(32), 1)).toEqual({ kind: "unimplemented" });
  });

  test("so many wishes wait at a time", () => {
    const pair = new Pair({}, { signer: new Signer() }).connect();
    pair.isCut = true;
    const got: unknown[] = [];
    for (let i = 0; i <= limits.SIGN_REQUESTS_MAX; i++)
      pair.client.sign(content, (signed) => got.push(signed), pair.now);
    expect(got).toEqual([undefined]);
  });
});
