/*
 *   a ───── b      a link of 8 Mbit/s, and a download over it
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { MEGABYTE, downloadDigest, startFileServer } from "../src/services.ts";

const engines = nativeEngine() === undefined ? ["portable"] : ["portable", "native"];
const SIZE = 2 * MEGABYTE;
const BITS_PER_SECOND = 8_000_000;
/** The shortest time of the download, in seconds: the gate lets some milliseconds of it go ahead of their time. */
const SECONDS_MIN = ((8 * SIZE) / BITS_PER_SECOND) * 0.98;

describe.each(engines)("a link with a rate, over the %s engine", (engine) => {
  let lab: Lab;
  let port: number;

  beforeAll(async () => {
    const servicePort = await freePort();
    const service = { node: "b", target: `tcp://127.0.0.1:${servicePort}`, allow: ["user/alice"] };
    const tunnel = { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] };
    const mesh = {
      cluster: "rate",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"], rate: "8 Mbit/s" }],
      services: { files: service },
      tunnels: [tunnel],
    };
    lab = await openLab(mesh, { environment: { FLORENETES_ENGINE: engine } });
    await lab.up();
    await startFileServer(lab, "b", servicePort);
    port = Number(new URL(lab.tunnels[0]!.listen).port);
  });
  afterAll(async () => lab?.down());

  test("carries a download whole, and no faster", async () => {
    const start = performance.now();
    expect(await downloadDigest(lab, "a", port, SIZE)).toBe(fileDigest(SIZE));
    expect((performance.now() - start) / 1_000).toBeGreaterThan(SECONDS_MIN);
  });
});
