import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FlorioHandlers } from "@florenetes/florio";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ClusterPlane } from "../../../src/cluster-plane.ts";
import type { UdpHandlers } from "../../../src/quic-link/link-surroundings.ts";
import { SOON } from "./neighbourhood.ts";
import type { DataPlaneSubject } from "./subject.ts";

const anyPort = { host: "127.0.0.1", port: 0 };
const deafUdp: UdpHandlers = { onDatagrams: () => 1 };
const deafPort: FlorioHandlers = {
  onConnected() {},
  onDisconnected() {},
  onControl() {},
  onData() {},
  onWritable() {},
};

/** Sockets of a plane's clusters, before there is any link. */
export function judgeSockets({ openPlane }: DataPlaneSubject): void {
  describe("sockets", () => {
    test("datagrams of strangers are handed up, with their senders, and answers go out", async () => {
      using plane = openPlane();
      const [near, far] = [plane.addCluster(), plane.addCluster()];
      const heard: { readonly bytes: Uint8Array; readonly from: unknown }[] = [];
      const onDatagrams: UdpHandlers["onDatagrams"] = (bytes, from) =>
        heard.push({ bytes: Uint8Array.from(bytes), from });
      const [a, b] = [await near.openUdp(anyPort, deafUdp), await far.openUdp(anyPort, { onDatagrams })];
      for (const size of [1, 1_200]) {
        a.slot.fill(size, 0, size);
        expect(a.sendSlot(size, b.address)).toBe(true);
        expect(a.flush()).toBe(true);
        await expect.poll(() => heard.length, SOON).toBeGreaterThan(0);
        expect(heard.splice(0)).toEqual([{ bytes: new Uint8Array(size).fill(size), from: a.address }]);
      }
      await expect.poll(() => [a.counters.sent, b.counters.received], SOON).toEqual([2, 2]);
      await end(near, a);
      await end(far, b);
    });

    test("what the system does not give is refused with its reason, and may be asked for again", async () => {
      using plane = openPlane();
      const cluster = plane.addCluster();
      const occupied = createSocket("udp4").bind(0, anyPort.host);
      await once(occupied, "listening");
      const { port } = occupied.address();
      await expect(cluster.openUdp({ ...anyPort, port }, deafUdp)).rejects.toMatchObject({ code: "EADDRINUSE" });
      await cluster.release();
      occupied.close();
      await once(occupied, "close");
      const again = plane.addCluster();
      const socket = await again.openUdp({ ...anyPort, port }, deafUdp);
      expect(socket.address).toEqual({ ...anyPort, port });
      const nowhere = { bind: "/nowhere/link.sock", connect: "/nowhere/vertex.sock", handlers: deafPort };
      await expect(again.openPort(nowhere)).rejects.toMatchObject({ code: "ERR_FLORIO_DIRECTORY_MISSING" });
      await end(again, socket);
    });

    test("clusters come and go, each with sockets of its own, at the addresses of those before", async () => {
      using plane = openPlane();
      const folder = mkdtempSync(join(tmpdir(), "lf-plane-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      const paths = { bind: join(folder, "link.sock"), connect: join(folder, "vertex.sock") };
      let listen = anyPort;
      for (let round = 0; round < 20; round++) {
        const cluster = plane.addCluster();
        const socket = await cluster.openUdp(listen, deafUdp);
        const port = await cluster.openPort({ ...paths, handlers: deafPort });
        listen = socket.address;
        port.close();
        await end(cluster, socket);
      }
      expect(plane.isAnswering()).toBe(true);
    });
  });
}

async function end(cluster: ClusterPlane, socket: { close(): Promise<void> }): Promise<void> {
  await socket.close();
  await cluster.release();
}
