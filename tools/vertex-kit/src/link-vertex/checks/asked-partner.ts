import { createHash, verify, X509Certificate } from "node:crypto";
import { SIGN_CONTEXT, SIGN_FEATURE } from "@florenetes/portal-api";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { LinkBench } from "../link-bench.ts";
import { carries } from "./lives.ts";

const REFUSED_MS = 1_500;
const CONTENT = Buffer.from("what the kit has signed");
const CONTENT_MAX = 64;
/** More signatures than a vertex may ask for at once and in the second that the check takes. */
const SIGNATURES = 400;
const ECDSA_P256_SHA256 = 0x0403;
const SPACES = 64;
const CHAIN_HASH_LENGTH = 3;

/** Brings up a link about whose peers the vertices have asked. @throws NotJudged */
async function judgedLink(bench: LinkBench): Promise<Awaited<ReturnType<LinkBench["link"]>>> {
  const link = await bench.link();
  if (bench.sides.some((side) => side.all("judge").length === 0))
    throw new NotJudged("it asks its partner for no judgement");
  return link;
}

/** The hash of a chain, as Sign and SignAnswer name it. */
function hashOf(chain: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const der of chain) {
    const length = Buffer.alloc(CHAIN_HASH_LENGTH);
    length.writeUIntBE(der.length, 0, CHAIN_HASH_LENGTH);
    hash.update(length).update(der);
  }
  return hash.digest();
}

async function attachToSigner({ a }: LinkBench): Promise<void> {
  const { body } = await a.attach();
  if (!body.features.includes(SIGN_FEATURE)) throw new NotJudged("it does not have the feature `sign`");
}

export const ASKED_PARTNER_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-46", "a peer that its partner refuses gets no link", async (bench) => {
    const { a, b } = bench;
    await judgedLink(bench);
    const waitMs = await bench.refusalMs(REFUSED_MS);
    a.refusal = "UNTRUSTED";
    const tag = bench.newTag();
    for (const side of [b, a]) await side.ask({ kind: "open-link", wish: bench.wish(side, tag) });
    const told = await a.untilState(tag, "refused");
    demand(told.code === "UNTRUSTED", `a was told "${told.code}"`);
    await a.never("a link that is up", waitMs, () => a.states.get(tag)?.state === "up");
    a.refusal = "";
    await bench.untilUp(tag);
  }),
  check("PA-47", "another judge_generation has open links judged again, and a refusal ends them", async (bench) => {
    const { a } = bench;
    const link = await judgedLink(bench);
    a.forget();
    a.judgeGeneration = 2;
    await a.until("a question about an open link", () => a.all("judge").some(({ body }) => body.question?.isOpen));
    await carries(bench, link);
    a.refusal = "REVOKED";
    a.judgeGeneration = 3;
    const told = await a.until("the end of the link", () => {
      const state = a.states.get(link.tag)!;
      return state.state !== "up" && state;
    });
    demand(told.code === "REVOKED", `a was told "${told.code}"`);
  }),
  check("PA-48", "while nobody judges open links live on", async (bench) => {
    const { a } = bench;
    const link = await judgedLink(bench);
    a.judgeGeneration = 0;
    a.beat();
    await a.never("a change of the link", REFUSED_MS, () => a.states.get(link.tag)!.generation !== link.a.generation);
    await carries(bench, link);
  }),
  check("PA-48", "while nobody judges no new link comes up", async (bench) => {
    const { a, b } = bench;
    await judgedLink(bench);
    const waitMs = await bench.refusalMs(REFUSED_MS);
    a.judgeGeneration = 0;
    a.beat();
    const tag = bench.newTag();
    for (const side of [b, a]) await side.ask({ kind: "open-link", wish: bench.wish(side, tag) });
    try {
      await a.untilState(tag, "up", waitMs);
    } catch {
      a.judgeGeneration = 2;
      await bench.untilUp(tag);
      return;
    }
    throw new NotJudged("it judges by itself where its partner does not");
  }),
  check("PA-49", "a signature is that of the certificate's key, over the one context", async (bench) => {
    const { a } = bench;
    await attachToSigner(bench);
    const first = await a.ask({ kind: "sign", content: CONTENT, knownChain: new Uint8Array(0) });
    demand(first.body.kind === "sign-answer", JSON.stringify(first.body));
    const { chain, chainHash, scheme, signature } = first.body;
    demand(chain.length > 0 && hashOf(chain).equals(chainHash), "its hash is not that of its chain");
    const certificate = new X509Certificate(chain[0]!);
    demand(
      certificate.subjectAltName?.endsWith(`/vertex/${a.name}`) === true,
      `it is of ${certificate.subjectAltName}`,
    );
    const context = Buffer.from(`${" ".repeat(SPACES)}${SIGN_CONTEXT}\0`);
    const algorithm = scheme === ECDSA_P256_SHA256 ? "sha256" : null;
    const isGood = verify(algorithm, Buffer.concat([context, CONTENT]), certificate.publicKey, signature);
    demand(isGood, `a signature of scheme ${scheme} that does not fit`);
    const again = await a.ask({ kind: "sign", content: CONTENT, knownChain: chainHash });
    demand(again.body.kind === "sign-answer" && again.body.chain.length === 0, "a chain that is known comes again");
  }),
  check("PA-50", "too long, empty and too many contents are not signed", async (bench) => {
    const { a } = bench;
    await attachToSigner(bench);
    for (const size of [0, CONTENT_MAX + 1]) {
      const { body } = await a.ask({ kind: "sign", content: new Uint8Array(size), knownChain: new Uint8Array(0) });
      demand(body.kind === "error" && body.code === "SIGN_INVALID", `${size} bytes: ${JSON.stringify(body)}`);
    }
    const { body } = await a.ask({ kind: "sign", content: new Uint8Array(CONTENT_MAX), knownChain: new Uint8Array(0) });
    demand(body.kind === "sign-answer", `${CONTENT_MAX} bytes: ${JSON.stringify(body)}`);
    let asked = 0;
    await a.until("SIGN_LIMITED", () => {
      for (let i = 0; i < 20 && asked < SIGNATURES; i++, asked++)
        a.send({ kind: "sign", content: CONTENT, knownChain: new Uint8Array(0) }, { requestId: a.nextRequestId() });
      return a.all("error").some((answer) => answer.body.code === "SIGN_LIMITED");
    });
    await a.heartbeat();
  }),
];
