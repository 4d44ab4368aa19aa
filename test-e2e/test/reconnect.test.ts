/*
 *   a ───── b ───── c ───── d        a download runs from d to a while something in the middle breaks
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, startFileServer } from "../src/services.ts";

const SIZE = 60 * MEGABYTE;

const faults: { readonly name: string; readonly strike: (lab: Lab) => Promise<void> }[] = [
  { name: "b's link-flor is killed and started", strike: (lab) => killAndStart(lab, "b", "link-flor") },
  { name: "b's cluster-flor is killed and started", strike: (lab) => killAndStart(lab, "b", "cluster-flor") },
  { name: "a's link-flor is killed and started", strike: (lab) => killAndStart(lab, "a", "link-flor") },
  { name: "d's link-flor is killed and started", strike: (lab) => killAndStart(lab, "d", "link-flor") },
  {
    name: "the wire between b and c is cut for two seconds",
    strike: async (lab) => {
      await lab.linkDown("b", "c");
      await sleep(2000);
      await lab.linkUp("b", "c");
    },
  },
  {
    name: "both processes of c are stopped for two seconds",
    strike: async (lab) => {
      await lab.kill("c", "link-flor", "SIGSTOP");
      await lab.kill("c", "cluster-flor", "SIGSTOP");
      await sleep(2000);
      await lab.kill("c", "cluster-flor", "SIGCONT");
      await lab.kill("c", "link-flor", "SIGCONT");
    },
  },
];

describe.skipIf(!isRoot)("links come back by themselves, and workload connections live through it", () => {
  let lab: Lab;
  const digest = fileDigest(SIZE);

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "reconnect",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { files: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
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
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "d", 8080);
  });
  afterAll(() => lab?.down());

  test.each(faults)("$name", async ({ strike }) => {
    // The rate keeps the download running while the fault lasts.
    const url = `http://127.0.0.1:18001/file?size=${SIZE}`;
    const command = `set -o pipefail; curl --silent --show-error --fail --limit-rate 12M --max-time 60 '${url}' | sha256sum`;
    const download = lab.exec("a", ["bash", "-c", command], { timeoutMs: 70_000 });
    await sleep(1000);
    await strike(lab);
    const { code, stdout, stderr } = await download;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split(" ")[0]).toBe(digest);
    await lab.waitUntilUp({ timeoutMs: 10_000 });
  });
});

async function killAndStart(lab: Lab, node: string, process: "link-flor" | "cluster-flor"): Promise<void> {
  await lab.kill(node, process);
  lab.start(node, process);
}
