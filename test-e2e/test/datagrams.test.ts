/*
 *   a ───── b ───── c ───── d      tunnels of datagrams on a, services on d: an echo, one without a target process, and a DNS server
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:dgram";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { untilSaid } from "../src/services.ts";
import { deafUdpPort, openUdpEcho, tellsUnreachable, UdpClient } from "../src/udp-program.ts";

/** The largest datagram of UDP over IPv4. */
const SIZE_MAX = 65_507;
const QUERIES = 40;

/** The part of a tunnel's or a service's status that tells about flows. */
interface FlowStatus {
  readonly connections: {
    readonly open: number;
    readonly total: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly cut: Readonly<Record<string, number>>;
  };
  readonly datagrams: {
    readonly ended: Readonly<Record<string, number>>;
    readonly drops: Readonly<Record<string, number>>;
  } | null;
}

describe("datagrams over three links", () => {
  let lab: Lab;
  let echo: Socket;
  let dnsPort: number;

  beforeAll(async () => {
    echo = await openUdpEcho("re: ");
    dnsPort = await deafUdpPort();
    const path = ["a", "b", "c", "d"];
    const targets = { echo: echo.address().port, idle: echo.address().port, deaf: await deafUdpPort(), dns: dnsPort };
    const services = Object.entries(targets).map(([name, port]) => {
      const service = { node: "d", target: `udp://127.0.0.1:${port}`, allow: ["user/alice"] };
      return [name, { ...service, ...(name === "idle" && { "flow-idle": "10s" }) }] as const;
    });
    lab = await openLab({
      cluster: "datagrams",
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
      services: Object.fromEntries(services),
      tunnels: services.map(([service]) => ({
        node: "a",
        listen: "udp://127.0.0.1:0",
        as: "user/alice",
        service,
        path,
        class: service === "dns" ? ("dns" as const) : ("interactive" as const),
      })),
    });
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    echo?.close();
  });

  function portOf(service: string): number {
    return Number(new URL(lab.tunnels.find((tunnel) => tunnel.service === service)!.listen).port);
  }

  async function ends(service: string): Promise<readonly FlowStatus[]> {
    const [a, d] = await Promise.all(["a", "d"].map((node) => lab.status(node)));
    const tunnels = a!.clusterFlor!.tunnels as unknown as (FlowStatus & { service: string })[];
    const services = d!.clusterFlor!.services as (FlowStatus & { name: string })[];
    return [tunnels.find((each) => each.service === service)!, services.find(({ name }) => name === service)!];
  }

  test("of a silent flow: it has ended after its time, at both ends", { timeout: PATIENCE_MS }, async () => {
    using client = await UdpClient.open(portOf("idle"));
    expect(String(await client.ask("?"))).toBe("re: ?");
    const open = async (): Promise<readonly number[]> =>
      (await ends("idle")).map(({ connections }) => connections.open);
    // A status may have figures of some milliseconds ago: the question took no longer.
    await expect.poll(open, PATIENCE).toEqual([1, 1]);
    await expect.poll(open, PATIENCE).toEqual([0, 0]);
    const [tunnel, service] = await ends("idle");
    expect(service!.datagrams!.ended).toEqual({ idle: 1, room: 0 });
    for (const { connections } of [tunnel!, service!]) expect(connections).toMatchObject({ refused: {}, cut: {} });
    expect(String(await client.ask("again"))).toBe("re: again");
    const total = async (): Promise<readonly number[]> =>
      (await ends("idle")).map(({ connections }) => connections.total);
    await expect.poll(total, PATIENCE).toEqual([2, 2]);
  });

  test.each([0, 1, 1_200, 4_000, SIZE_MAX - 4])("of %d bytes come back as they were", async (size) => {
    using client = await UdpClient.open(portOf("echo"));
    const said = randomBytes(size);
    expect((await client.ask(said)).subarray(4).equals(said)).toBe(true);
  });

  test("of two clients are answered each to its own", async () => {
    using one = await UdpClient.open(portOf("echo"));
    using two = await UdpClient.open(portOf("echo"));
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([one.ask(`one ${round}`), two.ask(`two ${round}`)]);
      expect(answers.map(String)).toEqual([`re: one ${round}`, `re: two ${round}`]);
    }
    expect([one, two].map(({ received }) => received.filter((bytes) => !/^re: (one|two)/.test(String(bytes))))).toEqual(
      [[], []],
    );
  });

  test("of one client are in order", async () => {
    using client = await UdpClient.open(portOf("echo"));
    const numbers = (): number[] => client.received.map((bytes) => Number(String(bytes).slice("re: ".length)));
    let sent = 0;
    const areMany = (): boolean => {
      for (let burst = 0; burst < 20; burst++) client.send(String(sent++));
      return client.received.length >= 500;
    };
    await expect.poll(areMany, { timeout: PATIENCE_MS, interval: 5 }).toBe(true);
    expect(numbers()).toEqual(numbers().toSorted((left, right) => left - right));
    expect(new Set(numbers()).size).toBe(client.received.length);
  });

  test("to a port that nobody listens on: both ends count the flow that it has reset", async ({ skip }) => {
    if (!(await tellsUnreachable())) skip("this system sends no ICMP for now");
    using client = await UdpClient.open(portOf("deaf"));
    const isCounted = async (): Promise<boolean> => {
      client.send("?");
      const all = await ends("deaf");
      return all.every(
        ({ connections: { cut, refused } }) => (cut["TARGET_DOWN"] ?? 0) + (refused["TARGET_DOWN"] ?? 0) > 0,
      );
    };
    await expect.poll(isCounted, { timeout: PATIENCE_MS, interval: 300 }).toBe(true);
    expect(client.received).toEqual([]);
  });

  const hasDns = areInstalled("dig against a DNS server", "dig", "dnsmasq");

  describe.skipIf(!hasDns)("dig against dnsmasq", () => {
    beforeAll(async () => {
      const records = [
        "--address=/mesh.test/192.0.2.7",
        "--txt-record=large.test," + Array(12).fill("x".repeat(250)).join(","),
      ];
      const options = "--keep-in-foreground --no-resolv --no-hosts --conf-file=/dev/null --pid-file --user=root";
      const listening = `--port=${dnsPort} --listen-address=127.0.0.1 --bind-interfaces --log-facility=-`;
      const argv = ["dnsmasq", ...`${options} ${listening} --edns-packet-max=4096`.split(" "), ...records];
      const server = lab.spawn("d", argv, { stdio: ["ignore", "ignore", "pipe"] });
      await untilSaid(server.stderr!, "started");
    });

    async function dig(...question: readonly string[]): Promise<string> {
      const argv = [
        "dig",
        "@127.0.0.1",
        "-p",
        String(portOf("dns")),
        "+tries=10",
        "+timeout=2",
        "+ignore",
        ...question,
      ];
      const { code, stdout, stderr } = await lab.exec("a", argv, { timeoutMs: PATIENCE_MS });
      expect({ code, stderr }, argv.join(" ")).toEqual({ code: 0, stderr: "" });
      return stdout;
    }

    test("finds an address", async () => {
      expect(await dig("+short", "mesh.test")).toBe("192.0.2.7\n");
      expect(await dig("nobody.test")).toContain("status: ");
    });

    test("gets an answer of three kilobytes whole", async () => {
      const answer = await dig("+bufsize=4096", "large.test", "TXT");
      expect(answer).toMatch(/MSG SIZE +rcvd: 3[01]\d\d/);
      expect(answer).not.toContain("flags: qr aa tc");
    });

    test("gets answers to many questions, each from a port of its own", async () => {
      const names = Array.from({ length: QUERIES }, (_, index) => `n${index}.mesh.test`);
      const answers = await dig("+short", ...names);
      expect(answers).toBe("192.0.2.7\n".repeat(QUERIES));
    });
  });
});
