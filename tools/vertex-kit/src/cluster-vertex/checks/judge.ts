import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { IDENTITY_FILES, readCertificatePem, writeCertificatePem } from "@florenetes/identity";
import { encodeMessage, type PeerQuestion } from "@florenetes/portal-api";
import { controlFrame } from "../../bench/frames.ts";
import type { Heard } from "../../bench/played-side.ts";
import { putFile } from "../../bench/place.ts";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";

const SILENCE_MS = 400;
/** Questions of a burst: far more than a vertex may answer in that time, even on a busy machine. */
const BURST = 600;
const PAUSE_MS = 5;
/** The number of questions that a vertex answers at once; in a second it answers `PER_SECOND`. */
const AT_ONCE = 64;
const ASKED_AT_ONCE = 20;
const ASKED_AGAIN_MS = 300;
const ANSWERED_MS_MAX = 60_000;
const PER_SECOND = 50;
const VECTORS = new URL("../../../../../packages/identity/vectors/x509-svid.json", import.meta.url);
/** The least number of examples of a trust bundle: each bundle costs a reload, and most with fewer examples are refused as a whole. */
const EXAMPLES_MIN = 10;
/** The end of a certificate does not count for a link that is up, so examples about the time of certificates are left out. */
const OF_TIME = /EXPIRED|NOT_YET_VALID/;

interface Vectors {
  readonly certificates: readonly string[];
  readonly examples: readonly {
    readonly what: string;
    readonly verdict: string;
    readonly cluster?: string;
    readonly chain: readonly number[];
    readonly roots: readonly number[];
  }[];
}

/** The number of the roots and lists by which the vertex judges. @throws NotJudged */
async function judgeGeneration({ one }: ClusterBench): Promise<number> {
  const { body } = await one.heartbeat();
  if (body.judgeGeneration === undefined) throw new NotJudged("its judge_generation is 0: it judges nobody");
  return body.judgeGeneration;
}

function judgeCheck(
  requirement: string,
  title: string,
  run: (bench: ClusterBench) => Promise<void>,
): Check<ClusterBench> {
  return check(requirement, title, async (bench) => {
    await judgeGeneration(bench);
    await run(bench);
  });
}

function ask({ one }: ClusterBench, question: PeerQuestion | undefined): Promise<Heard> {
  return one.ask({ kind: "judge", question });
}

/** The chain of a new certificate. */
function chainOf(
  { place }: ClusterBench,
  kind: "vertex" | "user" | "service",
  name: string,
  ca: ClusterBench["place"]["ca"] = place.ca,
): Uint8Array[] {
  return readCertificatePem(ca.issue({ kind, name }).certificateChainPem);
}

async function isRefused(bench: ClusterBench, what: string, question: PeerQuestion, code: string): Promise<void> {
  const { body } = await ask(bench, question);
  demand(body.kind === "judge-answer" && body.code === code, `${what}: ${JSON.stringify(body)}`);
}

/** Puts a file into the folder with roots and lists, and waits until the vertex tells another `judge_generation`. */
async function replace(bench: ClusterBench, name: string, text: string): Promise<void> {
  const before = await judgeGeneration(bench);
  bench.willReset();
  putFile(join(bench.files.trust, name), text);
  bench.vertex.signal("SIGHUP");
  await bench.one.until("another judge_generation", () => {
    const now = bench.one.all("heartbeat").at(-1)?.body.judgeGeneration ?? 0;
    return now !== 0 && now !== before;
  });
}

/** Asks many questions, some at a time, each until it is answered. @returns the codes of the answers, in the order of the questions */
async function codesOf({ one }: ClusterBench, questions: readonly PeerQuestion[]): Promise<readonly string[]> {
  const codes = new Map<number, string>();
  const numbers = questions.map(() => one.nextRequestId());
  let read = one.heard.length;
  let askedAt = -Infinity;
  const look = (): boolean => {
    for (; read < one.heard.length; read++) {
      const { requestId, body } = one.heard[read]!;
      if (body.kind === "judge-answer" || body.kind === "error") codes.set(requestId, body.code);
    }
    const open = numbers.filter((number) => !codes.has(number));
    if (open.length > 0 && performance.now() - askedAt >= ASKED_AGAIN_MS) {
      askedAt = performance.now();
      for (const requestId of open.slice(0, ASKED_AT_ONCE))
        one.send({ kind: "judge", question: questions[numbers.indexOf(requestId)] }, { requestId });
    }
    return open.length === 0;
  };
  await one.until(`answers to ${questions.length} questions`, look, ANSWERED_MS_MAX);
  return numbers.map((number) => codes.get(number)!);
}

export const JUDGE_CHECKS: readonly Check<ClusterBench>[] = [
  judgeCheck("PC-29", "a peer in order is accepted by name, with its end", async (bench) => {
    const chain = chainOf(bench, "vertex", "b");
    const generation = await judgeGeneration(bench);
    const questions: PeerQuestion[] = [
      { presenter: "originator", peer: "", chain, isOpen: false },
      { presenter: "originator", peer: "b", chain, isOpen: true },
      { presenter: "acceptor", peer: "b", chain, isOpen: false },
    ];
    for (const question of questions) {
      const { body } = await ask(bench, question);
      demand(body.kind === "judge-answer" && body.code === "", JSON.stringify(body));
      demand(body.name === "b" && body.principal.endsWith("/vertex/b"), `${body.principal}, named ${body.name}`);
      demand(body.goodUntil > Date.now(), `good until ${body.goodUntil}`);
      demand(body.generation === generation, `by generation ${body.generation}, not ${generation}`);
    }
  }),
  judgeCheck("PC-30", "peers that may not be there are refused, each by its code", async (bench) => {
    const good = { presenter: "acceptor", peer: "b", isOpen: false } as const;
    const { place } = bench;
    await isRefused(bench, "another name", { ...good, peer: "c", chain: chainOf(bench, "vertex", "b") }, "WRONG_NAME");
    for (const kind of ["user", "service"] as const)
      await isRefused(bench, `a ${kind}`, { ...good, chain: chainOf(bench, kind, "b") }, "WRONG_KIND");
    const stranger = chainOf(bench, "vertex", "b", place.otherCa());
    await isRefused(bench, "another CA", { ...good, chain: stranger }, "UNTRUSTED");
    const { body } = await ask(bench, { ...good, chain: chainOf(bench, "vertex", "b", place.otherCa("elsewhere")) });
    demand(body.kind === "judge-answer" && body.code !== "", `another cluster: ${JSON.stringify(body)}`);
    const garbage = await ask(bench, { ...good, chain: [Buffer.from("no certificate")] });
    demand(
      garbage.body.kind === "error" || (garbage.body.kind === "judge-answer" && garbage.body.code !== ""),
      "garbage",
    );
  }),
  judgeCheck("PC-31", "questions that make no sense are refused", async (bench) => {
    const chain = chainOf(bench, "vertex", "b");
    const good: PeerQuestion = { presenter: "acceptor", peer: "b", chain, isOpen: false };
    const bad: Readonly<Record<string, PeerQuestion | undefined>> = {
      "nothing asked": undefined,
      "an acceptor without a name": { ...good, peer: "" },
      "no certificate": { ...good, chain: [] },
    };
    const large: Readonly<Record<string, readonly Uint8Array[]>> = {
      "nine certificates": Array.from({ length: 9 }, () => chain[0]!),
      "more than 16,384 bytes": [chain[0]!, Buffer.alloc(16_384, 0x30)],
    };
    for (const [what, question] of Object.entries(bad)) {
      const { body } = await ask(bench, question);
      demand(body.kind === "error" && body.code === "INVALID_QUESTION", `${what}: ${JSON.stringify(body)}`);
    }
    for (const [what, tooMuch] of Object.entries(large)) {
      const { body } = await ask(bench, { ...good, chain: tooMuch });
      const isRefused = body.kind === "error" || (body.kind === "judge-answer" && body.code !== "");
      demand(isRefused, `${what}: ${JSON.stringify(body)}`);
    }
  }),
  judgeCheck("PC-32", "a question of another attachment, or without a number, is not answered", async (bench) => {
    const { one } = bench;
    const question: PeerQuestion = {
      presenter: "originator",
      peer: "",
      chain: chainOf(bench, "vertex", "b"),
      isOpen: false,
    };
    one.forget();
    one.send({ kind: "judge", question }, { requestId: 701, attachment: one.attachment - 1 });
    one.send({ kind: "judge", question }, { requestId: 702, instance: "ffffffffffffffff" });
    one.send({ kind: "judge", question }, { requestId: 0 });
    const answers = (): unknown => one.heard.find(({ body }) => body.kind === "judge-answer" || body.kind === "error");
    await one.never("an answer", SILENCE_MS, answers);
  }),
  judgeCheck("PC-33", "no more is answered than 64 questions at once and 50 in a second", async (bench) => {
    const { one } = bench;
    const chain = chainOf(bench, "vertex", "b");
    const question: PeerQuestion = { presenter: "originator", peer: "", chain, isOpen: false };
    // After this time the allowance that earlier checks have used is whole again.
    await sleep((AT_ONCE / PER_SECOND) * 1_000);
    one.forget();
    const start = performance.now();
    for (let requestId = 10_001; requestId <= 10_000 + BURST;) {
      const { instance, attachment } = one;
      const message = encodeMessage({ instance, attachment, requestId, body: { kind: "judge", question } });
      if (one.sendFrame(controlFrame(message)) === "") requestId++;
      else await sleep(PAUSE_MS);
    }
    // The answer to a request behind all questions comes behind all their answers.
    await one.ask({ kind: "unknown" }, {}, ANSWERED_MS_MAX);
    const answers = one.all("judge-answer").length;
    const most = AT_ONCE + ((performance.now() - start) / 1_000) * PER_SECOND + 1;
    demand(answers >= AT_ONCE, `${answers} answers to ${BURST} questions`);
    demand(answers <= most, `${answers} answers, and ${most.toFixed(0)} are the most`);
    const { body } = await ask(bench, question);
    demand(body.kind === "judge-answer", `who asks again is answered with ${body.kind}`);
  }),
  judgeCheck("PC-34", "a list that names a peer gives another judge_generation, and refuses it", async (bench) => {
    const identity = bench.place.ca.issue({ kind: "vertex", name: "b" });
    const chain = readCertificatePem(identity.certificateChainPem);
    const question: PeerQuestion = { presenter: "originator", peer: "", chain, isOpen: false };
    const before = await ask(bench, question);
    demand(before.body.kind === "judge-answer" && before.body.code === "", JSON.stringify(before.body));
    const { list } = bench.place.ca.revoke([
      { principal: { cluster: bench.place.cluster, kind: "vertex", name: "b" } },
    ]);
    await replace(bench, "crl.pem", list.pem);
    for (const isOpen of [false, true]) await isRefused(bench, "a revoked one", { ...question, isOpen }, "REVOKED");
  }),
  check("PC-35", "without roots it says that it judges nobody", async (bench) => {
    const { trust: _, ...config } = bench.config;
    await bench.restartWith(config);
    await bench.one.untilAttached();
    const { body } = await bench.one.heartbeat();
    demand(body.judgeGeneration === undefined, `judge_generation ${body.judgeGeneration}`);
    const question: PeerQuestion = {
      presenter: "originator",
      peer: "",
      chain: chainOf(bench, "vertex", "b"),
      isOpen: false,
    };
    const answer = await ask(bench, question);
    const { kind } = answer.body;
    const isRight = kind === "unimplemented" || (kind === "error" && answer.body.code === "NOT_JUDGED");
    demand(isRight, JSON.stringify(answer.body));
  }),
  judgeCheck("PC-36", "the chains for other implementations get their verdicts", async (bench) => {
    const { certificates, examples } = JSON.parse(readFileSync(VECTORS, "utf8")) as Vectors;
    const ders = certificates.map((text) => new Uint8Array(Buffer.from(text, "base64")));
    const usable = examples.filter(({ verdict, cluster }) => !OF_TIME.test(verdict) && cluster === undefined);
    const wrong: string[] = [];
    for (const ofRoots of Map.groupBy(usable, ({ roots }) => roots.join()).values()) {
      if (ofRoots.length < EXAMPLES_MIN) continue;
      await replace(bench, IDENTITY_FILES.trust, writeCertificatePem(...ofRoots[0]!.roots.map((at) => ders[at]!)));
      const questions = ofRoots.map(({ chain }): PeerQuestion => {
        return { presenter: "originator", peer: "", chain: chain.map((at) => ders[at]!), isOpen: true };
      });
      const codes = await codesOf(bench, questions);
      for (const [i, { what, verdict }] of ofRoots.entries()) {
        const isRight = verdict === "accepted" ? ["", "WRONG_KIND"].includes(codes[i]!) : codes[i] !== "";
        if (!isRight) wrong.push(`${what}: "${codes[i]}", and ${verdict} is right`);
      }
    }
    demand(wrong.length === 0, wrong.join("\n"));
  }),
];
