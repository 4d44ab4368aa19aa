import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../installed.ts";
import { Conversation } from "./conversation.ts";
import { type ProgramMesh, services } from "./program-mesh.ts";

const isLong = process.env["FLORENETES_SOAK"] !== undefined;
/**
 * An end of the transport gives up after 60 s of silence, a link's QUIC connection after 300 s: a connection that says nothing for
 * longer than that lives by the signs of life of those below it.
 */
const IDLE_MS = isLong ? 330_000 : 62_000;

/** A connection that says nothing for longer than any timeout on its way. Its idling begins when it is described. */
export function describeIdle(mesh: ProgramMesh, others: () => void): void {
  describe("while others work", () => {
    const isHere = areInstalled("a connection that idles", "socat");
    let idler: Conversation;
    let since: number;

    beforeAll(async () => {
      if (!isHere) return;
      const { target, tunnel } = services.idle;
      await mesh.serve(target, ["socat", `TCP-LISTEN:${target},bind=127.0.0.1,reuseaddr,fork`, "EXEC:cat"]);
      idler = new Conversation(mesh.lab.spawn("a", ["socat", "-t", "20", "-", `TCP:127.0.0.1:${tunnel}`]));
      idler.says("before\n");
      await idler.hears("before\n");
      since = performance.now();
    });

    others();

    test.skipIf(!isHere)(
      "a connection that said nothing for longer than every timeout goes on",
      { timeout: IDLE_MS + 60_000 },
      async () => {
        await sleep(Math.max(0, since + IDLE_MS - performance.now()));
        idler.says("after\n");
        await idler.hears("after\n");
        expect(await idler.end()).toBe(0);
      },
    );
  });
}
