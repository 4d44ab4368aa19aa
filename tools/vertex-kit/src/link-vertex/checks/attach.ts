import { encodeMessage } from "@florenetes/portal-api";
import { controlFrame } from "../../bench/frames.ts";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { LinkBench } from "../link-bench.ts";

/** The time for which a check listens for an answer that must not come. */
const SILENCE_MS = 400;
const DAY_MS = 86_400_000;
/** A request_id that no side comes to by counting. */
const NAMELESS = 9_000;
/** A body of a later version: field 99, of no bytes. */
const LATER_BODY = Uint8Array.of(0x9a, 0x06, 0x00);

export const ATTACH_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-1", "messages can be read, and have one instance in one life", async ({ a }) => {
    const { instance } = await a.attach();
    await a.heartbeat();
    const others = a.heard.filter((message) => message.instance !== instance);
    demand(others.length === 0, `instances ${instance} and ${others[0]?.instance}`);
    const offence = a.offences.find(({ requirement }) => requirement === "PA-1");
    demand(offence === undefined, offence?.seen ?? "");
  }),
  check("PA-1", "another life has another instance", async (bench) => {
    const { a } = bench;
    const { instance } = await a.attach();
    await a.vertex.kill();
    await bench.restore();
    const next = await a.attach();
    demand(next.instance !== instance, `${instance} again`);
  }),
  check("PA-2", "what is no message, or has no instance, is dropped", async ({ a }) => {
    await a.attach();
    a.forget();
    const nameless = encodeMessage({ instance: "", attachment: 0, requestId: NAMELESS, body: a.attachBody() });
    for (const bytes of [nameless, Uint8Array.of(0xff), Buffer.from("no message"), Buffer.alloc(60_000, 0x0a)])
      a.sendFrame(controlFrame(bytes));
    // On a busy machine earlier requests were sent again, and are answered again: those answers do not count.
    const answer = (): unknown =>
      a.heard.find(({ requestId, body }) => requestId === NAMELESS || (requestId === 0 && body.kind === "error"));
    await a.never("an answer", SILENCE_MS, answer);
    await a.heartbeat();
  }),
  check("PA-3", "an Attach is answered", async ({ a }) => {
    const { body, attachment } = await a.attach();
    demand(body.version === 1, `version ${body.version}`);
    demand(attachment > 0, `attachment ${attachment}`);
    demand(body.linkMtuMax >= 1_280, `link_mtu_max ${body.linkMtuMax}`);
    demand(body.linksMax > 0, `links_max ${body.linksMax}`);
    demand(body.startedAt > 0, `started_at ${body.startedAt}`);
  }),
  check("PA-4", "a repeated Attach gets the same answer", async ({ a }) => {
    const first = await a.attach();
    a.forget();
    const again = await a.ask(a.attachBody(), { requestId: first.requestId, attachment: 0 });
    demand(again.attachment === first.attachment, `attachment ${again.attachment} after ${first.attachment}`);
    demand(JSON.stringify(again.body) === JSON.stringify(first.body), JSON.stringify(again.body));
  }),
  check("PA-5", "a new Attach begins the next attachment", async ({ a }) => {
    const first = await a.attach();
    const next = await a.attach();
    demand(next.attachment === first.attachment + 1, `attachment ${next.attachment} after ${first.attachment}`);
  }),
  check("PA-6", "a late Attach is ignored", async ({ a }) => {
    const late = a.nextRequestId();
    const { attachment } = await a.attach();
    a.forget();
    a.send(a.attachBody(), { requestId: late, attachment: 0 });
    const [older, lower] = [9_001, 9_002];
    a.send(a.attachBody({ startedAt: a.startedAt - 1 }), {
      instance: "ffffffffffffffff",
      requestId: older,
      attachment: 0,
    });
    a.send(a.attachBody(), { instance: "0", requestId: lower, attachment: 0 });
    const answer = (): unknown => a.heard.find(({ requestId }) => [late, older, lower].includes(requestId));
    await a.never("an answer to a late Attach", SILENCE_MS, answer);
    const now = await a.heartbeat();
    demand(now.attachment === attachment, `attachment ${now.attachment} after ${attachment}`);
  }),
  check("PA-7", "a newer instance takes the place of the attached one", async ({ a }) => {
    const first = await a.attach();
    a.begin();
    const next = await a.attach();
    demand(next.attachment === first.attachment + 1, `attachment ${next.attachment} after ${first.attachment}`);
  }),
  check("PA-8", "the highest common version is taken, or none", async ({ a }) => {
    const { attachment } = await a.attach();
    for (const [versionMin, versionMax] of [
      [2, 9],
      [0, 0],
    ] as const) {
      const answer = await a.ask(a.attachBody({ versionMin, versionMax }), { attachment: 0 });
      const { body } = answer;
      demand(
        body.kind === "error" && body.code === "VERSION_UNSUPPORTED",
        `${versionMin} to ${versionMax}: ${body.kind}`,
      );
      demand(answer.attachment === 0, `the refusal has attachment ${answer.attachment}`);
    }
    const now = await a.heartbeat();
    demand(now.attachment === attachment, `after the refusals the attachment is ${now.attachment}, not ${attachment}`);
    const wide = await a.ask(a.attachBody({ versionMin: 0, versionMax: 9 }), { attachment: 0 });
    demand(wide.body.kind === "attach-answer" && wide.body.version === 1, JSON.stringify(wide.body));
  }),
  check("PA-9", "another cluster is refused", async ({ a }) => {
    const { attachment } = await a.attach();
    const answer = await a.ask(a.attachBody({ cluster: "another" }), { attachment: 0 });
    demand(answer.body.kind === "error" && answer.body.code === "WRONG_CLUSTER", JSON.stringify(answer.body));
    const now = await a.heartbeat();
    demand(now.attachment === attachment, `attachment ${now.attachment} after ${attachment}`);
  }),
  check("PA-10", "another vertex is refused, an empty one is not compared", async (bench) => {
    const { a } = bench;
    if (!(await bench.hasCredentials())) throw new NotJudged("it has no credentials, and takes its name from `vertex`");
    const answer = await a.ask(a.attachBody({ vertex: "nobody" }), { attachment: 0 });
    demand(answer.body.kind === "error" && answer.body.code === "WRONG_VERTEX", JSON.stringify(answer.body));
    const empty = await a.ask(a.attachBody({ vertex: "" }), { attachment: 0 });
    demand(empty.body.kind === "attach-answer" && empty.body.principal === a.name, JSON.stringify(empty.body));
  }),
  check("PA-11", "a detach counts the attachment up, as an attach does", async ({ a }) => {
    const first = await a.attach();
    await a.detach();
    const detached = await a.heartbeat();
    demand(detached.attachment === first.attachment + 1, `attachment ${detached.attachment} after ${first.attachment}`);
    const next = await a.attach();
    demand(next.attachment === first.attachment + 2, `attachment ${next.attachment} after ${first.attachment}`);
  }),
  check("PA-12", "while nobody is attached, an instance of yesterday may attach", async ({ a }) => {
    await a.attach();
    await a.detach();
    a.forget();
    const yesterday = { instance: "0000000000000001", requestId: 1, attachment: 0 };
    const answer = await a.ask(a.attachBody({ startedAt: a.startedAt - DAY_MS }), yesterday);
    demand(answer.body.kind === "attach-answer", JSON.stringify(answer.body));
    // The instance of yesterday stays attached: the next check's instance is newer.
  }),
  check("PA-13", "heartbeats come every 300 ms, with what is so now", async ({ a }) => {
    const { attachment, body, instance } = await a.attach();
    const isAttached = a.never("an end of the attachment", 2_000, () =>
      a.all("heartbeat").some((m) => m.attachment > attachment),
    );
    a.forget();
    await isAttached;
    const beats = a.all("heartbeat");
    demand(beats.length >= 5, `${beats.length} heartbeats in 2 s`);
    const odd = beats.find((beat) => beat.instance !== instance || beat.body.startedAt !== body.startedAt);
    demand(odd === undefined, `one of ${odd?.instance}, started at ${odd?.body.startedAt}`);
    await a.detach();
    a.forget();
    await a.never("an end of the process", 2_000, () => !a.vertex.isRunning);
    const detached = a.all("heartbeat").length;
    demand(detached >= 5, `${detached} heartbeats in 2 s while nobody was attached`);
  }),
  check("PA-14", "what a later version may say is answered, or ignored", async ({ a }) => {
    await a.attach();
    a.forget();
    const later = (requestId: number): Uint8Array => {
      const known = encodeMessage({
        instance: a.instance,
        attachment: a.attachment,
        requestId,
        body: { kind: "unknown" },
      });
      return controlFrame(Buffer.concat([known, LATER_BODY]));
    };
    a.sendFrame(later(0));
    await a.never("an answer to what asked for none", SILENCE_MS, () => a.all("unimplemented")[0]);
    const requestId = a.nextRequestId();
    await a.until("Unimplemented", () => {
      a.sendFrame(later(requestId));
      return a.all("unimplemented").some((message) => message.requestId === requestId);
    });
    const attachId = a.nextRequestId();
    const envelope = { instance: a.instance, attachment: 0, requestId: attachId };
    const attach = encodeMessage({ ...envelope, body: a.attachBody() });
    await a.until("an answer to an Attach with a field that is not known", () => {
      a.sendFrame(controlFrame(Buffer.concat([attach, Uint8Array.of(0x98, 0x06, 0x2a)])));
      return a.all("attach-answer").some((message) => message.requestId === attachId);
    });
  }),
  check("PA-26", "Detach is answered, again and again, and only the present one counts", async ({ a }) => {
    const { attachment } = await a.attach();
    const { requestId } = await a.detach();
    a.forget();
    const again = await a.ask({ kind: "detach" }, { requestId });
    demand(again.body.kind === "detach-answer", JSON.stringify(again.body));
    const next = await a.attach();
    const late = await a.ask({ kind: "detach" }, { attachment });
    demand(late.body.kind === "detach-answer" && late.attachment === attachment, JSON.stringify(late));
    const now = await a.heartbeat();
    demand(now.attachment === next.attachment, `attachment ${now.attachment} after ${next.attachment}`);
  }),
  check("PA-28", "heartbeats of another attachment or instance are no sign of life", async ({ a }) => {
    for (const other of [{ attachment: 4_000_000 }, { instance: "ffffffffffffffff" }]) {
      a.begin();
      const { attachment } = await a.attach();
      a.isBeating = false;
      a.isAcknowledging = false;
      await a.until("an end of the attachment", () => {
        a.beat(other);
        return a.all("heartbeat").some((message) => message.attachment > attachment);
      });
    }
  }),
  check("PA-29", "who is silent for a second is detached, who speaks is not", async ({ a }) => {
    const { attachment } = await a.attach();
    const isDetached = (): boolean => a.all("heartbeat").some((message) => message.attachment > attachment);
    await a.never("an end of the attachment of somebody who speaks", 2_500, isDetached);
    a.isBeating = false;
    a.isAcknowledging = false;
    const silentAt = performance.now();
    await a.until("an end of the attachment", isDetached);
    const ms = performance.now() - silentAt;
    demand(ms > 800, `it was detached after ${ms.toFixed(0)} ms`);
  }),
];
