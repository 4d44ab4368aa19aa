/*
 *   a ── QUIC ── b ── TLS ── c ── serial ── d        b and c have a portal and a link vertex for each
 *
 *   Then QUIC between a and b becomes TLS, too.
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { executable } from "../src/executables.ts";
import { CHOSEN_LINK_VERTEX, chooseLinkVertex, hasPython, LINK_SERIAL, LINK_TLS } from "../src/link-vertices.ts";
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

  beforeAll(async () => {
    const allow = ["user/alice"];
    const [as, path] = ["user/alice", ["a", "b", "c"]];
    wire = await SerialWire.lay(115_200, 0);
    const tls = { listen: "tls://0.0.0.0:443" };
    lab = await openLab(
      {
        cluster: "mixed",
        nodes: {
          a: {},
          b: { portals: { tls } },
          c: { portals: { tls, serial: { listen: wire.listen(0) } } },
          d: { portals: { serial: { listen: wire.listen(1) } } },
        },
        // In a lab the wire of link 1 has the addresses 10.77.1.1 and 10.77.1.2.
        links: [
          { between: ["a", "b"] },
          { between: ["b", "c"], portal: "tls", endpoint: "tls://10.77.1.2:443" },
          { between: ["c", "d"], portal: "serial", endpoint: wire.endpoint(0) },
        ],
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
      { mode: "netns", linkVertex: CHOSEN_LINK_VERTEX, linkVertices: { tls: LINK_TLS, serial: LINK_SERIAL } },
    );
    for (const node of ["a", "b"]) chooseLinkVertex(lab, node, executable("link-flor"));
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

  test("a download comes whole, also when the link vertex over TLS is killed on the way", async () => {
    expect(await protocols("b")).toEqual(expect.arrayContaining(["quic", "tls"]));
    expect(await downloadDigest(lab, "a", 18_001, SIZE)).toBe(fileDigest(SIZE));
    const digest = downloadDigest(lab, "a", 18_001, SIZE);
    await lab.kill("b", "link-tls");
    lab.start("b", "link-tls");
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
      chooseLinkVertex(lab, node, LINK_TLS);
      await lab.restart(node, "link-flor");
    }
    await expect.poll(() => protocols("a"), PATIENCE).toEqual(["tls"]);
    await lab.waitUntilUp();
    await workload.untilProgress(now());
    expect(workload.lost).toEqual(new Map());
  });
});
