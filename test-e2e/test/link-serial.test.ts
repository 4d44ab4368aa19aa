/*
 *   a ── serial ── b        115,200 baud on pseudo-terminals, by the link vertex in Python of examples/link-vertex-python
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@florenetes/meshlab";
import { startSsh } from "@florenetes/workloads";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { areInstalled } from "../src/installed.ts";
import { hasPython, LINK_SERIAL } from "../src/link-vertices.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { Conversation } from "../src/programs/conversation.ts";
import { sshPorts } from "../src/programs/ssh.ts";
import { webPorts } from "../src/programs/web.ts";
import { isRoot } from "../src/root.ts";
import { SerialWire } from "../src/serial-wire.ts";
import { curl, downloadDigest, startFileServer } from "../src/services.ts";

const BAUD = 115_200;
const SIZE = 20_000;
const IDLE = 20;
/** Seconds within which every tunnel asks its far end for a sign of life. */
const WINDOW_S = 10;

const lines = [
  { what: "a line on which one end speaks at a time", loss: 0, duplex: "half" },
  { what: "a line that loses 5 % of all frames", loss: 50, duplex: "full" },
] as const;

const isReady =
  isRoot && hasPython("link-serial") && areInstalled("link-serial", "ssh", "ssh-keygen", "/usr/sbin/sshd");

interface Status {
  readonly paths: readonly { readonly isReachable: boolean | null }[];
  readonly links: readonly { readonly bytesSent: number; readonly bytesReceived: number }[];
}

describe.skipIf(!isReady)("serial lines", () => {
  test.each(lines)("curl and ssh over $what", async ({ loss, duplex }) => {
    await using wire = await SerialWire.lay(BAUD, loss);
    const allow = ["user/alice"];
    const [as, path] = ["user/alice", ["a", "b"]];
    await using lab = await openLab(
      {
        cluster: "serial",
        nodes: {
          a: { portals: { serial: { listen: wire.listen(0, duplex) } } },
          b: { portals: { serial: { listen: wire.listen(1, duplex) } } },
        },
        links: [{ between: ["a", "b"], portal: "serial", endpoint: wire.endpoint(0) }],
        services: {
          web: { node: "b", target: `tcp://127.0.0.1:${webPorts.target}`, allow },
          ssh: { node: "b", target: `tcp://127.0.0.1:${sshPorts.target}`, allow },
        },
        tunnels: [
          { node: "a", listen: `tcp://127.0.0.1:${webPorts.tunnel}`, as, service: "web", path },
          { node: "a", listen: `tcp://127.0.0.1:${sshPorts.tunnel}`, as, service: "ssh", path },
        ],
      },
      { mode: "netns", linkVertices: { serial: LINK_SERIAL } },
    );
    await lab.up();

    await startFileServer(lab, "b", webPorts.target);
    expect(await curl(lab, "a", `http://127.0.0.1:${webPorts.tunnel}/who`)).toBe("b");
    expect(await downloadDigest(lab, "a", webPorts.tunnel, SIZE)).toBe(fileDigest(SIZE));

    const folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const { options } = await startSsh(
      {
        folder,
        prepare: async (...argv) => (await lab.exec("b", argv)).stdout,
        serve: async (port, argv) => {
          const server = lab.spawn("b", argv, { stdio: "ignore" });
          const isListening = async (): Promise<boolean> =>
            (await lab.exec("b", ["ss", "-ltnH", `sport = :${port}`])).stdout !== "";
          await vi.waitUntil(isListening, PATIENCE);
          return server;
        },
      },
      sshPorts.target,
      sshPorts.tunnel,
    );
    const argv = ["ssh", "-tt", "-p", String(sshPorts.tunnel), ...options, "root@127.0.0.1", "env PS1='ready> ' sh -i"];
    const session = new Conversation(lab.spawn("a", argv));
    await session.hears("ready> ");
    session.says("echo $((6 * 7))\r");
    await session.hears("42\r\nready> ");
    session.says("exit 9\r");
    expect(await session.end()).toBe(9);
  });

  test("idle tunnels come up, and leave the line nearly empty", async () => {
    await using wire = await SerialWire.lay(BAUD, 0);
    const indices = Array.from({ length: IDLE }, (_, index) => index);
    const service = { node: "b", target: `tcp://127.0.0.1:${webPorts.target}`, allow: ["user/alice"] };
    await using lab = await openLab(
      {
        cluster: "serial",
        nodes: {
          a: { portals: { serial: { listen: wire.listen(0) } } },
          b: { portals: { serial: { listen: wire.listen(1) } } },
        },
        links: [{ between: ["a", "b"], portal: "serial", endpoint: wire.endpoint(0) }],
        services: Object.fromEntries(indices.map((index) => [`idle${index}`, service])),
        tunnels: indices.map((index) => {
          const listen = `tcp://127.0.0.1:${webPorts.tunnel + index}`;
          return { node: "a", listen, as: "user/alice", service: `idle${index}`, path: ["a", "b"] };
        }),
      },
      { mode: "netns", linkVertices: { serial: LINK_SERIAL } },
    );
    await lab.up();

    const looks: { readonly at: number; readonly bytes: number }[] = [];
    const look = async (): Promise<boolean> => {
      const { paths, links } = (await lab.status("a")).clusterFlor as unknown as Status;
      const { bytesSent, bytesReceived } = links[0]!;
      looks.push({ at: now(), bytes: bytesSent + bytesReceived });
      return paths.every(({ isReachable }) => isReachable);
    };
    await expect.poll(look, PATIENCE).toBe(true);
    // The test looks at both directions together: copies of packets on their way filled one or the other at any time.
    const isQuiet = async (): Promise<boolean> => {
      await look();
      const last = looks.at(-1)!;
      return looks.some(({ at, bytes }) => {
        const seconds = (last.at - at) / 1_000;
        return seconds >= WINDOW_S && (last.bytes - bytes) / seconds < BAUD / 10 / 20;
      });
    };
    await expect.poll(isQuiet, PATIENCE).toBe(true);
    expect(await look()).toBe(true);
  });
});
