import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";

const END_MS = 8_000;
const SETTLE_MS = 1_000;

export const SIGNAL_CHECKS: readonly Check<ClusterBench>[] = [
  check("PC-28", "at SIGTERM it detaches at each portal", async ({ one, two, vertex }) => {
    const attachments = [one, two].map(({ attachment }) => attachment);
    // A send that found the vertex gone would throw away its last messages.
    for (const side of [one, two]) side.isBeating = false;
    await vertex.stop();
    for (const [i, side] of [one, two].entries()) {
      const detach = await side.until("a Detach", () => side.all("detach")[0], END_MS);
      demand(detach.attachment === attachments[i], `Detach of attachment ${detach.attachment}, not ${attachments[i]}`);
      demand(detach.requestId > 0, `a Detach with request_id ${detach.requestId}`);
    }
  }),
  check("CV-9", "SIGTERM ends it with exit code 0, whether its Detach is answered or not", async (bench) => {
    for (const isAnswering of [true, false]) {
      await bench.restore();
      for (const side of bench.sides) side.isAnswering = isAnswering;
      const start = performance.now();
      const end = await bench.vertex.stop();
      const ms = performance.now() - start;
      demand(end?.code === 0, `it ended with ${end?.signal ?? end?.code ?? "nothing"}`);
      demand(ms < END_MS, `it took ${ms.toFixed(0)} ms`);
    }
  }),
  check("CV-10", "SIGHUP ends no attachment, and leaves links that are wanted as before alone", async (bench) => {
    const { one, vertex } = bench;
    await bench.bringUp("b", "c");
    await one.heartbeat();
    const { attachment } = one;
    one.forget();
    vertex.signal("SIGHUP");
    const isDisturbed = (): boolean =>
      one.all("attach").length + one.all("open-link").length + one.all("close-link").length > 0;
    await one.never("a request", SETTLE_MS, isDisturbed);
    demand(one.attachment === attachment, `attachment ${one.attachment} after ${attachment}`);
    await bench.carries("b", "c");
  }),
];
