/*
 *   a ───── b        all four processes tell their packets in the files of one folder: QLOGDIR
 *   alice   web, which echoes
 *   bob
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lab, ProcessName } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EchoMesh } from "../src/echo-mesh.ts";
import { executable, runToEnd } from "../src/executables.ts";
import { readMetrics } from "../src/metrics-text.ts";

interface Packet {
  readonly header: { readonly packet_type: string; readonly packet_number: number };
  readonly frames: readonly { readonly frame_type: string }[];
}

const processes: readonly ProcessName[] = ["link-flor", "cluster-flor"];
const hasNative = nativeEngine() !== undefined;

describe.each(["portable", "native"].filter((engine) => engine === "portable" || hasNative))(
  "with the %s engine",
  (engine) => {
    const folder = mkdtempSync(join(tmpdir(), "florenetes-qlog-"));
    let mesh: EchoMesh;
    let lab: Lab;

    beforeAll(async () => {
      mesh = await EchoMesh.open("told", { environment: { FLORENETES_ENGINE: engine, QLOGDIR: folder } });
      ({ lab } = mesh);
      await lab.up();
      expect(await mesh.ask("alice")).toBe("hello");
    });
    afterAll(async () => {
      await mesh?.close();
      rmSync(folder, { recursive: true });
    });

    test.each(processes)("%s says in its log, in status and in a metric what becomes of them", async (name) => {
      for (const node of ["a", "b"]) {
        expect(await lab.logs(node, name)).toContain(engine === "native" ? '"QLOG_WRITTEN"' : '"QLOG_UNAVAILABLE"');
        const { linkFlor, clusterFlor } = await lab.status(node);
        const told = (name === "link-flor" ? linkFlor : clusterFlor)?.["qlog"];
        const count = expect.any(Number) as number;
        expect(told).toEqual(engine === "native" ? { folder, files: count, bytesLost: 0 } : null);
        const [sample] = (await readMetrics(lab, node, name)).get("florenetes_qlog_files_total")!.samples;
        expect(sample!.value > 0).toBe(engine === "native");
      }
    });

    test.each(processes)("%s does not start when others may write the folder, and `check` says so", async (name) => {
      chmodSync(folder, 0o777);
      for (const command of ["check", "run"]) {
        const argv = [...executable(name), command, "--config", lab.configFile("a", name)];
        const { code, stderr } = await runToEnd(["env", `QLOGDIR=${folder}`, ...argv]);
        expect([code, stderr]).toEqual([2, expect.stringContaining("[ERR_QLOG_FOLDER]")]);
      }
      chmodSync(folder, 0o700);
    });

    test("each end has told what it sent and received until its end, for nobody else to read", async () => {
      await lab.down();
      const names = readdirSync(folder);
      if (engine === "portable") return expect(names).toEqual([]);
      const told = new Map(names.map((name) => [name, read(name)]));
      // A link and an end-to-end connection have a pair of files each, whose names begin with one ID.
      const pairs = names.filter((name) => told.has(name.replace("_client", "_server")) && name.includes("_client"));
      expect(pairs.length).toBeGreaterThanOrEqual(2);
      const frames = new Set<string>();
      for (const name of pairs) {
        const [client, server] = [told.get(name)!, told.get(name.replace("_client", "_server"))!];
        for (const [from, to] of [
          [client, server],
          [server, client],
        ] as const) {
          const sent = new Set(from.events("transport:packet_sent").map(nameOf));
          const received = to.events("transport:packet_received").map(nameOf);
          expect(received.length).toBeGreaterThan(0);
          expect(received.filter((packet) => !sent.has(packet))).toEqual([]);
          for (const packet of from.events("transport:packet_sent")) {
            for (const { frame_type } of packet.frames) frames.add(frame_type);
          }
          expect(from.events("recovery:metrics_updated").length).toBeGreaterThan(0);
        }
      }
      expect([...frames]).toEqual(expect.arrayContaining(["crypto", "ack", "stream", "datagram", "connection_close"]));
    });

    function read(name: string): { events: (kind: string) => Packet[] } {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
      const records = readFileSync(join(folder, name), "latin1").trimEnd().split("\n");
      const [head, ...events] = records.map((record) => JSON.parse(record.slice(1)) as { name: string; data: Packet });
      expect(records.every((record) => record.startsWith("\x1e"))).toBe(true);
      expect(head).toMatchObject({ qlog_version: "0.3", qlog_format: "JSON-SEQ" });
      return { events: (kind) => events.filter((event) => event.name === kind).map(({ data }) => data) };
    }

    function nameOf({ header }: Packet): string {
      return `${header.packet_type} ${header.packet_number}`;
    }
  },
);
