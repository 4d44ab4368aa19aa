import { setTimeout as sleep } from "node:timers/promises";
import { isSoak } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { Conversation } from "./conversation.ts";
import { overTcp, type Ports, type Program } from "./program.ts";

/**
 * An end of the transport gives up after 90 s of silence, a link's QUIC connection after 300 s: a connection that is silent for
 * longer than that lives by the signs of life of the layers below it.
 */
const IDLE_MS = isSoak ? 330_000 : 92_000;
const PATIENCE_MS = 60_000;
const TIMEOUT = IDLE_MS + PATIENCE_MS;

const echo: Ports = { target: 9000, tunnel: 18_007 };
const late: Ports = { target: 9003, tunnel: 18_010 };

/** Connections that are silent for longer than any timeout on their way. */
export const idle: Program = {
  name: "connections that idle",
  needs: ["socat", "sha256sum"],
  services: () => ({ idle: overTcp(echo), late: overTcp(late) }),
  bytes: 0,
  describe(mesh, _bytes, beginFirst) {
    let idler: Conversation;
    let since: number;
    let waiter: Conversation;

    beginFirst(async () => {
      await mesh.serve(echo.target, ["socat", listen(echo.target), "EXEC:cat"]);
      const answer = `SYSTEM:wc -c; sleep ${IDLE_MS / 1000}; echo late`;
      await mesh.serve(late.target, ["socat", "-t", String(TIMEOUT / 1000), listen(late.target), answer]);

      idler = new Conversation(mesh.lab.spawn("a", ["socat", "-", connect(echo.tunnel)]));
      idler.says("before\n");
      await idler.hears("before\n");
      waiter = new Conversation(
        mesh.lab.spawn("a", ["socat", "-t", String(TIMEOUT / 1000), "-", connect(late.tunnel)]),
      );
      waiter.says("question");
      waiter.endsItsInput();
      since = performance.now();
    });

    test("a connection that said nothing for longer than every timeout goes on", { timeout: TIMEOUT }, async () => {
      await sleep(Math.max(0, since + IDLE_MS - performance.now()));
      idler.says("after\n");
      await idler.hears("after\n");
      expect(await idler.end()).toBe(0);
    });

    test("an answer that takes as long arrives, though its question has ended", { timeout: TIMEOUT }, async () => {
      await sleep(Math.max(0, since + IDLE_MS - performance.now()));
      await waiter.hears("8\nlate\n");
      expect(await waiter.end()).toBe(0);
    });
  },
};

function listen(port: number): string {
  return `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`;
}

function connect(port: number): string {
  return `TCP:127.0.0.1:${port}`;
}
