import { readFileSync } from "node:fs";
import { loadCredentials } from "@florenetes/identity";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openLab } from "../src/index.ts";
import { IS_ROOT, LINE, NOTHING, STUBS, leftovers } from "./lab-fixture.ts";

/** A mesh of another cluster, with the machines b and c of the other lab, and one more. */
const OTHER = {
  ...LINE,
  cluster: "other",
  nodes: { b: null, c: null, d: null },
  links: [{ between: ["c", "b"] }, { between: ["c", "d"] }],
  services: { web: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
  tunnels: [{ node: "b", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["b", "c", "d"] }],
};

describe.each(IS_ROOT ? (["loopback", "netns"] as const) : (["loopback"] as const))(
  "a lab beside another (%s)",
  (mode) => {
    test("has the nodes of the same names on the same machines, with one link-flor for both clusters", async () => {
      const one = await openLab(LINE, { ...STUBS, mode });
      const two = await openLab(OTHER, { ...STUBS, beside: one });
      try {
        await Promise.all([one.up(), two.up()]);
        const of = (lab: typeof one): string[] =>
          lab
            .pids()
            .map(({ node, process }) => `${node} ${process}`)
            .toSorted();
        expect(of(two)).toEqual([
          "b cluster-flor",
          "b link-flor",
          "c cluster-flor",
          "c link-flor",
          "d cluster-flor",
          "d link-flor",
        ]);
        const pid = (lab: typeof one, name: string, node = "b"): number =>
          lab.pids().find((each) => each.node === node && each.process === name)!.pid;
        expect(pid(two, "link-flor")).toBe(pid(one, "link-flor"));
        expect(pid(two, "cluster-flor")).not.toBe(pid(one, "cluster-flor"));

        expect(two.configFile("b", "link-flor")).toBe(one.configFile("b", "link-flor"));
        const { clusters } = parse(readFileSync(one.configFile("b", "link-flor"), "utf8"));
        expect(Object.keys(clusters)).toEqual(["demo", "other"]);
        expect(clusters.other.listen).not.toBe(clusters.demo.listen);
        expect(Object.keys(parse(readFileSync(two.configFile("d", "link-flor"), "utf8")).clusters)).toEqual(["other"]);
        for (const lab of [one, two]) {
          const { cluster } = loadCredentials(lab.identityFolder("b", "vertex")).principal;
          expect(cluster).toBe(lab.mesh.cluster);
        }
        await expect(openLab({ ...OTHER, cluster: "third" }, { ...STUBS, beside: one })).rejects.toMatchObject({
          code: "ERR_LAB_STATE",
        });

        await two.down();
        expect(await leftovers(two.folder)).toEqual({
          ...NOTHING,
          namespaces: (await leftovers(one.folder)).namespaces,
        });
        expect(one.pids()).toHaveLength(6);
      } finally {
        await one.down();
      }
      expect(await leftovers(one.folder)).toEqual(NOTHING);
    });
  },
);

describe.each(IS_ROOT ? (["loopback", "netns"] as const) : (["loopback"] as const))(
  "a lab whose link runs through a tunnel of the other one (%s)",
  (mode) => {
    test("finds it where that tunnel listens, and is found where it leads", async () => {
      const uplink = { node: "c", target: "udp://127.0.0.1:29434", allow: ["user/alice"] };
      const tunnel = { node: "a", as: "user/alice", service: "uplink", path: ["a", "b", "c"] };
      const listen = "udp://127.0.0.1:29701";
      await using lower = await openLab(
        { ...LINE, services: { uplink }, tunnels: [{ ...tunnel, listen }] },
        { ...STUBS, mode },
      );
      const upper = {
        cluster: "other",
        nodes: { a: { port: 29_434 }, c: { port: 29_434 } },
        links: [{ between: ["a", "c"], address: "127.0.0.1", port: 29_701 }],
      };
      await using above = await openLab(upper, { ...STUBS, beside: lower });
      const { links } = parse(readFileSync(above.configFile("a", "cluster-flor"), "utf8"));
      expect(links.c.endpoint).toBe(lower.tunnels[0]!.listen);
      const { clusters } = parse(readFileSync(above.configFile("c", "link-flor"), "utf8"));
      expect(clusters.other.listen).toBe(`udp://${mode === "netns" ? "0.0.0.0" : "127.0.0.1"}:29434`);
      if (mode === "netns") expect(() => above.wire("a", "c")).toThrow(/no wire/);
    });
  },
);

test("a lab goes down with the one that it is beside", async () => {
  const one = await openLab(LINE, STUBS);
  const two = await openLab(OTHER, { ...STUBS, beside: one });
  await one.down();
  expect([await leftovers(two.folder), await leftovers(one.folder)]).toEqual([NOTHING, NOTHING]);
});

test("a lab whose clusters do not fit is not opened", async () => {
  await using one = await openLab(LINE, STUBS);
  await expect(openLab(LINE, { ...STUBS, beside: one })).rejects.toMatchObject({ code: "ERR_MESH_CLUSTER_TWICE" });
  await one.up();
  await expect(openLab(OTHER, { ...STUBS, beside: one })).rejects.toMatchObject({ code: "ERR_LAB_STATE" });
});
