import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeMessage } from "@florenetes/portal-api";
import { FlorioSocket } from "../../bench/florio-socket.ts";
import { controlFrame } from "../../bench/frames.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import { socketChecks } from "../../shared-checks/sockets.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { LINKS } from "../node-config.ts";

const nothing = (): void => {};

export const SOCKET_CHECKS: readonly Check<ClusterBench>[] = [
  ...socketChecks((bench: ClusterBench) => ({
    side: bench.one,
    socket: bench.files.portals.one.bind,
    another: () => bench.anotherVertex(),
    meet: async () => void (await bench.one.untilWished(LINKS.b)),
    link: async () => {
      await bench.bringUp("b", "c");
      return () => bench.carries("b", "c");
    },
  })),
  check("FI-19", "frames of anybody else are dropped", async (bench) => {
    const { one, files } = bench;
    one.closeSocket();
    let answers = 0;
    const events = { onFrame: () => void answers++, onConnected: nothing, onGone: nothing, onDoubt: nothing };
    const { bind } = files.portals.one;
    const stranger = new FlorioSocket(join(files.folder, "stranger.sock"), bind, events);
    const envelope = { instance: "ffffffffffffffff", attachment: 1, requestId: 0 };
    const heartbeat = encodeMessage({ ...envelope, body: { kind: "heartbeat", startedAt: 2 ** 50, generation: 0n } });
    const question = encodeMessage({ ...envelope, requestId: 3, body: { kind: "unknown" } });
    try {
      // The kernel lets a stranger in once the vertex has found its partner gone.
      await one.until("a connection of a stranger", () => stranger.isConnected);
      for (let i = 0; i < 5; i++) {
        for (const message of [heartbeat, question])
          demand(stranger.send(controlFrame(message)) === "", "the stranger could not send");
        await sleep(100);
      }
    } finally {
      stranger.close();
    }
    one.begin();
    await one.untilWished(LINKS.b);
    demand(answers === 0, `a stranger has got ${answers} frames`);
  }),
];
