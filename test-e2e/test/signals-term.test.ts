/*
 *   a ───── b ───── c        clients on a use a service on c; each process is told to stop, with things under way
 */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { curl, MEGABYTE, startFileServer } from "../src/services.ts";
import { expectLog } from "../src/log-entries.ts";

const url = "http://127.0.0.1:18001";
/** How long a process that stops waits for streams that have not ended. */
const DRAIN_MS = 5_000;
/** A time within which a process that does not wait ends. */
const AT_ONCE_MS = DRAIN_MS / 2;

describe.skipIf(!isRoot)("SIGTERM", () => {
  let lab: Lab;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    lab = await openLab(
      {
        cluster: "term",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { files: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files", path: ["a", "b", "c"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "c", 8080);
  });
  afterAll(async () => {
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits until a request gets through. */
  async function untilAnswered(): Promise<void> {
    const argv = ["curl", "--silent", "--fail", "--max-time", "2", `${url}/who`];
    await expect.poll(async () => (await lab.exec("a", argv)).stdout, PATIENCE).toBe("c");
  }

  /** A client that says nothing, and the way in which its connection ends. */
  async function idleClient(): Promise<{ ended: Promise<string> }> {
    const program = `
      const socket = require("node:net").connect({ host: "127.0.0.1", port: 18001 });
      socket.on("connect", () => process.stdout.write("connected "));
      socket.on("end", () => process.stdout.write("end "));
      socket.on("error", ({ code }) => process.stdout.write(code + " "));`;
    const child = lab.spawn("a", [process.execPath, "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    const ended = new Promise<string>((done) => child.once("close", () => done(said)));
    child.stdout!.on("data", (text: Buffer) => (said += text.toString()));
    await expect.poll(() => said, PATIENCE).toBe("connected ");
    await expect.poll(() => streamsOf("a"), PATIENCE).toBeGreaterThan(0);
    return { ended };
  }

  /**
   * A client that connects when it is told to, and the error that it gets: a process that stops leaves too few seconds to start a program
   * in. (curl has two exit codes for a reset, as it comes before or after curl knows that it is connected.)
   */
  async function readyClient(): Promise<{ refusal: () => Promise<string> }> {
    const program = `
      process.stdout.write("ready");
      process.stdin.once("data", () => {
        const socket = require("node:net").connect({ host: "127.0.0.1", port: 18001 });
        socket.on("error", ({ code }) => process.stdout.write(code, () => process.exit()));
      });`;
    const child = lab.spawn("a", [process.execPath, "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout!, "data");
    const refusal = async (): Promise<string> => {
      child.stdin!.write("now");
      return text(child.stdout!);
    };
    return { refusal };
  }

  async function streamsOf(node: string): Promise<number> {
    const { clusterFlor } = await lab.status(node);
    return clusterFlor?.connections.reduce((sum, { streamsOpen }) => sum + streamsOpen, 0) ?? 0;
  }

  test("of the service's cluster-flor: a download ends well, new ones are refused, what idles is reset after 5 s", async () => {
    const c = await OwnProcess.inPlaceOf(lab, "c", "cluster-flor");
    await untilAnswered();
    const idle = await idleClient();
    const size = 2 * MEGABYTE;
    const mayEnd = join(folder, "may-end");
    const command = `set -o pipefail; curl --silent --fail '${url}/file?size=${size}&until=${mayEnd}' | sha256sum`;
    const download = lab.exec("a", ["bash", "--norc", "-c", command], { timeoutMs: PATIENCE_MS });
    await expect.poll(() => streamsOf("c"), PATIENCE).toBe(2);
    const client = await readyClient();
    const end = c.endBy("SIGTERM");
    await expect.poll(() => c.hasLogged("STOPPING"), PATIENCE).toBe(true);
    expect(await client.refusal()).toBe("ECONNRESET");
    await writeFile(mayEnd, "");
    const { stdout, code } = await download;
    expect({ code, digest: stdout.split(" ")[0] }).toEqual({ code: 0, digest: fileDigest(size) });
    expect(await idle.ended).toBe("connected ECONNRESET ");
    const { ms, ...how } = await end;
    expect(how).toEqual({ code: 0, signal: null });
    expect(ms).toBeGreaterThan(0.9 * DRAIN_MS);
    expect(ms).toBeLessThan(2 * DRAIN_MS);
    const { clusterFlor } = await lab.status("a");
    expect(clusterFlor!.tunnels[0]).toMatchObject({ connections: { refused: { STOPPING: 1 } } });
    lab.start("c", "cluster-flor");
    await untilAnswered();
  });

  test("of a cluster-flor without streams, and of link-flor: each ends at once, and its neighbours see it", async () => {
    const b = await OwnProcess.inPlaceOf(lab, "b", "cluster-flor");
    const link = await OwnProcess.inPlaceOf(lab, "b", "link-flor");
    await untilAnswered();
    for (const process of [b, link]) {
      const { ms, ...how } = await process.endBy("SIGTERM");
      expect(how).toEqual({ code: 0, signal: null });
      expect(ms).toBeLessThan(AT_ONCE_MS);
    }
    for (const node of ["a", "c"]) {
      await expectLog(lab, node, "link-flor").toMatch(/^.*"LINK_DOWN".*"STOPPING"|^.*"STOPPING".*"LINK_DOWN"/m);
    }
    lab.start("b", "cluster-flor");
    lab.start("b", "link-flor");
    await untilAnswered();
  });

  test("of a cluster-flor whose links are down: it does not wait for streams that cannot end", async () => {
    const a = await OwnProcess.inPlaceOf(lab, "a", "cluster-flor");
    await untilAnswered();
    const idle = await idleClient();
    await lab.kill("a", "link-flor");
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor?.links.every(({ state }) => state !== "up"), PATIENCE)
      .toBe(true);
    const { ms, ...how } = await a.endBy("SIGTERM");
    expect(how).toEqual({ code: 0, signal: null });
    expect(ms).toBeLessThan(AT_ONCE_MS);
    expect(await idle.ended).toBe("connected ECONNRESET ");
    lab.start("a", "link-flor");
  });

  test("twice: the second one ends the process at once", async () => {
    const a = new OwnProcess(lab, "a", "cluster-flor", lab.configFile("a", "cluster-flor"));
    await untilAnswered();
    await idleClient();
    a.signal("SIGTERM");
    await expect.poll(() => a.hasLogged("STOPPING"), PATIENCE).toBe(true);
    // The handlers of the first signal are gone before that is logged.
    const { ms, signal } = await a.endBy("SIGINT");
    expect(signal).toBe("SIGINT");
    expect(ms).toBeLessThan(AT_ONCE_MS);
    lab.start("a", "cluster-flor");
    expect(await lab.waitUntilUp().then(() => curl(lab, "a", `${url}/who`))).toBe("c");
  });
});
