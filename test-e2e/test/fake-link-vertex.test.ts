/*
 *   a ───── b ───── c ───── d        on every node a link vertex in Python, which shares no line with link-flor
 *
 *   In namespaces the fakes carry large packets, and say now and then that they would rather not, or cannot any more.
 *
 *   a ───── b       where links must run over QUIC
 *
 *   It was written from docs/protocol/florio.md and docs/protocol/portal-api.md: the two processes of a node meet nowhere else.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fileContents, fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { hasPython, PYTHON } from "../src/link-vertices.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer, uploadDigest } from "../src/services.ts";

const isReady = hasPython("fake-link-vertex");
const SIZE = 10 * MEGABYTE;
/** A status with a workload's connection. */
const inUse = { tunnels: [{ connections: { open: 1 } }] };
const CONNECTIONS = 20;
/** The sizes that the fake carries; link-flor carries other sizes. */
const MTU = { netns: 9_000, loopback: 1_420 };

const faults = [
  { node: "c", process: "link-flor", name: "c's fake is killed and started" },
  { node: "b", process: "cluster-flor", name: "b's cluster-flor is killed and started" },
] as const;

test("the fake reads and writes the published vectors", async () => {
  const { stdout } = await promisify(execFile)(PYTHON[0], ["-B", program("check_vectors.py")]);
  expect(stdout).toMatch(/^\d+ frames and \d+ messages are right\n$/);
});

test.skipIf(!isReady)("meshlab raises a mesh over it from the command line", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const vertex = `${PYTHON.join(" ")} test-e2e/src/fake-link-vertex/fake_link_vertex.py`;
  const words = ["tools/meshlab/dist/main.js", "up", "examples/line.yaml", "--link-vertex", vertex];
  const child = spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill());
  const closed = once(child, "close");
  let output = "";
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes("stays up until Ctrl-C")) child.kill("SIGINT");
  }
  expect(await closed).toEqual([0, null]);
  for (const link of ["a -> b", "b -> c", "c -> d"]) expect(output).toMatch(new RegExp(`${link} +up +1420 `));
});

test.skipIf(!isReady)(
  "where links must run over QUIC, a link vertex that says otherwise carries none until another one takes its place",
  async () => {
    const mesh = { cluster: "strict", carriers: "quic-only" as const, nodes: { a: {}, b: {} } };
    const links = [{ between: ["a", "b"] }];
    const lab = await openLab({ ...mesh, links }, { linkVertex: [...PYTHON, program("fake_link_vertex.py")] });
    onTestFinished(() => lab.down());
    /** Starts another fake in the place of the node's, which claims to be of that protocol. */
    async function claim(node: string, protocol: string): Promise<void> {
      await writeFile(join(dirname(lab.configFile(node, "link-flor")), "link-protocol"), protocol);
    }
    async function replace(protocol: string): Promise<void> {
      await claim("b", protocol);
      await lab.kill("b", "link-flor");
      lab.start("b", "link-flor");
    }
    for (const node of ["a", "b"]) await claim(node, "quic");
    await lab.up();
    expect((await lab.status("b")).clusterFlor).toMatchObject({ portals: [{ linkProtocol: "quic" }] });

    await replace("plain-udp");
    const reason = {
      code: "WRONG_LINK_PROTOCOL",
      text: expect.stringContaining("links over plain-udp, and only quic"),
    };
    await expect
      .poll(async () => (await lab.status("b")).clusterFlor, PATIENCE)
      .toMatchObject({ portals: [{ state: "refused", ...reason }], links: [{ state: "waiting", ...reason }] });

    await replace("quic");
    await lab.waitUntilUp();
  },
);

describe.skipIf(!isRoot || !isReady)("a mesh over another link vertex, in namespaces", () => testMesh("netns"));
describe.skipIf(!isReady)("a mesh over another link vertex, on loopback", () => testMesh("loopback"));

function testMesh(mode: "netns" | "loopback"): void {
  let lab: Lab;
  let folder: string;
  let file: string;
  let port: number;
  const mtu = MTU[mode];

  /** Sets the packet sizes that a node's fake carries from its next start on, and prefers from now on. */
  async function setSizes(node: string, carried: number, preferred: number): Promise<void> {
    await writeFile(join(dirname(lab.configFile(node, "link-flor")), "link-sizes"), `${carried} ${preferred}`);
  }

  async function pathSize(): Promise<string> {
    const paths = (await lab.statuses()).get("a")!.clusterFlor!["paths"] as { mtu: number; mtuOrigin: string }[];
    return `${paths[0]!.mtu} ${paths[0]!.mtuOrigin}`;
  }
  const digest = fileDigest(SIZE);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    file = join(folder, "upload");
    await pipeline(fileContents(SIZE), createWriteStream(file));
    const servicePort = mode === "netns" ? 8080 : await freePort();
    lab = await openLab(
      {
        cluster: "fake",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { files: { node: "d", target: `tcp://127.0.0.1:${servicePort}`, allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: "tcp://127.0.0.1:18001",
            as: "user/alice",
            service: "files",
            path: ["a", "b", "c", "d"],
          },
        ],
      },
      { mode, linkVertex: [...PYTHON, program("fake_link_vertex.py")] },
    );
    if (mode === "netns") for (const node of ["a", "b", "c", "d"]) await setSizes(node, mtu, mtu);
    await lab.up();
    await startFileServer(lab, "d", servicePort);
    port = Number(new URL(lab.tunnels[0]!.listen).port);
  });

  afterAll(async () => {
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  test("all links are the fake's", async () => {
    const statuses = await lab.statuses();
    const mtus = [...statuses.values()].flatMap(({ clusterFlor }) => clusterFlor?.links.map(({ mtu }) => mtu));
    expect(mtus).toEqual(Array(6).fill(mtu));
    await expect.poll(pathSize, PATIENCE).toBe(`${Math.min(mtu, 8_192)} proven`);
  });

  test("10 MB down over three links arrive whole", async () => {
    expect(await downloadDigest(lab, "a", port, SIZE)).toBe(digest);
  });

  test("10 MB up over three links arrive whole", async () => {
    expect(await uploadDigest(lab, "a", port, file)).toBe(digest);
  });

  test("20 connections at once: each gets the right bytes", async () => {
    const size = 100_000;
    const url = `http://127.0.0.1:${port}/file?size=${size}&n=[1-${CONNECTIONS}]`;
    const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", String(CONNECTIONS)];
    await curl(lab, "a", ...parallel, "--no-keepalive", "--output", join(folder, "part-#1"), url);
    const sum = `sha256sum ${folder}/part-* | cut -d' ' -f1 | sort | uniq -c`;
    const sums = await lab.exec("a", ["bash", "--norc", "-c", sum]);
    expect(sums.stdout.trim()).toBe(`${CONNECTIONS} ${fileDigest(size)}`);
  });

  test.each(faults)("a running download goes on when $name", async ({ node, process }) => {
    const isShrinking = mode === "netns" && process === "link-flor";
    const mayEnd = join(folder, `${node}-${process}`);
    const download = downloadUntil(lab, port, mayEnd);
    await expect.poll(async () => (await lab.status("a")).clusterFlor, PATIENCE).toMatchObject(inUse);
    // Links first prefer smaller packets, then they cannot carry the former ones any more.
    if (isShrinking) {
      await setSizes("b", mtu, 4_096);
      // Only larger packets are marked, and the download may have none under way.
      const withTraffic = (): Promise<string> => downloadDigest(lab, "a", port, 100_000).then(pathSize);
      await expect.poll(withTraffic, PATIENCE).toBe("4096 marked");
    }
    await lab.kill(node, process);
    await writeFile(mayEnd, "");
    if (isShrinking) await setSizes("c", 1_280, 1_280);
    lab.start(node, process);
    const { code, stdout, stderr } = await download;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split(" ")[0]).toBe(digest);
    await lab.waitUntilUp();
    if (isShrinking) await expect.poll(pathSize, PATIENCE).toBe("1280 lost");
  });
}

/** Downloads at a rate that keeps it running while a fault lasts. The server ends it once a file exists, however busy the machine is. */
function downloadUntil(lab: Lab, port: number, mayEnd: string): ReturnType<Lab["exec"]> {
  const url = `http://127.0.0.1:${port}/file?size=${SIZE}&until=${mayEnd}`;
  const command = `set -o pipefail; curl --silent --show-error --fail --limit-rate 2M --max-time 100 '${url}' | sha256sum`;
  return lab.exec("a", ["bash", "--norc", "-c", command], { timeoutMs: 110_000 });
}

function program(name: string): string {
  return fileURLToPath(new URL(`../src/fake-link-vertex/${name}`, import.meta.url));
}
