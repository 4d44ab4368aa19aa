/*
 *                                ┌── TLS ──┐
 *   a ── QUIC ── b ── TLS ── c ──┤         ├── d        each in a namespace of its own, c and d with two links
 *                                └─ serial ┘
 *
 *   The programs of `programs.test.ts`, on a and d. git and iperf3 go over TLS to the end, as they move much: on the serial line, which has 100 kB a second,
 *   the streams of iperf3 would have nothing to share, and would wait for what lies in buffers long after their time. All others take the line.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasPython, LINK_SERIAL, LINK_TLS } from "../src/link-vertices.ts";
import { PATIENCE } from "../src/patience.ts";
import { git } from "../src/programs/git.ts";
import { iperf } from "../src/programs/iperf.ts";
import { ProgramMesh, type Serving } from "../src/programs/program-mesh.ts";
import { describePrograms, programs } from "../src/programs/programs.ts";
import { isRoot } from "../src/root.ts";
import { SerialWire } from "../src/serial-wire.ts";
import { MEGABYTE } from "../src/services.ts";

const BAUD = 1_000_000;
const SERIAL_BYTES_MAX = 70_000;
const TLS_BYTES_MAX = MEGABYTE;
/** The largest packets that each link carries whole, alone and behind a link over QUIC. */
const SERIAL_MTU = 1_280;
const TLS_AND_QUIC_MTU = 4_096;

const isOverTls = (program: Serving): boolean => program === git || program === iperf;

describe.skipIf(!isRoot || !hasPython("mixed-programs"))("programs over links of three protocols", () => {
  const mesh = new ProgramMesh(programs);
  let wire: SerialWire;

  beforeAll(async () => {
    wire = await SerialWire.lay(BAUD, 0);
    const tls = { listen: "tls://0.0.0.0:443" };
    await mesh.open({
      nodes: {
        a: {},
        b: { portals: { tls } },
        c: { portals: { tls, serial: { listen: wire.listen(0) } } },
        d: { portals: { tls, serial: { listen: wire.listen(1) } } },
      },
      // In a lab the wire of link 1 has the addresses 10.77.1.1 and 10.77.1.2.
      links: [
        { between: ["a", "b"] },
        { between: ["b", "c"], portal: "tls", endpoint: "tls://10.77.1.2:443" },
        { between: ["c", "d"], portal: "tls", endpoint: "tls://10.77.2.2:443" },
        { between: ["c", "d"], tag: "1", portal: "serial", endpoint: wire.endpoint(0) },
      ],
      linkVertices: { tls: LINK_TLS, serial: LINK_SERIAL },
      pathTo: (program) => ["a", "b", "c", isOverTls(program) ? "d" : "d/1"],
    });
  });
  afterAll(async () => {
    await mesh.close();
    await wire?.[Symbol.asyncDispose]();
  });

  describePrograms(mesh, (program) => Math.min(program.bytes, isOverTls(program) ? TLS_BYTES_MAX : SERIAL_BYTES_MAX));

  test("each path has settled on packets that all its links carry", async () => {
    const wanted = programs.flatMap((program) =>
      Object.keys(program.services(mesh.folder)).map((service) => [
        service,
        isOverTls(program) ? TLS_AND_QUIC_MTU : SERIAL_MTU,
      ]),
    );
    const settled = async (): Promise<unknown> => {
      const paths = (await mesh.lab.status("a")).clusterFlor!["paths"] as readonly Record<string, unknown>[];
      return paths
        .filter(({ mtuOrigin }) => mtuOrigin !== "probing")
        .map(({ name, mtu }) => [String(name).split(".")[0], mtu]);
    };
    await expect.poll(settled, PATIENCE).toEqual(wanted);
  });
});
