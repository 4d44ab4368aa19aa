/** The asker judges who has signed the answers to a trace, whatever they send him. */
import { encodeChain, hashChain, Revocations } from "@florenetes/identity";
import { makeAuthority } from "@florenetes/identity/authority";
import type { PeerJudge } from "@florenetes/portal-api";
import { describe, expect, test } from "vitest";
import { NO_PINS } from "../../src/config/vertex-pins.ts";
import { VertexJudge } from "../../src/connection/vertex-judge.ts";
import { type ChainPart, decodeChainPart, encodeChainPart } from "../../src/trace/answer-content.ts";
import * as limits from "../../src/trace/limits.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import type { ToldVertex } from "../../src/trace/told-vertex.ts";
import { type SignedAnswer, TraceProofs } from "../../src/trace/trace-proofs.ts";
import { authority, TestSigner } from "./signers.ts";

const digest = new Uint8Array(32).fill(7);

function judgeAt(at = new Date(), roots: string | undefined = authority.certificatePem): PeerJudge {
  return new VertexJudge({
    config: () => ({ cluster: "demo", expiryGraceMs: 0, pins: NO_PINS, links: new SlotMap() }),
    holdings: { roots, revocations: new Revocations({ isRequired: false, graceMs: 0 }) },
    time: { now: () => 0, wallClock: () => at },
  });
}

/** An answer in the name of a vertex. */
function answerOf(vertex: string, signer: TestSigner, change: Partial<SignedAnswer["proof"]> = {}): SignedAnswer {
  const { scheme, signature, chainHash, chain } = signer.signOf(digest);
  const parts = Math.ceil(encodeChain(chain).length / limits.CHAIN_PART_SIZE);
  const link = { peer: "a", isUp: true, sinceMs: 0, mtu: 0, preferredMtu: 0 };
  const place = { clock: 0, cause: 10, label: 2, word: 0, inLink: link, isPermitted: false, outLink: undefined };
  const told: ToldVertex = { ...place, outReason: undefined, vertex, meaning: "untold", service: "" };
  const proof = { scheme, signature, chainHash, parts, ...change };
  return { question: { hop: 1, next: 0, size: 1_280 }, told, proof, signed: digest };
}

function partOf(chain: readonly Uint8Array[], part = 1): ChainPart {
  return decodeChainPart(encodeChainPart(hashChain(chain), encodeChain(chain), part)!)!;
}

class Asker {
  readonly told: string[] = [];
  readonly proofs: TraceProofs;

  constructor(judge = judgeAt()) {
    this.proofs = new TraceProofs(judge, (hop, { vertex }, proof, text) => {
      this.told.push(`${hop} ${vertex} ${proof}${text === "" ? "" : `: ${text}`}`);
    });
  }

  asked(): number[] {
    const parts: number[] = [];
    for (let next = this.proofs.pollQuestion(); next !== undefined; next = this.proofs.pollQuestion())
      parts.push(next.part);
    return parts;
  }
}

describe("a signature", () => {
  const signer = new TestSigner("b");
  const chain = signer.signingChain();

  test("is judged when the chain has come, which is asked for once", () => {
    const asker = new Asker();
    for (let i = 0; i < 3; i++) asker.proofs.handleAnswer(answerOf("b", signer), 0);
    expect([asker.asked(), asker.told, asker.proofs.isSettled]).toEqual([[1], [], false]);
    asker.proofs.handlePart(partOf(chain));
    asker.proofs.handleAnswer(answerOf("b", signer), 1);
    expect(asker.told).toEqual(Array.from({ length: 4 }, () => "1 b signed"));
    expect([asker.asked(), asker.proofs.isSettled, asker.proofs.nextTimeout()]).toEqual([[], true, Infinity]);
  });

  test("by another vertex than the one that is named is forged", () => {
    const asker = new Asker();
    asker.proofs.handleAnswer(answerOf("c", signer), 0);
    asker.proofs.handlePart(partOf(chain));
    expect(asker.told).toEqual(["1 c forged: an answer that names c is signed by b"]);
  });

  test.each([
    ["of something else", { signature: signer.signOf(new Uint8Array(32)).signature }],
    ["with another vertex's chain", new TestSigner("b").signOf(digest)],
    ["by another algorithm than the key's", { scheme: 0x0807 }],
    ["that is none", { signature: new Uint8Array(9) }],
  ])("%s is forged", (_, change) => {
    const asker = new Asker();
    const answer = answerOf("b", signer, { ...change, chainHash: hashChain(chain) });
    asker.proofs.handleAnswer(answer, 0);
    asker.proofs.handlePart(partOf(chain));
    expect(asker.told).toEqual(["1 b forged: an answer that names b does not fit its signature"]);
  });

  test("to another question, replayed, is forged", () => {
    const asker = new Asker();
    asker.proofs.handleAnswer({ ...answerOf("b", signer), signed: new Uint8Array(32).fill(8) }, 0);
    asker.proofs.handlePart(partOf(chain));
    expect(asker.told).toEqual([expect.stringContaining("forged")]);
  });

  test("with a certificate that is not accepted is told with the reason", () => {
    const stranger = new TestSigner("b", makeAuthority({ cluster: "demo" }, new Date()));
    const late = new Asker(judgeAt(new Date(Date.now() + 400 * 86_400_000)));
    const strange = new Asker();
    late.proofs.handleAnswer(answerOf("b", signer), 0);
    late.proofs.handlePart(partOf(chain));
    strange.proofs.handleAnswer(answerOf("b", stranger), 0);
    strange.proofs.handlePart(partOf(stranger.signingChain()));
    expect(late.told).toEqual([expect.stringMatching(/^1 b refused: CERTIFICATE_REFUSED: .* it was valid until /)]);
    expect(strange.told).toEqual([expect.stringMatching(/^1 b refused: UNTRUSTED: /)]);
  });

  test("is not judged without roots", () => {
    const asker = new Asker(judgeAt(new Date(), ""));
    const none = new Asker({ generation: 0, judge: () => expect.fail("there is nothing to judge by") });
    none.proofs.handleAnswer(answerOf("b", signer), 0);
    none.proofs.handlePart(partOf(chain));
    expect(none.told).toEqual([expect.stringContaining("unverified: this vertex has no roots")]);
    expect(asker.told).toEqual([]);
  });
});

describe("parts", () => {
  const signer = new TestSigner("b");
  const large = [...signer.signingChain(), new Uint8Array(3_000).fill(1)];
  const hash = hashChain(large);
  const answer = (): SignedAnswer => answerOf("b", signer, { chainHash: hash, parts: 4 });

  test("that have not come are asked for again, and given up", () => {
    const asker = new Asker();
    asker.proofs.handleAnswer(answer(), 0);
    expect(asker.asked()).toEqual([1, 2, 3, 4]);
    asker.proofs.handlePart(partOf(large, 2));
    asker.proofs.handleTimeout(limits.PART_MS - 1);
    expect(asker.asked()).toEqual([]);
    asker.proofs.handleTimeout(asker.proofs.nextTimeout());
    expect(asker.asked()).toEqual([1, 3, 4]);
    for (let now = limits.PART_MS; !asker.proofs.isSettled && now < 10_000; now += limits.PART_MS) {
      asker.proofs.handleTimeout(now);
      asker.asked();
    }
    expect(asker.told).toEqual(["1 b unverified: its certificate has not come"]);
  });

  test("of a chain that is not what was signed with make none", () => {
    const asker = new Asker();
    asker.proofs.handleAnswer(answer(), 0);
    for (let part = 1; part <= 4; part++) {
      const { octets, ...rest } = partOf(large, part);
      asker.proofs.handlePart({ ...rest, octets: part === 3 ? octets.with(9, octets[9]! ^ 1) : octets });
    }
    expect(asker.told).toEqual(["1 b unverified: its certificate has come broken"]);
  });

  test("that nobody has asked for, or of another number, are not taken", () => {
    const asker = new Asker();
    asker.proofs.handlePart(partOf(large));
    asker.proofs.handleAnswer(answerOf("b", signer, { parts: 2 }), 0);
    for (let i = 0; i < 100; i++) asker.proofs.handlePart(partOf(signer.signingChain()));
    expect(asker.told).toEqual([]);
  });

  test("are asked for up to a bound, however many chains and answers there are", () => {
    const asker = new Asker();
    let asked = 0;
    for (let i = 0; i < 4 * limits.CHAINS_MAX; i++) {
      const chainHash = new Uint8Array(32).fill(i);
      for (let k = 0; k < 10; k++) {
        asker.proofs.handleAnswer(answerOf("b", signer, { chainHash, parts: limits.CHAIN_PARTS_MAX }), 0);
      }
      asked += asker.asked().length;
    }
    for (let now = 0; now < 10_000; now += limits.PART_MS) {
      asker.proofs.handleTimeout(now);
      asked += asker.asked().length;
    }
    expect(asked).toBeLessThanOrEqual(limits.PART_QUESTIONS_MAX);
    expect(asker.proofs.isSettled).toBe(true);
    expect(new Set(asker.told)).toEqual(
      new Set(["1 b unverified: its certificate has not come", "1 b unverified: there are too many certificates"]),
    );
  });
});
