import { generateKeyPairSync, randomBytes } from "node:crypto";
import { SIGN_FEATURE } from "@florenetes/portal-api";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { headerOf } from "../../bench/mesh-packets.ts";

const SILENCE_MS = 700;
const QUESTION_MAGIC = Uint8Array.of(0x03, 0x54, 0x52, 0x51);
const QUESTION_SIZE = 1_280;
const LABEL_OPERATIONS = 2;
const CONTROL_CLASS = 1;
const QUESTIONS = 200;
const UNANSWERED_MAX = 64;
const CONTENT_MAX = 64;
/** A vertex answers a limited number of questions in a time (cluster-flor: in 8 s). An earlier check may have used it up. */
const ASKED_MS_MAX = 12_000;
/** A request is given up after 250 ms; a busy machine may be late. */
const GIVEN_UP_MS = 450;

/** A question of a trace (docs/protocol/trace.md) to the vertex itself, which may want to have its answer signed. */
function question(): Buffer {
  const header = headerOf([LABEL_OPERATIONS], CONTROL_CLASS);
  const payload = Buffer.alloc(QUESTION_SIZE - header.length);
  payload.set(QUESTION_MAGIC);
  randomBytes(4).copy(payload, 4);
  payload[9] = 1;
  payload[12] = LABEL_OPERATIONS;
  const { publicKey } = generateKeyPairSync("x25519");
  Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").copy(payload, 64);
  return Buffer.concat([header, payload]);
}

/** Attaches the link vertex of portal one anew, with other features. */
async function attachWith({ one }: ClusterBench, features: readonly string[]): Promise<void> {
  one.features = features;
  one.forget();
  one.detach();
  await one.untilAttached();
}

/** Asks questions until a signature is wanted. @throws NotJudged */
async function untilSign(bench: ClusterBench): Promise<ReturnType<typeof bench.one.all<"sign">>> {
  const { one } = bench;
  await attachWith(bench, [SIGN_FEATURE]);
  await bench.bringUp("b");
  let asked = 0;
  try {
    await one.until(
      "a Sign",
      () => {
        if (asked++ % 40 === 0) one.sendPackets(bench.handle("b"), question());
        return one.all("sign").length > 0;
      },
      ASKED_MS_MAX,
    );
  } catch {
    throw new NotJudged("it has wanted no signature for the answer to a question of a trace");
  }
  return one.all("sign");
}

export const SIGNATURE_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-37", "a link vertex that does not sign is asked for no signature", async (bench) => {
    const { one } = bench;
    await untilSign(bench);
    await attachWith(bench, []);
    await bench.bringUp("b");
    one.forget();
    await one.never("a Sign", SILENCE_MS, () => {
      one.sendPackets(bench.handle("b"), question());
      return one.all("sign").length > 0;
    });
  }),
  check("PC-38", "what is to be signed is short, asked for again, and soon given up", async (bench) => {
    const { one } = bench;
    const [first] = await untilSign(bench);
    const { requestId, attachment, body, at } = first!;
    demand(requestId > 0, `request_id ${requestId}`);
    demand(attachment === one.attachment, `attachment ${attachment}, not ${one.attachment}`);
    demand(body.content.length > 0 && body.content.length <= CONTENT_MAX, `${body.content.length} bytes`);
    const repeated = (): readonly number[] =>
      one.all("sign").flatMap((sign) => (sign.requestId === requestId ? [sign.at] : []));
    await one.until("a repetition", () => repeated().length >= 2);
    await one.never("an end of the process", SILENCE_MS, () => !one.vertex.isRunning);
    const last = repeated().at(-1)! - at;
    demand(repeated().length <= 4 && last < GIVEN_UP_MS, `${repeated().length} times within ${last.toFixed(0)} ms`);
  }),
  check("PC-38", "no more than 64 signatures are waited for", async (bench) => {
    const { one } = bench;
    await untilSign(bench);
    await one.never("an end of the process", SILENCE_MS, () => !one.vertex.isRunning);
    one.forget();
    for (let i = 0; i < QUESTIONS; i += 10) {
      one.sendPackets(bench.handle("b"), ...Array.from({ length: 10 }, question));
      await one.heartbeat();
    }
    const signs = one.all("sign");
    // A request counts as unanswered from its first to its last repetition.
    const lives = Map.groupBy(signs, ({ requestId }) => requestId);
    const most = Math.max(
      0,
      ...signs.map(({ at }) => {
        return [...lives.values()].filter((life) => life[0]!.at <= at && at <= life.at(-1)!.at).length;
      }),
    );
    demand(most <= UNANSWERED_MAX, `${most} at a time`);
  }),
];
