/*
 *   a ───── b        a second instance of each process of a is started while a download runs from b to a
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { OwnProcess } from "../src/own-process.ts";
import { PATIENCE } from "../src/patience.ts";
import { countLogged } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, startFileServer } from "../src/services.ts";

interface Case {
  readonly name: ProcessName;
  readonly shares: string;
  /** Keys of the config that get other values: the second instance shares the rest with the first. */
  readonly moves: readonly RegExp[];
  readonly code: string;
}

const cases: readonly Case[] = [
  { name: "link-flor", shares: "everything", moves: [], code: "ERR_SOCKET_IN_USE" },
  {
    name: "link-flor",
    shares: "its admin socket",
    moves: [/listen: udp:[^,]*/, /bind: [^,]*\.sock/],
    code: "ERR_SOCKET_IN_USE",
  },
  { name: "cluster-flor", shares: "everything", moves: [], code: "ERR_SOCKET_IN_USE" },
  { name: "cluster-flor", shares: "its admin socket", moves: [/bind: [^,}\n]*\.sock/], code: "ERR_SOCKET_IN_USE" },
];

describe.skipIf(!isRoot)("a second instance is refused, and does not hurt the first", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "second",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }],
        services: { files: { node: "b", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: "tcp://127.0.0.1:18001",
            as: "user/alice",
            service: "files",
            // A path of one size gives its connection no successor.
            path: { hops: ["a", "b"], mtu: 1_280 },
          },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "b", 8080);
  });
  afterAll(() => lab?.down());

  test("whatever they share", async () => {
    const size = 36 * MEGABYTE;
    const url = `http://127.0.0.1:18001/file?size=${size}`;
    const command = `set -o pipefail; curl --silent --show-error --fail --limit-rate 12M --max-time 60 '${url}' | sha256sum`;
    // The tunnel's connection is made by itself, a moment after the link has come up.
    const states = async () => (await lab.status("a")).clusterFlor!.connections.map(({ state }) => state);
    await expect.poll(states, PATIENCE).toEqual(["established"]);
    const before = await facts();
    const download = lab.exec("a", ["bash", "--norc", "-c", command], { timeoutMs: 70_000 });
    // Two cases run at a time: the machine is small.
    for (let i = 0; i < cases.length; i += 2) {
      await Promise.all(cases.slice(i, i + 2).map((each, at) => expectRefused(each, i + at)));
    }
    const { code, stdout, stderr } = await download;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split(" ")[0]).toBe(fileDigest(size));
    expect(await facts()).toEqual(before);
  });

  async function expectRefused({ name, shares, moves, code }: Case, index: number): Promise<void> {
    const second = new OwnProcess(lab, "a", name, variant(name, moves, index));
    const end = await second.ended;
    const what = `${name} that shares ${shares}: ${second.stderr}`;
    expect(end, what).toMatchObject({ code: 2, signal: null });
    expect(second.stderr, what).toContain(`[${code}]`);
    // The message has a line for what happened, and below it one for what to do.
    expect(second.stderr.trimEnd().split("\n").length, what).toBeGreaterThan(1);
    expect(second.hasLogged("READY"), what).toBe(false);
  }

  /** The config of a's process with some values changed. */
  function variant(name: ProcessName, moves: readonly RegExp[], index: number): string {
    let text = readFileSync(lab.configFile("a", name), "utf8");
    for (const move of moves) {
      expect(text).toMatch(move);
      text = text.replace(move, (found) =>
        found.replace(/:\d+$/, `:${5_000 + index}`).replace(/\.sock/, `-${index}.sock`),
      );
    }
    const file = `${lab.configFile("a", name)}.second-${index}.yaml`;
    writeFileSync(file, text);
    return file;
  }

  /** All that a second instance must leave alone: socket files, instances, links, connections, and the silence of the logs. */
  async function facts(): Promise<unknown> {
    const texts = (["link-flor", "cluster-flor"] as const).map((name) =>
      readFileSync(lab.configFile("a", name), "utf8"),
    );
    const sockets = new Set(texts.flatMap((text) => text.match(/\/[^\s,"}]*\.sock/g) ?? []));
    expect(sockets.size).toBe(4);
    const { clusterFlor, linkFlor } = await lab.status("a");
    const logs = await Promise.all((["link-flor", "cluster-flor"] as const).map((name) => lab.logs("a", name)));
    return {
      inodes: [...sockets].toSorted().map((path) => [path, statSync(path).ino]),
      instances: [clusterFlor!["instance"], (linkFlor as unknown as { instance: string }).instance],
      links: clusterFlor!.links.map(({ state, ...link }) => [state, link["handle"], link["ups"]]),
      connections: clusterFlor!.connections.map((connection) => (connection as unknown as { id: string }).id),
      troubles: ["LINK_DOWN", "PORTAL_DETACHED", "TRANSPORT_DOWN", "STREAM_REFUSED"].map((code) =>
        logs.map((log) => countLogged(log, code)),
      ),
    };
  }
});
