/*
 *   a ───── b      a tunnel that keeps an unused connection for 10 s
 */
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";
import { curl, startFileServer } from "../src/services.ts";

describe("an end-to-end connection that is made when it is needed", () => {
  let lab: Lab;
  let url: string;

  const connections = async (node: string): Promise<string[]> => {
    const { connections } = (await lab.status(node)).clusterFlor as unknown as { connections: { state: string }[] };
    return connections.map(({ state }) => state);
  };

  beforeAll(async () => {
    const servicePort = await freePort();
    const service = { node: "b", target: `tcp://127.0.0.1:${servicePort}`, allow: ["user/alice"] };
    const tunnel = { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "files", path: ["a", "b"] };
    const mesh = {
      cluster: "keep",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { files: service },
      tunnels: [{ ...tunnel, keep: "10s" }],
    };
    lab = await openLab(mesh);
    await lab.up();
    await startFileServer(lab, "b", servicePort, "b");
    url = `http://127.0.0.1:${new URL(lab.tunnels[0]!.listen).port}/who`;
  });
  afterAll(async () => lab?.down());

  test("is there for a request and a while longer, and then again", async () => {
    expect(await connections("a")).toEqual([]);
    expect(await curl(lab, "a", url)).toContain("b");
    expect(await connections("a")).toContain("established");
    for (const node of ["a", "b"]) await expect.poll(() => connections(node), PATIENCE).toEqual([]);
    expect(await curl(lab, "a", url)).toContain("b");
  });
});
