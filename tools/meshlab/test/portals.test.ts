import { readFileSync } from "node:fs";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openLab, playStep } from "../src/index.ts";
import { parseLinkVertices, requirePortals } from "../src/link-vertex-option.ts";
import { requireStep } from "../src/scenario.ts";
import { PATIENCE, STUBS } from "./lab-fixture.ts";

const STUB = STUBS.linkVertex;

/** A mesh in which the link between b and c belongs to another link vertex, and c has no other link. */
const MIXED: MeshFileInput = {
  cluster: "demo",
  nodes: {
    a: null,
    b: { portals: { tls: { listen: "tls://0.0.0.0:8443" } } },
    c: { portals: { tls: { listen: "tls://0.0.0.0:8444" } } },
  },
  links: [
    { between: ["a", "b"] },
    { between: ["b", "c"], originator: "c", portal: "tls", endpoint: "tls://127.0.0.1:8443" },
  ],
};

describe("nodes with portals", () => {
  test("have a link vertex for each, and link-flor where a link is its own", async () => {
    await using lab = await openLab(MIXED, { ...STUBS, linkVertices: { tls: STUB } });
    await lab.up();
    await lab.untilReady();
    expect(lab.processNames("a")).toEqual(["link-flor", "cluster-flor"]);
    expect(lab.processNames("b")).toEqual(["link-flor", "link-tls", "cluster-flor"]);
    expect(lab.processNames("c")).toEqual(["link-tls", "cluster-flor"]);
    const { portals, links } = parse(readFileSync(lab.configFile("c", "cluster-flor"), "utf8"));
    const { clusters } = parse(readFileSync(lab.configFile("c", "link-tls"), "utf8"));
    expect(clusters.demo).toMatchObject({ bind: portals.tls.connect, connect: portals.tls.bind });
    expect(clusters.demo.listen).toBe("tls://0.0.0.0:8444");
    expect(links).toMatchObject({ b: { portal: "tls", endpoint: "tls://127.0.0.1:8443" } });

    // The first lives have begun: a process that is killed earlier has written nothing, and one that is told to renew does not listen yet.
    for (const node of ["b", "c"])
      await expect.poll(() => lab.logs(node, "link-tls"), PATIENCE).toBe(`stub link-flor of ${node}\n`);
    await lab.kill("b", "link-tls");
    expect(lab.pids().filter(({ node }) => node === "b")).toHaveLength(2);
    lab.start("b", "link-tls");
    await playStep(lab, requireStep("thaw", "c"));
    await lab.renew("vertex/c");
    expect(lab.pids()).toHaveLength(7);
    await expect.poll(() => lab.logs("b", "link-tls"), PATIENCE).toMatch(/^(stub link-flor of b\n){2}$/);
    await expect(lab.kill("c", "link-flor")).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
  });

  test("need a program for what link-flor does not understand", async () => {
    await expect(openLab(MIXED, STUBS)).rejects.toMatchObject({
      code: "ERR_LAB_PORTALS",
      message: expect.stringMatching(/"b" has a portal "tls" at tls:\/\/0.0.0.0:8443/),
    });
    const nodes = { b: { portals: { lte: { listen: "udp://127.0.0.1:4400" } } }, c: null };
    await using lab = await openLab({ cluster: "demo", nodes, links: [] });
    expect(lab.processNames("b")).toContain("link-lte");
    expect(() => requirePortals([lab], ["lte"])).not.toThrow();
    expect(() => requirePortals([lab], ["tls"])).toThrow('no node has a portal "tls"');
  });
});

test("relays are not put before another link vertex", async () => {
  await expect(openLab(MIXED, { ...STUBS, relays: true })).rejects.toMatchObject({ code: "ERR_LAB_RELAY" });
  await using lab = await openLab(MIXED, { linkVertices: { tls: STUB }, relays: true });
  const endpoint = (node: string, link: string): string =>
    parse(readFileSync(lab.configFile(node, "cluster-flor"), "utf8")).links[link].endpoint;
  expect(endpoint("a", "b")).toMatch(/^udp:\/\/127\.0\.0\.1:/);
  expect(endpoint("c", "b")).toBe("tls://127.0.0.1:8443");
});

test("a command line names the program at link-flor's place, and those of portals", () => {
  expect(parseLinkVertices([])).toEqual({ linkVertices: {} });
  expect(parseLinkVertices(["tls=python3  my.py", "other --key=value", "serial=env A=b prog"])).toEqual({
    linkVertex: ["other", "--key=value"],
    linkVertices: { tls: ["python3", "my.py"], serial: ["env", "A=b", "prog"] },
  });
  expect(() => parseLinkVertices(["tls="])).toThrow("names no program");
});
