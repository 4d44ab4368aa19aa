/*
 *   a ───── b      a tunnel of streams and one of datagrams; both ends keep access records
 */
import { once } from "node:events";
import { appendFileSync, existsSync, readFileSync, renameSync } from "node:fs";
import type { Socket as UdpSocket } from "node:dgram";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { openUdpEcho, UdpClient } from "../src/udp-program.ts";

interface AccessRecord {
  readonly kind: string;
  readonly side: string;
  readonly principal: string;
  readonly service: string;
  readonly path: string;
  readonly class: string;
  readonly start: string;
  readonly time: string;
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
  readonly refused: boolean;
  readonly end: string;
  readonly connection: string | null;
  readonly stream: number | null;
}

describe("access records", () => {
  let lab: Lab;
  let echo: Server;
  let udpEcho: UdpSocket;

  const fileOf = (node: string): string => `${lab.folder}/${node}/access.log`;

  function records(node: string, service: string, suffix = ""): AccessRecord[] {
    const file = `${fileOf(node)}${suffix}`;
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as AccessRecord).filter((record) => record.service === service);
  }

  function portOf(service: string): number {
    return Number(new URL(lab.tunnels.find((tunnel) => tunnel.service === service)!.listen).port);
  }

  /** Sends a word through a tunnel, and returns the answer once both ends have ended. */
  async function say(word: string): Promise<string> {
    const socket = connect(portOf("echo"), "127.0.0.1");
    socket.end(word);
    return text(socket);
  }

  beforeAll(async () => {
    echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    udpEcho = await openUdpEcho("re: ");
    const of = (target: string, flowIdle?: string) => {
      return { node: "b", target, allow: ["user/alice"], ...(flowIdle !== undefined && { "flow-idle": flowIdle }) };
    };
    const services = {
      echo: of(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`),
      nobody: of(`tcp://127.0.0.1:${await freePort()}`),
      absent: of(`tcp://127.0.0.1:${await freePort()}`),
      datagrams: of(`udp://127.0.0.1:${udpEcho.address().port}`, "10s"),
    };
    lab = await openLab({
      cluster: "access",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services,
      tunnels: Object.keys(services).map((service) => ({
        node: "a",
        listen: `${service === "datagrams" ? "udp" : "tcp"}://127.0.0.1:0`,
        as: "user/alice",
        service,
        path: ["a", "b"],
        // The tunnel has no connection before a workload comes.
        ...(service === "absent" && { keep: "10s", "connect-wait": "1s" }),
      })),
    });
    for (const node of ["a", "b"])
      appendFileSync(lab.configFile(node, "cluster-flor"), `\naccess-log: ${fileOf(node)}\n`);
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    echo?.close();
    udpEcho?.close();
  });

  test("of a stream are the same on both ends, each with the bytes that it has sent", async () => {
    expect(await say("hello")).toBe("hello");
    for (const node of ["a", "b"]) await expect.poll(() => records(node, "echo").length, PATIENCE).toBe(1);
    const [a] = records("a", "echo");
    const [b] = records("b", "echo");
    const same = { kind: "stream", principal: "user/alice", service: "echo", class: "reliable", end: "DONE" };
    expect(a).toMatchObject({ ...same, side: "originator", sent: 5, received: 5, refused: false });
    expect(b).toMatchObject({ ...same, side: "acceptor", sent: 5, received: 5, refused: false });
    expect([b!.connection, b!.stream]).toEqual([a!.connection, a!.stream]);
    expect(a!.connection).toMatch(/^[0-9a-f]{16}$/);
    expect(Date.parse(a!.time) - Date.parse(a!.start)).toBe(a!.ms);
  });

  test("of one that nobody serves say so where it began", async () => {
    connect(portOf("nobody"), "127.0.0.1").on("error", () => undefined);
    await expect.poll(() => records("a", "nobody"), PATIENCE).toMatchObject([{ refused: true, end: "TARGET_DOWN" }]);
  });

  test("of a flow have the bytes of its datagrams", async () => {
    using client = await UdpClient.open(portOf("datagrams"));
    expect((await client.ask("hello")).toString()).toBe("re: hello");
    for (const node of ["a", "b"]) {
      await expect.poll(() => records(node, "datagrams").at(-1)?.kind, PATIENCE).toBe("flow");
    }
    const b = records("b", "datagrams").at(-1)!;
    const a = records("a", "datagrams").find(({ connection, stream }) => {
      return connection === b.connection && stream === b.stream;
    })!;
    // Datagrams may be lost: the client then asks again.
    for (const [heard, said] of [
      [b.received, a.sent],
      [a.received, b.sent],
    ] as const) {
      expect(heard).toBeGreaterThan(0);
      expect(heard).toBeLessThanOrEqual(said);
    }
    expect([a.sent % "hello".length, b.sent % "re: hello".length]).toEqual([0, 0]);
  });

  test("of one that reached nobody name no stream", async () => {
    await lab.kill("b", "cluster-flor");
    connect(portOf("absent"), "127.0.0.1").on("error", () => undefined);
    const never = { connection: null, stream: null, sent: 0, received: 0, refused: true, end: "NO_ANSWER" };
    const same = { kind: "stream", side: "originator", principal: "user/alice", class: "reliable" };
    await expect.poll(() => records("a", "absent"), PATIENCE).toMatchObject([{ ...same, ...never }]);
    const { ms, path } = records("a", "absent")[0]!;
    expect(ms).toBeGreaterThanOrEqual(1_000);
    expect(path).toMatch(/^absent\./);
    lab.start("b", "cluster-flor");
    await lab.waitUntilUp();
  });

  test("go to a new file after SIGUSR2, and status counts them", async () => {
    renameSync(fileOf("a"), `${fileOf("a")}.1`);
    await lab.kill("a", "cluster-flor", "SIGUSR2");
    await expect.poll(() => existsSync(fileOf("a")), PATIENCE).toBe(true);
    expect(await say("again")).toBe("again");
    await expect.poll(() => records("a", "echo").length, PATIENCE).toBe(1);
    expect(records("a", "echo", ".1")).toHaveLength(1);
    const { accessLog } = (await lab.status("a")).clusterFlor as unknown as { accessLog: object };
    expect(accessLog).toMatchObject({ file: fileOf("a"), lost: 0 });
  });
});
