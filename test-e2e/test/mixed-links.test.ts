/*
 *   a ── QUIC ── b ── TLS ── c ── serial ── d        b and c have a portal and a link vertex for each
 *
 *   Then QUIC between a and b becomes TLS, too.
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import {
  CHOSEN_LINK_VERTEX,
  chooseLinkVertex,
  hasPython,
  SecondLinkVertex,
  setEndpoint,
  setListen,
} from "../src/link-vertices.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SerialWire } from "../src/serial-wire.ts";
import { MEGABYTE, downloadDigest, startFileServer } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { now } from "../src/monotonic-clock.ts";

const SIZE = 20 * MEGABYTE;

describe.skipIf(!isRoot || !hasPython("mixed-links"))("links over several protocols, in namespaces", () => {
  let lab: Lab;
  let wire: SerialWire;
  let second: SecondLinkVertex;

  beforeAll(async () => {
    const allow = ["user/alice"];
    const [as, path] = ["user/alice", ["a", "b", "c"]];
    lab = await openLab(
      {
        cluster: "mixed",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: {
          files: { node: "c", target: "tcp://127.0.0.1:8080", allow },
          far: { node: "d", target: "tcp://127.0.0.1:8080", allow },
          steady: { node: "c", target: "tcp://127.0.0.1:8081", allow },
        },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as, service: "files", path },
          { node: "a", listen: "tcp://127.0.0.1:18002", as, service: "steady", "connect-wait": "1min", path },
          { node: "a", listen: "tcp://127.0.0.1:18003", as, service: "far", path: [...path, "d"] },
        ],
      },
      { mode: "netns", linkVertex: CHOSEN_LINK_VERTEX },
    );
    chooseLinkVertex(lab, "a", "quic");
    chooseLinkVertex(lab, "b", "quic");
    chooseLinkVertex(lab, "c", "tls");
    chooseLinkVertex(lab, "d", "serial");
    wire = await SerialWire.lay(115_200, 0);
    setListen(lab, "d", wire.listen(1));
    setEndpoint(lab, "c", "d", wire.endpoint(0));
    second = new SecondLinkVertex(lab, "b", "tls", ["c"], "tls://0.0.0.0:4434");
    second.start();
    new SecondLinkVertex(lab, "c", "serial", ["d"], wire.listen(0)).start();
    await lab.up();
    for (const node of ["c", "d"]) await startFileServer(lab, node, 8080);
    await SteadyService.start(lab, "c", 8081);
  });
  afterAll(async () => {
    await lab?.down();
    await wire?.[Symbol.asyncDispose]();
  });

  async function protocols(node: string): Promise<unknown> {
    const portals = (await lab.status(node)).clusterFlor?.portals as readonly { linkProtocol?: string }[] | undefined;
    return portals?.map(({ linkProtocol }) => linkProtocol);
  }

  test("a download comes whole, also when the second link vertex is killed on the way", async () => {
    expect(await protocols("b")).toEqual(expect.arrayContaining(["quic", "tls"]));
    expect(await downloadDigest(lab, "a", 18_001, SIZE)).toBe(fileDigest(SIZE));
    const digest = downloadDigest(lab, "a", 18_001, SIZE);
    await second.kill();
    second.start();
    expect(await digest).toBe(fileDigest(SIZE));
    await lab.waitUntilUp();
  });

  test("a download comes whole over all of them, and the size of packets is that of the line", async () => {
    expect(await downloadDigest(lab, "a", 18_003, 20_000)).toBe(fileDigest(20_000));
    const paths = (await lab.status("a")).clusterFlor!["paths"] as readonly { mtu: number }[];
    expect(paths.map(({ mtu }) => mtu)).toContain(1_280);
  });

  test("connections go on when a link gets another protocol", async () => {
    using workload = await SteadyWorkload.start(lab, "a", 18_002);
    for (const node of ["a", "b"]) {
      chooseLinkVertex(lab, node, "tls");
      await lab.restart(node, "link-flor");
    }
    await expect.poll(() => protocols("a"), PATIENCE).toEqual(["tls"]);
    await lab.waitUntilUp();
    await workload.untilProgress(now());
    expect(workload.lost).toEqual(new Map());
  });
});
