import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { type LinkSide, textOf } from "../link-side.ts";
import { LINKS } from "../node-config.ts";

const SILENCE_MS = 1_500;
/** Requests that wait for an answer at a time. */
const IN_FLIGHT_MAX = 32;
const MANY = 100;
/** A time in which a request is repeated after 100, 200, 400, 800 and 1,000 ms. */
const REPEATED_MS = 3_000;

/** Makes the side answer no request, and the cluster vertex attach anew and ask. */
async function untilAsked(side: LinkSide): Promise<number> {
  side.isAnswering = false;
  side.forget();
  side.detach();
  const asked = await side.until("an OpenLink", () => side.requests("open-link", LINKS.b)[0]);
  return asked.requestId;
}

export const WISH_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-7", "each link of the config is asked for as it stands there, at its own portal", async ({ one, two }) => {
    for (const [name, { portal, label: _, ...wish }] of Object.entries(LINKS)) {
      const side = portal === "one" ? one : two;
      const { peer, tag, role, endpoint } = await side.untilWished(wish);
      demand(JSON.stringify({ role, peer, tag, endpoint }) === JSON.stringify(wish), `${name}: ${role} ${endpoint}`);
    }
    demand(one.wishes.size === 2 && two.wishes.size === 1, `${one.wishes.size} and ${two.wishes.size} wishes`);
  }),
  check(
    "PC-8",
    "a request is repeated at growing intervals under its number, until it is answered",
    async ({ one }) => {
      const requestId = await untilAsked(one);
      await one.never("an end of the process", REPEATED_MS, () => !one.vertex.isRunning);
      const asked = one.requests("open-link", LINKS.b);
      const odd = asked.find((message) => message.requestId !== requestId);
      demand(odd === undefined, `request_id ${odd?.requestId} after ${requestId}`);
      demand(asked.length >= 4 && asked.length <= 8, `${asked.length} requests in ${REPEATED_MS / 1_000} s`);
      one.isAnswering = true;
      await one.until("another request", () => one.requests("open-link", LINKS.b).length > asked.length);
      await one.heartbeat();
      one.forget();
      await one.never("a request after the answer", SILENCE_MS, () => one.requests("open-link", LINKS.b).length > 0);
    },
  ),
  check("PC-9", "no more than 32 requests are unanswered at a time", async (bench) => {
    const { one } = bench;
    const links = Array.from({ length: MANY }, (_, i) => {
      return [`n${i}`, { portal: "one", role: "acceptor", peer: `n${i}`, label: 1_000 + i }] as const;
    });
    await bench.restartWith({ ...bench.config, links: Object.fromEntries(links), transit: [] });
    one.isAnswering = false;
    await one.until("32 requests", () => one.wishes.size >= IN_FLIGHT_MAX);
    await one.never("one more", SILENCE_MS / 3, () => one.wishes.size > IN_FLIGHT_MAX);
    one.isAnswering = true;
    await one.until(`the wishes for ${MANY} links`, () => one.wishes.size === MANY);
  }),
  check("PC-10", "what was refused is asked for again with the next attachment, and not before", async ({ one }) => {
    one.refusal = "TOO_MANY_LINKS";
    one.forget();
    one.detach();
    await one.untilWished(LINKS.b);
    await one.heartbeat();
    one.forget();
    await one.never("a request that was refused", SILENCE_MS, () => one.requests("open-link", LINKS.b).length > 0);
    one.refusal = "";
    one.detach();
    await one.untilWished(LINKS.b);
  }),
  check("PC-10", "NOT_ATTACHED is no refusal", async ({ one }) => {
    one.refusal = "NOT_ATTACHED";
    one.forget();
    one.detach();
    await one.until("three requests", () => one.requests("open-link", LINKS.b).length >= 3);
  }),
  check("PC-11", "answers of another attachment, instance or number are none", async ({ one }) => {
    const requestId = await untilAsked(one);
    const { attachment } = one;
    const others = [
      { requestId, attachment: attachment - 1 },
      { requestId, instance: "ffffffffffffffff" },
      { requestId: requestId + 500 },
    ];
    for (const envelope of others) one.send({ kind: "open-link-answer" }, envelope);
    one.send({ kind: "error", code: "TOO_MANY_LINKS", text: "" }, { requestId, instance: "ffffffffffffffff" });
    one.forget();
    await one.until("the request again, twice", () => one.requests("open-link", LINKS.b).length >= 2);
  }),
  check(
    "PC-12",
    "a link that is not wanted any more is closed, and the close is repeated until it is answered",
    async (bench) => {
      const { one } = bench;
      await bench.bringUp("b", "c", "d");
      one.isAnswering = false;
      const { c: _, ...links } = bench.config.links;
      bench.write({ ...bench.config, links, transit: [["b", "d"]] });
      bench.vertex.signal("SIGHUP");
      const closes = (): readonly number[] => one.requests("close-link", LINKS.c).map(({ requestId }) => requestId);
      await one.until("CloseLink, three times", () => closes().length >= 3);
      demand(new Set(closes()).size === 1, `request_ids ${closes().join(", ")}`);
      one.isAnswering = true;
      await one.until("CloseLink again", () => closes().length >= 4);
      await one.heartbeat();
      one.forget();
      await one.never("CloseLink after its answer", SILENCE_MS, () => closes().length > 0);
      demand(!one.wishes.has(textOf(LINKS.c)), "the link is asked for again");
      await bench.carries("b", "d");
    },
  ),
];
