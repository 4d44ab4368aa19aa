import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeMessage } from "@florenetes/portal-api";
import { FlorioSocket } from "../../bench/florio-socket.ts";
import { controlFrame } from "../../bench/frames.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import { socketChecks } from "../../shared-checks/sockets.ts";
import type { LinkBench } from "../link-bench.ts";
import { carries } from "./lives.ts";

const nothing = (): void => {};

export const SOCKET_CHECKS: readonly Check<LinkBench>[] = [
  ...socketChecks((bench: LinkBench) => {
    const { a } = bench;
    return {
      side: a,
      socket: bench.files(a).linkSocket,
      another: () => bench.anotherVertex(a),
      meet: async () => void (await a.attach()),
      link: async () => {
        const link = await bench.link();
        return () => carries(bench, link);
      },
    };
  }),
  check("FI-19", "frames of anybody else are dropped", async (bench) => {
    const { a } = bench;
    const { linkSocket, folder } = bench.files(a);
    const { attachment } = await a.attach();
    a.closeSocket();
    const attach = encodeMessage({ instance: "ffffffffffffffff", attachment: 0, requestId: 1, body: a.attachBody() });
    const events = { onFrame: nothing, onConnected: nothing, onGone: nothing, onDoubt: nothing };
    const stranger = new FlorioSocket(join(folder, "stranger.sock"), linkSocket, events);
    try {
      // The kernel lets a stranger in once the vertex has found its partner gone.
      await a.until("a connection of a stranger", () => stranger.isConnected);
      for (let i = 0; i < 5; i++) {
        demand(stranger.send(controlFrame(attach)) === "", "the stranger could not send");
        await sleep(100);
      }
    } finally {
      stranger.close();
    }
    a.begin();
    await a.until("a new connection", () => a.isConnected);
    const now = await a.heartbeat();
    demand(
      now.attachment === attachment + 1,
      `attachment ${now.attachment}, not ${attachment + 1}: somebody else was attached`,
    );
  }),
];
