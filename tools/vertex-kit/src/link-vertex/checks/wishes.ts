import { createSocket } from "node:dgram";
import { once } from "node:events";
import { CALL_LIMIT_FEATURE, type LinkWish } from "@florenetes/portal-api";
import type { LinkBench } from "../link-bench.ts";
import type { ClusterSide } from "../cluster-side.ts";
import { check, type Check, checkAlone } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";

const SILENCE_MS = 400;
/** A time within which a link comes up. */
const NO_LINK_MS = 1_500;
/** The largest table that a check fills. */
const LINKS_MAX = 10_000;
/** Datagrams that an endpoint which answers nothing may be sent, and a time in which a vertex that has no limit sends more. */
const UNANSWERED_MAX = 2;
const CALLS_MS = 4_000;
/** OpenLinks on their way at a time. */
const IN_FLIGHT = 32;

/** A wish for a link without another end, whose state does not change. */
function lonelyWish(tag: string): LinkWish {
  return { peer: "nobody", tag, role: "acceptor", endpoint: "" };
}

/** Demands that a late request is not answered. */
async function unanswered(side: ClusterSide, requestId: number): Promise<void> {
  await side.never("an answer to a late request", SILENCE_MS, () => side.heard.find((m) => m.requestId === requestId));
}

async function isRefused({ a }: LinkBench, wish: LinkWish | undefined, code: string, what: string): Promise<void> {
  const { body } = await a.ask({ kind: "open-link", wish });
  demand(body.kind === "error" && body.code === code, `${what}: ${JSON.stringify(body)}`);
}

export const WISH_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-15", "answers have the attachment and the request_id of their requests", async (bench) => {
    const { a } = bench;
    const first = await a.attach();
    const open = { kind: "open-link", wish: lonelyWish(bench.newTag()) } as const;
    const taken = await a.ask(open);
    demand(taken.attachment === first.attachment, `attachment ${taken.attachment}, not ${first.attachment}`);
    await a.attach();
    const late = await a.ask(open, { attachment: first.attachment });
    demand(late.attachment === first.attachment, `attachment ${late.attachment}, not ${first.attachment}`);
  }),
  check("PA-16", "an OpenLink is answered, and its link is told", async (bench) => {
    const { a } = bench;
    const tag = bench.newTag();
    await a.attach();
    const { body } = await a.ask({ kind: "open-link", wish: lonelyWish(tag) });
    demand(body.kind === "open-link-answer", JSON.stringify(body));
    await a.untilState(tag, "connecting");
  }),
  check("PA-17", "a repeated OpenLink is answered, and changes nothing", async (bench) => {
    const { a } = bench;
    const tag = bench.newTag();
    await a.attach();
    const { requestId } = await a.ask({ kind: "open-link", wish: lonelyWish(tag) });
    const told = await a.untilState(tag, "connecting");
    a.forget();
    const again = await a.ask({ kind: "open-link", wish: lonelyWish(tag) }, { requestId });
    demand(again.body.kind === "open-link-answer", JSON.stringify(again.body));
    await a.never("a change of the link", SILENCE_MS, () => a.states.get(tag)!.generation !== told.generation);
  }),
  check("PA-18", "a late OpenLink is ignored", async (bench) => {
    const { a } = bench;
    const tag = bench.newTag();
    await a.attach();
    const [late, claim, later, close] = Array.from({ length: 4 }, () => a.nextRequestId()) as [
      number,
      number,
      number,
      number,
    ];
    await a.ask({ kind: "open-link", wish: lonelyWish(tag) }, { requestId: claim });
    await a.untilState(tag, "connecting");
    const other = { ...lonelyWish(tag), role: "originator", endpoint: bench.wish(a, tag).endpoint } as const;
    a.send({ kind: "open-link", wish: other }, { requestId: late });
    await unanswered(a, late);
    await a.ask({ kind: "close-link", key: { peer: "nobody", tag } }, { requestId: close });
    a.states.delete(tag);
    a.send({ kind: "open-link", wish: lonelyWish(tag) }, { requestId: later });
    await unanswered(a, later);
    demand(!a.states.has(tag), "the link that was closed is told again");
  }),
  check("PA-20", "a link with another role is closed, and opened anew", async (bench) => {
    const { a, b } = bench;
    const { tag, a: before } = await bench.link();
    await a.ask({ kind: "open-link", wish: bench.wish(a, tag, "acceptor") });
    await a.until("another state of the link", () => a.states.get(tag)!.state !== "up");
    await b.until("the end of the link", () => b.states.get(tag)!.state !== "up");
    await a.ask({ kind: "open-link", wish: bench.wish(a, tag) });
    const { a: after } = await bench.untilUp(tag);
    demand(after.handle !== before.handle, `the new session has the handle ${after.handle} of the one before`);
  }),
  check("PA-21", "wishes that make no sense are refused", async (bench) => {
    await bench.a.attach();
    const wish = (other: Partial<LinkWish>): LinkWish => ({ ...lonelyWish(bench.newTag()), ...other });
    const bad: Readonly<Record<string, LinkWish | undefined>> = {
      "without a key": undefined,
      "without a peer": wish({ peer: "" }),
      "without a tag": wish({ tag: "" }),
      "without a role": wish({ role: "none" as LinkWish["role"] }),
      "an originator without an endpoint": wish({ role: "originator" }),
      "a peer of 256 code points": wish({ peer: "x".repeat(256) }),
      "a tag of 65 code points": wish({ tag: "x".repeat(65) }),
      "an endpoint of 1,025 code points": wish({ role: "originator", endpoint: "x".repeat(1_025) }),
      "a tag with a line break": wish({ tag: "one\ntwo" }),
    };
    for (const [what, one] of Object.entries(bad)) await isRefused(bench, one, "INVALID_WISH", what);
  }),
  checkAlone("PA-22", "so many links as links_max are kept, and no more", async (bench) => {
    const { a } = bench;
    // Links of earlier checks would count.
    await a.vertex.kill();
    await bench.restore();
    const { body } = await a.attach();
    if (body.linksMax > LINKS_MAX) throw new NotJudged(`links_max is ${body.linksMax}`);
    for (let first = 0; first < body.linksMax; first += IN_FLIGHT) {
      const count = Math.min(IN_FLIGHT, body.linksMax - first);
      const wishes = Array.from({ length: count }, (_, i) => ({ ...lonelyWish(`t${first + i}`) }));
      const answers = await Promise.all(wishes.map((wish) => a.ask({ kind: "open-link", wish })));
      const refused = answers.find((answer) => answer.body.kind !== "open-link-answer");
      demand(refused === undefined, `of links ${first} to ${first + count}: ${JSON.stringify(refused?.body)}`);
      a.forget();
    }
    await isRefused(bench, lonelyWish("one more"), "TOO_MANY_LINKS", "one more");
    await a.until(`the states of ${body.linksMax} links`, () => a.states.size >= body.linksMax);
    await a.vertex.kill();
  }),
  check("PA-23", "the longest names are told as they are", async (bench) => {
    const { a } = bench;
    await a.attach();
    const tag = `${bench.newTag()}ß`.padEnd(64, "ß");
    const peer = "ü".repeat(255);
    const { body } = await a.ask({ kind: "open-link", wish: { ...lonelyWish(tag), peer } });
    demand(body.kind === "open-link-answer", JSON.stringify(body));
    const told = await a.until("its state under its own name", () => a.states.get(tag));
    demand(told.peer === peer, `the peer is told as ${told.peer}`);
  }),
  check("PA-24", "a CloseLink ends its link, and is answered in any case", async (bench) => {
    const { a, b } = bench;
    const { tag } = await bench.link();
    await a.ask({ kind: "close-link", key: bench.wish(a, tag) });
    a.states.delete(tag);
    const { code } = await b.until("the end of the link", () => b.states.get(tag)!.state !== "up" && b.states.get(tag));
    demand(code !== "" && code !== "SILENT", `b was told "${code}"`);
    await a.never("a state of a link that is closed", SILENCE_MS, () => a.states.get(tag));
    const { body } = await a.ask({ kind: "close-link", key: { peer: "nobody", tag: "never there" } });
    demand(body.kind === "close-link-answer", JSON.stringify(body));
  }),
  check("PA-25", "a late CloseLink is ignored", async (bench) => {
    const { a } = bench;
    const tag = bench.newTag();
    await a.attach();
    const late = a.nextRequestId();
    await a.ask({ kind: "open-link", wish: lonelyWish(tag) });
    const { generation } = await a.untilState(tag, "connecting");
    a.send({ kind: "close-link", key: { peer: "nobody", tag } }, { requestId: late });
    await unanswered(a, late);
    a.begin();
    await a.attach();
    await a.ask({ kind: "open-link", wish: lonelyWish(tag) });
    const told = await a.untilState(tag, "connecting");
    demand(told.generation > generation, `generation ${told.generation} after ${generation}`);
  }),
  check("PA-27", "requests of another attachment or instance are refused, and change nothing", async (bench) => {
    const { a } = bench;
    const { attachment } = await a.attach();
    await a.attach();
    const tag = bench.newTag();
    for (const envelope of [{ attachment }, { instance: "ffffffffffffffff" }]) {
      for (const body of [
        { kind: "open-link", wish: lonelyWish(tag) },
        { kind: "close-link", key: lonelyWish(tag) },
      ] as const) {
        const answer = await a.ask(body, envelope);
        const { body: said } = answer;
        demand(said.kind === "error" && said.code === "NOT_ATTACHED", `${body.kind}: ${JSON.stringify(said)}`);
      }
    }
    await a.never("a state of the link", SILENCE_MS, () => a.states.get(tag));
  }),
  check("PA-34", "an originator that is not wanted waits until it is", async (bench) => {
    const { a, b } = bench;
    const waitMs = await bench.refusalMs(NO_LINK_MS);
    const tag = bench.newTag();
    await a.ask({ kind: "open-link", wish: bench.wish(a, tag) });
    await a.never("a link that only one side has asked for", waitMs, () => a.states.get(tag)?.state === "up");
    await b.ask({ kind: "open-link", wish: bench.wish(b, tag) });
    await bench.untilUp(tag);
  }),
  check("PA-54", "an endpoint that answers nothing is sent no more datagrams than the wish says", async (bench) => {
    const { a } = bench;
    const { body } = await a.attach();
    if (!body.features.includes(CALL_LIMIT_FEATURE)) throw new NotJudged("it does not have the feature `call-limit`");
    const tag = bench.newTag();
    const usual = bench.wish(a, tag);
    if (!usual.endpoint.startsWith("udp://")) throw new NotJudged("its endpoints are no UDP addresses");
    const silent = createSocket("udp4");
    let datagrams = 0;
    silent.on("message", () => datagrams++);
    silent.bind(0, "127.0.0.1");
    await once(silent, "listening");
    try {
      const endpoint = `udp://127.0.0.1:${silent.address().port}`;
      const wish = { ...usual, endpoint, unansweredMax: UNANSWERED_MAX };
      const isBeyond = (): boolean => datagrams > UNANSWERED_MAX;
      await a.ask({ kind: "open-link", wish });
      await a.until("a call", () => datagrams > 0);
      await a.never("a datagram beyond the limit", CALLS_MS, isBeyond);
      await a.ask({ kind: "open-link", wish });
      await a.never("a datagram beyond the limit, for the same wish", SILENCE_MS, isBeyond);
    } finally {
      silent.close();
    }
  }),
  check("PA-35", "two originators make no link, nor do two acceptors", async (bench) => {
    const waitMs = await bench.refusalMs(NO_LINK_MS);
    for (const role of ["originator", "acceptor"] as const) {
      const tag = bench.newTag();
      for (const side of bench.sides) await side.ask({ kind: "open-link", wish: bench.wish(side, tag, role) });
      const isUp = (): boolean => bench.sides.some((side) => side.states.get(tag)?.state === "up");
      await bench.a.never(`a link of two ${role}s`, waitMs, isUp);
      for (const side of bench.sides) await side.until("a state of the link", () => side.states.get(tag));
    }
  }),
];
