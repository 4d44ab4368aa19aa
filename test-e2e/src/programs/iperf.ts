import { isSoak } from "@florenetes/simkit";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { PATIENCE } from "../patience.ts";
import { Conversation } from "./conversation.ts";
import { overTcp, type Ports, type Program } from "./program.ts";

export const iperfPorts: Ports = { target: 5201, tunnel: 18_003 };
const SECONDS = 2;
/** The least number of bytes that each stream gets, on the busiest of machines. */
const LEAST = 20_000;

interface Run {
  readonly name: string;
  readonly options: readonly string[];
  readonly streams: number;
  readonly directions: number;
}

const common: readonly Run[] = [
  { name: "1 stream to the server", options: [], streams: 1, directions: 1 },
  { name: "8 streams from the server", options: ["--parallel", "8", "--reverse"], streams: 8, directions: 1 },
  { name: "8 streams each way at once", options: ["--bidir", "--parallel", "8"], streams: 16, directions: 2 },
];
/** Runs for a soak alone, since each takes all of a machine's time. */
const soak: readonly Run[] = [
  { name: "1 stream from the server", options: ["--reverse"], streams: 1, directions: 1 },
  { name: "8 streams to the server", options: ["--parallel", "8"], streams: 8, directions: 1 },
  { name: "1 stream each way at once", options: ["--bidir"], streams: 2, directions: 2 },
];

interface Report {
  readonly error?: string;
  readonly end: {
    readonly streams: readonly {
      readonly sender: { readonly bytes: number };
      readonly receiver: { readonly bytes: number };
    }[];
  };
}

/** iperf3 against itself: many bytes, one control connection beside them, and an end in the middle of everything. */
export const iperf: Program = {
  name: "iperf3",
  needs: ["iperf3"],
  services: () => ({ iperf: overTcp(iperfPorts) }),
  // iperf3 sends for a time, as much as the mesh takes, and not a number of bytes.
  bytes: Number.POSITIVE_INFINITY,
  describe(mesh, bytes) {
    const { target, tunnel } = iperfPorts;
    const paceOf = (streams: number): string[] =>
      Number.isFinite(bytes) ? ["--length", "8K", "--bitrate", String((8 * bytes) / SECONDS / streams)] : [];
    let server: Conversation;
    beforeAll(async () => {
      const argv = ["iperf3", "--server", "--forceflush", "--bind", "127.0.0.1", "--port", String(target)];
      server = new Conversation(await mesh.serve(target, argv, "pipe"));
    });
    // After each client the server closes its port, and opens it again.
    beforeEach(() => server.hears("Server listening"));

    const client = ["iperf3", "--client", "127.0.0.1", "--port", String(tunnel)];
    test.each(isSoak ? [...common, ...soak] : common)("$name", async ({ options, streams, directions }) => {
      const amount = ["--time", String(SECONDS), ...paceOf(streams / directions)];
      const report = JSON.parse(await mesh.run([...client, "--json", ...amount, ...options])) as Report;
      expect(report.error).toBeUndefined();
      expect(report.end.streams).toHaveLength(streams);
      const received = report.end.streams.map(({ receiver }) => receiver.bytes);
      expect(Math.min(...received), "bytes of the stream that got least").toBeGreaterThan(LEAST);
    });

    test("a client that is killed makes room for the next one", async () => {
      const amount = ["--time", "60", ...paceOf(1)];
      const killed = mesh.lab.spawn("a", [...client, "--bidir", ...amount, "--interval", "0.2", "--forceflush"]);
      await new Conversation(killed).hears("bits/sec");
      killed.kill("SIGKILL");
      // The server serves one client at a time: it refuses the next as long as it believes in the first.
      const next = async (): Promise<number | null> => (await mesh.lab.exec("a", [...client, "--bytes", "100K"])).code;
      await expect.poll(next, PATIENCE).toBe(0);
    });
  },
};
