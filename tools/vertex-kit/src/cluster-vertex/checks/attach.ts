import { encodeMessage } from "@florenetes/portal-api";
import { controlFrame } from "../../bench/frames.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import { CLUSTER, type ClusterBench } from "../cluster-bench.ts";
import { type LinkSide } from "../link-side.ts";
import { LINKS } from "../node-config.ts";

/** The time for which a check listens for something that must not come. */
const SILENCE_MS = 400;
/** A body of a later version: field 99, of no bytes. */
const LATER_BODY = Uint8Array.of(0x9a, 0x06, 0x00);

/** Waits for the next Attach. */
async function nextAttach(side: LinkSide): Promise<ReturnType<LinkSide["all"]>[number]> {
  const known = new Set(side.heard);
  return side.until("an Attach", () => side.all("attach").find((message) => !known.has(message)));
}

/** Makes the side let go of the cluster vertex, and answer no Attach from then on. */
async function untilAttaching(side: LinkSide): Promise<void> {
  side.isAttaching = false;
  side.detach();
  await nextAttach(side);
}

export const ATTACH_CHECKS: readonly Check<ClusterBench>[] = [
  check("PA-1", "messages can be read, and have one instance in one life", async ({ one, two }) => {
    await one.heartbeat();
    await two.heartbeat();
    const instances = new Set([...one.heard, ...two.heard].map(({ instance }) => instance));
    demand(instances.size === 1, `instances ${[...instances].join(", ")}`);
    const offence = [...one.offences, ...two.offences].find(({ requirement }) => requirement === "PA-1");
    demand(offence === undefined, offence?.seen ?? "");
  }),
  check("PA-1", "another life has another instance", async (bench) => {
    const { instance } = await bench.one.heartbeat();
    await bench.vertex.kill();
    await bench.restore();
    const next = await bench.one.heartbeat();
    demand(next.instance !== instance, `${instance} again`);
  }),
  check("PC-1", "an Attach says who it is, and which versions it speaks", async ({ one }) => {
    await untilAttaching(one);
    const { body, attachment, requestId } = one.all("attach").at(-1)!;
    demand(attachment === 0, `attachment ${attachment}`);
    demand(requestId > 0, `request_id ${requestId}`);
    demand(body.cluster === CLUSTER, `cluster "${body.cluster}"`);
    demand(body.vertex === "a" || body.vertex === "", `vertex "${body.vertex}"`);
    demand(body.versionMin <= 1 && body.versionMax >= 1, `versions ${body.versionMin} to ${body.versionMax}`);
    demand(body.startedAt > 0, `started_at ${body.startedAt}`);
  }),
  check("PC-2", "an Attach is repeated under its number until it is answered", async ({ one }) => {
    await untilAttaching(one);
    one.forget();
    await one.until("four repetitions", () => one.all("attach").length >= 4, 2_000);
    const numbers = new Set(one.all("attach").map(({ requestId }) => requestId));
    demand(numbers.size === 1, `request_ids ${[...numbers].join(", ")}`);
    one.isAttaching = true;
    const attachment = await one.untilAttached();
    // With this heartbeat, all that the vertex sent before it had the answer has come.
    await one.until("a heartbeat of the attachment", () => one.all("heartbeat").at(-1)?.attachment === attachment);
    one.forget();
    await one.never("an Attach after the answer", SILENCE_MS, () => one.all("attach").length > 0);
  }),
  check("PC-3", "after a refusal it asks again, in a second", async ({ one }) => {
    await untilAttaching(one);
    const { requestId } = one.all("attach").at(-1)!;
    const start = performance.now();
    one.send({ kind: "error", code: "WRONG_CLUSTER", text: "not here" }, { requestId });
    one.forget();
    await one.until("another Attach", () => one.all("attach")[0]);
    const ms = performance.now() - start;
    // An Attach may have been on its way.
    if (ms < 100) await one.until("another Attach", () => one.all("attach")[1]);
    const waited = performance.now() - start;
    demand(waited > 700, `it asked again after ${waited.toFixed(0)} ms`);
    one.isAttaching = true;
    await one.untilAttached();
  }),
  check("PC-4", "an answer that is not that of its Attach is not believed", async ({ one }) => {
    await untilAttaching(one);
    const { requestId } = one.all("attach").at(-1)!;
    const answer = { kind: "attach-answer", startedAt: one.startedAt, version: 1, principal: "a" } as const;
    const rest = { linkMtuMax: 1_400, linksMax: 10, features: [] };
    one.send({ ...answer, ...rest }, { requestId: requestId + 1_000, attachment: 77 });
    one.send({ ...answer, ...rest, version: 9 }, { requestId, attachment: 77 });
    one.send({ ...answer, ...rest }, { requestId, attachment: 0 });
    const isBelieved = (): boolean => one.heard.some(({ attachment }) => attachment === 77) || one.wishes.size > 0;
    await one.never("a message of the attachment", 2 * SILENCE_MS, isBelieved);
    one.isAttaching = true;
    await one.untilWished(LINKS.b);
  }),
  check("PC-5", "to attach anew has a new number, and what is wanted is asked for again", async ({ one }) => {
    const before = one.all("attach").at(-1)!.requestId;
    one.forget();
    one.detach();
    const { requestId } = await one.until("an Attach", () => one.all("attach")[0]);
    demand(requestId > before, `request_id ${requestId} after ${before}`);
    for (const link of [LINKS.b, LINKS.c]) await one.untilWished(link);
  }),
  check("PC-6", "a new intent has a higher number than all before it", async ({ one }) => {
    for (let i = 0; i < 3; i++) {
      one.detach();
      for (const link of [LINKS.b, LINKS.c]) await one.untilWished(link);
    }
    const requests = one.heard.filter(({ requestId, body }) => requestId !== 0 && body.kind !== "judge-answer");
    const intents = requests.filter((message, i) => {
      return !requests.slice(0, i).some(({ requestId }) => requestId === message.requestId);
    });
    const numbers = intents.map(({ requestId }) => requestId);
    demand(
      numbers.every((number, i) => i === 0 || number > numbers[i - 1]!),
      `request_ids ${numbers.join(", ")}`,
    );
  }),
  check("PA-2", "what is no message, or has no instance, is dropped", async ({ one }) => {
    one.forget();
    const nameless = encodeMessage({
      instance: "",
      attachment: one.attachment,
      requestId: 77,
      body: { kind: "judge", question: undefined },
    });
    for (const bytes of [nameless, Uint8Array.of(0xff), Buffer.from("no message"), Buffer.alloc(60_000, 0x0a)])
      one.sendFrame(controlFrame(bytes));
    const answer = (): unknown => one.heard.find(({ requestId, body }) => requestId !== 0 || body.kind === "error");
    await one.never("an answer", SILENCE_MS, answer);
    const { attachment } = await one.heartbeat();
    demand(attachment === one.attachment, `attachment ${attachment}, not ${one.attachment}`);
  }),
  check("PA-14", "what a later version may say is answered, or ignored", async ({ one }) => {
    const { instance, attachment } = one;
    const later = (requestId: number): Uint8Array => {
      const known = encodeMessage({ instance, attachment, requestId, body: { kind: "unknown" } });
      return controlFrame(Buffer.concat([known, LATER_BODY]));
    };
    one.sendFrame(later(0));
    await one.never("an answer to what asked for none", SILENCE_MS, () => one.all("unimplemented")[0]);
    await one.until("Unimplemented", () => {
      one.sendFrame(later(4_242));
      return one.all("unimplemented").find(({ requestId }) => requestId === 4_242);
    });
    const answered = one.all("unimplemented")[0]!;
    demand(answered.attachment === attachment, `its attachment is ${answered.attachment}, not ${attachment}`);
  }),
];
