import { readFileSync } from "node:fs";
import { LABEL_MAX } from "@florenetes/forwarding";
import {
  encodeChain,
  hashChain,
  contextCheck,
  judgePeer,
  Revocations,
  writeCertificatePem,
} from "@florenetes/identity";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeSealing } from "../../src/trace/drivers/sealing.ts";
import {
  decodeAnswerContent,
  decodeChainPart,
  encodeAnswerContent,
  encodeChainPart,
} from "../../src/trace/answer-content.ts";
import { CHAIN_PART_SIZE, CHAIN_PARTS_MAX } from "../../src/trace/limits.ts";
import {
  decodeToldVertex,
  encodeToldVertex,
  type ToldLink,
  type ToldReason,
  type ToldVertex,
} from "../../src/trace/told-vertex.ts";
import {
  answerHead,
  decodeAnswer,
  decodeQuestion,
  encodeQuestion,
  QUESTION_SIZE,
} from "../../src/trace/trace-message.ts";

interface Vectors {
  readonly questions: readonly {
    readonly name: string;
    readonly number: number;
    readonly labels: readonly number[];
    readonly next: number;
    readonly secret: string;
    readonly payload: string;
  }[];
  readonly answers: readonly {
    readonly name: string;
    readonly number: number;
    readonly questionSecret: string;
    readonly answerSecret: string;
    readonly told: ToldVertex;
    readonly content: string;
    readonly payload: string;
  }[];
  readonly signed: readonly (Vectors["answers"][number] & {
    readonly root: string;
    readonly chain: readonly string[];
    readonly digest: string;
    readonly proof: {
      readonly scheme: number;
      readonly signature: string;
      readonly chainHash: string;
      readonly parts: number;
    };
  })[];
  readonly parts: readonly {
    readonly name: string;
    readonly chain: readonly string[];
    readonly chainHash: string;
    readonly part: number;
    readonly parts: number;
    readonly content: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("../../vectors/trace.json", import.meta.url), "utf8")) as Vectors;
const keyOf = (secret: Uint8Array) => nodeSealing(() => secret).makeKey();
const sealing = nodeSealing(() => new Uint8Array(32));
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const label = fc.integer({ min: 0, max: LABEL_MAX });
const name = fc.stringMatching(/^[a-z0-9]{1,20}$/);
const linkThat = (isUp: boolean): fc.Arbitrary<ToldLink> =>
  fc.record({
    peer: name,
    isUp: fc.constant(isUp),
    sinceMs: fc.integer({ min: 0, max: 2 ** 40 }),
    mtu: fc.integer({ min: 0, max: 65_535 }),
    preferredMtu: fc.integer({ min: 0, max: 65_535 }),
  });
const link = fc.oneof(linkThat(true), linkThat(false));
const reason = fc.record({
  code: fc.stringMatching(/^[A-Z][A-Z_]{0,20}$/),
  text: fc.stringMatching(/^[a-z /:]{0,160}$/),
});
const head = {
  vertex: name,
  clock: fc.integer({ min: 0, max: 2 ** 45 }),
  cause: fc.integer({ min: 0, max: 255 }),
  label,
  word: fc.integer({ min: 0, max: 15 }),
  inLink: link,
  isPermitted: fc.boolean(),
};
const none = { outLink: fc.constant(undefined), outReason: fc.constant(undefined), service: fc.constant("") };
const told: fc.Arbitrary<ToldVertex> = fc.oneof(
  fc.record({ ...head, ...none, meaning: fc.constantFrom("untold", "unknown", "lspEnd") }),
  fc.record({ ...head, ...none, meaning: fc.constantFrom("link", "lsp"), outLink: linkThat(true) }),
  fc.record({ ...head, ...none, meaning: fc.constantFrom("link", "lsp"), outLink: linkThat(false), outReason: reason }),
  fc.record({ ...head, ...none, meaning: fc.constant("service"), service: name }),
);

describe("vectors", () => {
  test.each(vectors.questions)("question: $name", ({ number, labels, next, secret, payload }) => {
    const { publicKey: key } = keyOf(bytesOf(secret));
    const written = new Uint8Array(payload.length / 2);
    encodeQuestion(written, { number, part: 0, labels, next, key });
    expect(hexOf(written)).toBe(payload);
    expect(decodeQuestion(bytesOf(payload))).toEqual({ number, part: 0, labels, next, key });
  });

  test.each(vectors.answers)(
    "answer: $name",
    ({ number, questionSecret, answerSecret, told: said, content, payload }) => {
      const asked = keyOf(bytesOf(questionSecret));
      const own = keyOf(bytesOf(answerSecret));
      const head = answerHead(number, own.publicKey);
      const body = encodeToldVertex(said);
      expect(hexOf(Uint8Array.from([body.length >> 8, body.length & 255, ...body, 0, 0, 0]))).toBe(content);
      const sealed = sealing.seal(own, asked.publicKey, head, bytesOf(content))!;
      expect(hexOf(Buffer.concat([head, sealed]))).toBe(payload);
      const answer = decodeAnswer(bytesOf(payload))!;
      expect(hexOf(sealing.open(asked, answer.key, head, answer.sealed)!)).toBe(content);
      expect(decodeToldVertex(body)).toEqual(said);
    },
  );
});

describe("vectors of proofs", () => {
  test.each(vectors.signed)("$name", ({ number, questionSecret, answerSecret, told: said, ...vector }) => {
    const asked = keyOf(bytesOf(questionSecret));
    const head = answerHead(number, keyOf(bytesOf(answerSecret)).publicKey);
    const told = encodeToldVertex(said);
    const { scheme, parts } = vector.proof;
    const [signature, chainHash] = [bytesOf(vector.proof.signature), bytesOf(vector.proof.chainHash)];
    const proof = { scheme, signature, chainHash, parts };
    expect(hexOf(encodeAnswerContent({ told, proof }))).toBe(vector.content);
    expect(decodeAnswerContent(bytesOf(vector.content))).toEqual({ told, proof });
    const answer = decodeAnswer(bytesOf(vector.payload))!;
    expect(hexOf(sealing.open(asked, answer.key, head, answer.sealed)!)).toBe(vector.content);
    const digest = sealing.digest(asked.publicKey, head, told);
    expect(hexOf(digest)).toBe(vector.digest);
    const chain = vector.chain.map(bytesOf);
    expect(hashChain(chain)).toEqual(chainHash);
    expect(contextCheck(chain[0]!, "florenetes trace answer 1")(digest, proof)).toBe(true);
    const expected = {
      cluster: "demo",
      kinds: ["vertex"] as const,
      trustBundlePem: writeCertificatePem(bytesOf(vector.root)),
    };
    const rules = { revocations: new Revocations({ isRequired: false, graceMs: 0 }), expiryGraceMs: 0 };
    const at = { wall: new Date("2026-11-20T00:00:00Z"), monotonic: 0 };
    expect(judgePeer(chain, expected, rules, at)).toMatchObject({ principal: { name: said.vertex } });
  });

  test.each(vectors.parts)("$name", ({ chain, chainHash, part, parts, content }) => {
    const octets = encodeChain(chain.map(bytesOf));
    expect(hexOf(encodeChainPart(bytesOf(chainHash), octets, part)!)).toBe(content);
    const own = octets.subarray((part - 1) * 1_024, part * 1_024);
    expect(decodeChainPart(bytesOf(content))).toEqual({ chainHash: bytesOf(chainHash), part, parts, octets: own });
  });
});

describe("whatever comes", () => {
  test("bytes of anybody are an answer or a part within the bounds, or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_300 }), (bytes) => {
        const answer = decodeAnswerContent(bytes);
        if (answer?.proof !== undefined) {
          expect(answer.proof.chainHash.length).toBe(32);
          expect(answer.proof.parts).toBeLessThanOrEqual(CHAIN_PARTS_MAX);
          expect(answer.proof.signature.length).toBeGreaterThan(0);
        }
        const part = decodeChainPart(bytes);
        if (part !== undefined) expect(part.octets.length).toBeLessThanOrEqual(CHAIN_PART_SIZE);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    [0, 34],
    [CHAIN_PARTS_MAX + 1, 70],
  ])("a proof whose chain has %i parts is no answer", (parts, size) => {
    const proof = { scheme: 1, signature: new Uint8Array(size), chainHash: new Uint8Array(32), parts };
    expect(decodeAnswerContent(encodeAnswerContent({ told: new Uint8Array(3), proof }))).toBeUndefined();
  });

  test("a question is read as it was written", () => {
    const question = fc.record({
      number: fc.nat(),
      part: fc.integer({ min: 0, max: 255 }),
      labels: fc.array(label, { minLength: 1, maxLength: 16 }),
      next: label,
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    });
    fc.assert(
      fc.property(question, fc.nat(100), (asked, more) => {
        const payload = new Uint8Array(QUESTION_SIZE + more).fill(0xa5);
        encodeQuestion(payload, asked);
        expect(decodeQuestion(payload)).toEqual(asked);
      }),
    );
  });

  test("a vertex is understood as it has told", () => {
    fc.assert(
      fc.property(told, fc.uint8Array({ maxLength: 9 }), (said, later) => {
        const bytes = encodeToldVertex(said);
        expect(decodeToldVertex(Uint8Array.from([...bytes, ...later]))).toEqual(said);
        // Vertices of earlier versions say nothing of why a link is down.
        const unsaid = { ...said, outReason: undefined };
        const needed = encodeToldVertex(unsaid).length;
        for (let end = 0; end < bytes.length; end++) {
          const cut = decodeToldVertex(bytes.subarray(0, end));
          expect(cut).toEqual(end < needed ? undefined : unsaid);
        }
      }),
    );
  });

  test("words that are no reason, or do not suit a terminal, are not shown", () => {
    const said = fc.sample(told, 1)[0]!;
    const down = { ...said, meaning: "link" as const, service: "", outLink: { ...said.inLink, isUp: false } };
    const read = (outReason: ToldReason): ToldReason | undefined =>
      decodeToldVertex(encodeToldVertex({ ...down, outReason }))!.outReason;
    expect(read({ code: "\u001b[2J", text: "" })).toBe(undefined);
    expect(read({ code: "EXPIRED", text: "\u001b[2J" })).toEqual({ code: "EXPIRED", text: "\\u{1b}[2J" });
    expect(read({ code: "EXPIRED", text: "x".repeat(250) })!.text.length).toBe(160);
  });

  test("a vertex with names that are none, or a link that it does not tell, is not understood", () => {
    const said = fc.sample(told, 1)[0]!;
    for (const wrong of [
      { vertex: "\u001b[2J" },
      { vertex: "" },
      { inLink: { ...said.inLink, peer: "a\nb" } },
      { meaning: "service" as const, service: "no name", outLink: undefined },
      { meaning: "link" as const, service: "", outLink: undefined },
      { meaning: "unknown" as const, service: "web", outLink: undefined },
    ]) {
      expect(decodeToldVertex(encodeToldVertex({ ...said, ...wrong }))).toBe(undefined);
    }
  });

  test("bytes of anybody are no question, no answer and no vertex, or are read without harm", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        decodeQuestion(bytes);
        decodeToldVertex(Uint8Array.from([1, ...bytes]));
        const answer = decodeAnswer(Uint8Array.from([4, 0x54, 0x52, 0x51, ...bytes]));
        if (answer === undefined) return;
        const head = answerHead(answer.number, answer.key);
        expect(sealing.open(keyOf(new Uint8Array(32).fill(1)), answer.key, head, answer.sealed)).toBe(undefined);
      }),
    );
  });

  test("an answer that was changed anywhere does not open, nor one to another question, nor one to a key that is none", () => {
    const [asked, own, other] = [1, 2, 3].map((fill) => keyOf(new Uint8Array(32).fill(fill))) as [
      ReturnType<typeof keyOf>,
      ReturnType<typeof keyOf>,
      ReturnType<typeof keyOf>,
    ];
    const head = answerHead(5, own.publicKey);
    const sealed = sealing.seal(own, asked.publicKey, head, new Uint8Array(50))!;
    expect(sealing.open(asked, own.publicKey, head, sealed)).toBeDefined();
    for (let at = 0; at < sealed.length; at++) {
      expect(sealing.open(asked, own.publicKey, head, sealed.with(at, sealed[at]! ^ 1))).toBe(undefined);
    }
    expect(sealing.open(other, own.publicKey, head, sealed)).toBe(undefined);
    expect(sealing.open(asked, own.publicKey, answerHead(6, own.publicKey), sealed)).toBe(undefined);
    expect(sealing.seal(own, new Uint8Array(32), head, new Uint8Array(1))).toBe(undefined);
  });
});
