import { setTimeout as sleep } from "node:timers/promises";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { newHandle } from "../link-side.ts";
import { LINKS } from "../node-config.ts";

const SILENCE_MS = 400;
/** The silence before which a partner must not be let go: it is let go after a second. */
const TOO_SOON_MS = 800;
const STOOD_STILL_MS = 2_500;
const FOREIGN = "ffffffffffffffff";

/** Number of Attaches since the last `forget`. */
function attaches({ one }: ClusterBench): number {
  return one.all("attach").length;
}

export const LIFE_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-23", "heartbeats come every 300 ms, attached or not", async (bench) => {
    const { one } = bench;
    const beatsIn = async (ms: number): Promise<number> => {
      one.forget();
      await one.never("an end of the process", ms, () => !one.vertex.isRunning);
      return one.all("heartbeat").length;
    };
    const attached = await beatsIn(2_000);
    demand(attached >= 5, `${attached} heartbeats in 2 s`);
    const odd = one.all("heartbeat").find(({ attachment }) => attachment !== one.attachment);
    demand(odd === undefined, `one of attachment ${odd?.attachment}, not ${one.attachment}`);
    one.isAttaching = false;
    one.detach();
    await one.until("an Attach", () => attaches(bench) > 0);
    const detached = await beatsIn(2_000);
    demand(detached >= 5, `${detached} heartbeats in 2 s while it was not attached`);
    const claims = one.all("heartbeat").find(({ attachment }) => attachment !== 0);
    demand(claims === undefined, `one of attachment ${claims?.attachment}, while there was none`);
  }),
  check("PC-24", "a link vertex that is silent for a second is let go, and one that speaks is not", async (bench) => {
    const { one } = bench;
    one.forget();
    await one.never("an Attach, though it was attached and spoken to", 2_500, () => attaches(bench) > 0);
    one.isBeating = false;
    one.isRetelling = false;
    const start = performance.now();
    await one.until("an Attach", () => attaches(bench) > 0);
    const ms = performance.now() - start;
    demand(ms > TOO_SOON_MS, `it attached anew after ${ms.toFixed(0)} ms of silence`);
    await one.untilWished(LINKS.b);
  }),
  check("PC-25", "a heartbeat with a later attachment, or of a newer instance, has it attach anew", async (bench) => {
    const { one } = bench;
    one.forget();
    one.detach();
    await one.untilWished(LINKS.b);
    demand(attaches(bench) > 0, "it wishes for links, and has not attached");
    one.begin();
    await one.untilWished(LINKS.b);
    demand(attaches(bench) > 0, "it wishes for links, and has not attached");
  }),
  check("PC-26", "what is of another attachment or instance is ignored, and no sign of life", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
    const { attachment } = one;
    one.forget();
    const down = { ...bench.told("c")!.status, state: "down", handle: 0, mtu: 0, preferredMtu: 0 } as const;
    const states = [{ status: down, generation: one.generation + 5n }];
    const others = [
      { attachment: attachment - 1 },
      { instance: FOREIGN },
      { attachment: attachment + 1, instance: FOREIGN },
    ];
    for (const envelope of others) {
      one.tellAs(0n, one.generation + 5n, states, envelope);
      one.send({ kind: "detach-answer" }, envelope);
      one.send({ kind: "error", code: "WRONG_CLUSTER", text: "" }, { requestId: 1, ...envelope });
    }
    // This instance was started earlier.
    one.send({ kind: "heartbeat", startedAt: 1, generation: 9n }, { attachment: 9, instance: FOREIGN });
    await one.never("an Attach", SILENCE_MS, () => attaches(bench) > 0);
    await bench.carries("b", "c");
    one.isBeating = false;
    one.isRetelling = false;
    await one.until("an Attach, though others spoke", () => {
      one.beat({ attachment: attachment - 1 });
      one.send({ kind: "heartbeat", startedAt: 1, generation: 0n }, { attachment, instance: FOREIGN });
      return attaches(bench) > 0;
    });
  }),
  check("PC-27", "when its attachment ends all links are down", async (bench) => {
    const { one, two } = bench;
    await bench.bringUp("b", "c", "d");
    await bench.carries("b", "c");
    const handles = { b: bench.handle("b"), c: bench.handle("c"), d: bench.handle("d") };
    one.isAttaching = false;
    one.detach();
    await one.until("an Attach", () => attaches(bench) > 0);
    // Packets have a thread of their own, which hears of the end a moment later.
    await one.heartbeat();
    one.packets = [];
    await one.never("a packet on a link of an attachment that has ended", SILENCE_MS, () => {
      const { label } = LINKS.c;
      two.sendPackets(handles.d, bench.packet(label));
      one.sendPackets(handles.b, bench.packet(label));
      return one.packets.length > 0;
    });
    one.isAttaching = true;
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
  }),
  check("CV-7", "trouble with one link vertex is none for the others", async (bench) => {
    const { one, two } = bench;
    await bench.bringUp("b", "c", "d");
    two.isAttaching = false;
    two.closeSocket(true);
    const { attachment } = one;
    for (let i = 0; i < 5; i++) {
      await bench.carries("b", "c");
      await sleep(300);
    }
    two.begin();
    await bench.bringUp("d");
    await bench.carries("b", "d");
    demand(one.attachment === attachment, `attachment ${one.attachment} after ${attachment}`);
  }),
  check("PA-43", "after it stood still it reads before it judges its partner", async (bench) => {
    const { one, vertex } = bench;
    one.forget();
    vertex.freeze();
    await sleep(STOOD_STILL_MS);
    vertex.go();
    await one.never("an Attach", 1_500, () => attaches(bench) > 0);
    await one.heartbeat();
  }),
  check("CV-8", "after a kill it attaches again, and asks for its links again", async (bench) => {
    const { one, vertex } = bench;
    await bench.bringUp("b", "c");
    await vertex.kill();
    one.forget();
    vertex.start();
    one.detach();
    await one.until("an Attach", () => attaches(bench) > 0);
    await bench.bringUp("b", "c");
    await bench.carries("b", "c");
  }),
  check("CV-8", "a link that comes and goes again and again carries packets whenever it is up", async (bench) => {
    const { one } = bench;
    await bench.bringUp("b");
    for (let i = 0; i < 5; i++) {
      await one.bringUp(LINKS.c, { handle: newHandle() });
      await bench.carries("b", "c");
      one.tell(LINKS.c, { state: i % 2 === 0 ? "down" : "refused", code: "KIT", text: "gone" });
    }
  }),
];
