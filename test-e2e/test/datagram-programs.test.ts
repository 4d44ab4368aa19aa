/*
 *   a ───── b ───── c ───── d        programs of other people talk UDP from a to d, which only the mesh connects
 */
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { curl, startFileServer, untilSaid } from "../src/services.ts";
import { hasWireGuard, WireGuard } from "../src/wireguard.ts";

/** For each service, the ports of its tunnel on a and of its target on d, and its class. iperf3 has a TCP connection beside its datagrams. */
const SERVICES = {
  ntp: { port: 11_123, target: 1_123, class: "interactive" },
  web: { port: 18_443, target: 8_443, class: "reliable" },
  iperf: { port: 15_201, target: 5_201, class: "bulk" },
  wireguard: { port: 15_182, target: 5_182, class: "reliable" },
  game: { port: 17_000, target: 7_000, class: "interactive" },
} as const;
type ServiceName = keyof typeof SERVICES;

const HOST = "127.0.0.1";
const FILE_BYTES = 3_000_000;
const pacedEcho = fileURLToPath(new URL("../src/paced-echo.py", import.meta.url));

describe.skipIf(!isRoot)("datagrams over three links", () => {
  let lab: Lab;
  let wireGuard: WireGuard | undefined;

  beforeAll(async () => {
    const names = Object.keys(SERVICES) as ServiceName[];
    const serviceOf = (scheme: string, name: ServiceName): object => {
      return { node: "d", target: `${scheme}://${HOST}:${SERVICES[name].target}`, allow: ["user/alice"] };
    };
    const tunnelOf = (scheme: string, name: ServiceName, service: string = name) => {
      const { port, class: trafficClass } = SERVICES[name];
      const listen = `${scheme}://${HOST}:${port}`;
      return { node: "a", listen, as: "user/alice", service, path: ["a", "b", "c", "d"], class: trafficClass };
    };
    const services = Object.fromEntries(names.map((name) => [name, serviceOf("udp", name)]));
    lab = await openLab(
      {
        cluster: "programs",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { ...services, "iperf-control": serviceOf("tcp", "iperf") } as never,
        tunnels: [...names.map((name) => tunnelOf("udp", name)), tunnelOf("tcp", "iperf", "iperf-control")],
      },
      { mode: "netns" },
    );
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    wireGuard?.[Symbol.dispose]();
  });

  /** Starts a server on d, which ends with the lab. */
  function serve(...argv: readonly string[]): void {
    lab.spawn("d", argv, { stdio: "ignore" });
  }

  /** Runs a client on a until its output matches: its server may not have begun. */
  async function untilSays(wanted: RegExp, ...argv: readonly string[]): Promise<void> {
    const said = async (): Promise<string> => {
      const { stdout, stderr } = await lab.exec("a", argv, { timeoutMs: 30_000 });
      return stdout + stderr;
    };
    await expect.poll(said, PATIENCE).toMatch(wanted);
  }

  test.skipIf(!areInstalled("NTP", "/usr/sbin/chronyd"))("chronyd asks another one for the time", async () => {
    const { port, target } = SERVICES.ntp;
    const config = join(lab.folder, "chrony.conf");
    const file = (name: string): string => join(lab.folder, name);
    const lines = [`port ${target}`, `bindaddress ${HOST}`, `allow ${HOST}`, "local stratum 3", "cmdport 0"];
    writeFileSync(config, [...lines, `pidfile ${file("ntpd.pid")}`, `driftfile ${file("drift")}`, ""].join("\n"));
    serve("/usr/sbin/chronyd", "-x", "-d", "-u", "root", "-f", config);
    const server = `server ${HOST} port ${port} iburst maxsamples 2`;
    const client = ["cmdport 0", `pidfile ${file("ntp.pid")}`];
    await untilSays(/System clock wrong by/, "/usr/sbin/chronyd", "-t", "10", "-Q", "-u", "root", server, ...client);
  });

  test.skipIf(!areInstalled("HTTP/3", "gtlsclient", "/usr/sbin/gtlsserver", "openssl"))(
    "an HTTP/3 client downloads a file over QUIC",
    async () => {
      const { port, target } = SERVICES.web;
      const [site, downloads] = ["site", "downloads"].map((name) => join(lab.folder, name)) as [string, string];
      const [key, certificate] = [join(lab.folder, "web-key.pem"), join(lab.folder, "web.pem")];
      for (const folder of [site, downloads]) mkdirSync(folder);
      const bytes = Buffer.alloc(FILE_BYTES, "a file that is read over HTTP/3, ");
      writeFileSync(join(site, "file"), bytes);
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=localhost"];
      const files = ["-keyout", key, "-out", certificate];
      expect(await lab.exec("d", ["openssl", "req", "-x509", "-days", "2", ...curve, ...files])).toMatchObject({
        code: 0,
      });
      serve("/usr/sbin/gtlsserver", "-q", "-d", site, HOST, String(target), key, certificate);
      const client = ["gtlsclient", "-q", "--exit-on-all-streams-close", `--download=${downloads}`, HOST, String(port)];
      const read = async (): Promise<boolean> => {
        await lab.exec("a", [...client, `https://localhost:${port}/file`], { timeoutMs: 30_000 });
        return readFileSync(join(downloads, "file")).equals(bytes);
      };
      await expect.poll(read, PATIENCE).toBe(true);
    },
  );

  test.skipIf(!areInstalled("iperf3 over UDP", "iperf3"))(
    "iperf3 sends 5 Mbit/s, and little of it is lost",
    async () => {
      const { port, target } = SERVICES.iperf;
      const server = lab.spawn(
        "d",
        ["iperf3", "--server", "--one-off", "--bind", HOST, "--port", String(target), "--forceflush"],
        {
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      await untilSaid(server.stdout!, "---");
      const amount = ["--udp", "--bitrate", "5M", "--time", "2", "--length", "1200"];
      const { stdout } = await lab.exec(
        "a",
        ["iperf3", "--json", "--client", HOST, "--port", String(port), ...amount],
        {
          timeoutMs: 60_000,
        },
      );
      const { sum } = (
        JSON.parse(stdout) as { end: { sum: { packets: number; lost_percent: number; jitter_ms: number } } }
      ).end;
      process.stdout.write(
        `iperf3, UDP at 5 Mbit/s: ${sum.lost_percent} % lost, jitter ${sum.jitter_ms.toFixed(2)} ms\n`,
      );
      expect(sum.packets).toBeGreaterThan(900);
      expect(sum.lost_percent).toBeLessThan(20);
    },
  );

  test.skipIf(!areInstalled("WireGuard", "curl") || !hasWireGuard("WireGuard"))(
    "a WireGuard tunnel carries a download",
    async () => {
      const { port, target } = SERVICES.wireguard;
      const addresses = { a: "192.0.2.65", d: "192.0.2.66" };
      wireGuard = new WireGuard(lab);
      const [caller, called] = [
        { node: "a", address: addresses.a },
        { node: "d", address: addresses.d, port: target },
      ];
      await wireGuard.raise(caller, called, `${HOST}:${port}`, 1_280);
      await startFileServer(lab, "d", 8_080, "through WireGuard", addresses.d);
      const url = `http://${addresses.d}:8080`;
      expect(await curl(lab, "a", `${url}/who`)).toBe("through WireGuard");
      const size = ["--output", join(lab.folder, "through-wireguard"), "--write-out", "%{size_download}"];
      expect(await curl(lab, "a", ...size, `${url}/file?size=${FILE_BYTES}`)).toBe(String(FILE_BYTES));
    },
  );

  test("a game's 60 packets a second come back in time", async () => {
    const { port, target } = SERVICES.game;
    const server = lab.spawn("d", ["python3", "-B", pacedEcho, "serve", String(target)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(server.stdout!, "data");
    const { stdout } = await lab.exec("a", ["python3", "-B", pacedEcho, "play", String(port), "3"], {
      timeoutMs: 60_000,
    });
    const { sent, answered, p50, p99, jitter } = JSON.parse(stdout) as Record<string, number>;
    const [median, high, varied] = [p50!, p99!, jitter!].map((ms) => ms.toFixed(2));
    process.stdout.write(
      `60 Hz: ${answered} of ${sent} answered, ${median} / ${high} ms (p50 / p99), jitter ${varied} ms\n`,
    );
    expect(answered).toBeGreaterThan(sent! * 0.8);
  });
});
