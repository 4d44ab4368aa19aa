/*
 *   a ───── b, c       all three processes of a and b tell metrics over TCP; Debian's Prometheus scrapes them
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE } from "../src/patience.ts";
import { Prometheus, promtool } from "../src/prometheus.ts";
import { tellPlain } from "../src/told-metrics.ts";
import { WebFabric } from "../src/web-fabric.ts";

const NODES = ["a", "b"] as const;

describe.skipIf(!areInstalled("metrics under Prometheus", "prometheus", "promtool"))("Prometheus", () => {
  let web: WebFabric;
  let prometheus: Prometheus;
  /** Ports at which metrics are told, by program, in the order of the nodes. */
  const ports: Record<string, readonly number[]> = {};

  beforeAll(async () => {
    web = await WebFabric.open("scraped");
    const { lab, fabric } = web;
    for (const name of ["link-flor", "cluster-flor"] as const)
      ports[name] = await tellPlain(...NODES.map((node) => lab.configFile(node, name)));
    ports["fabric-flor"] = await tellPlain(...NODES.map((node) => fabric.configFile(node)));
    prometheus = await Prometheus.start({ florenetes: { ports: Object.values(ports).flat() } });
  });
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await web?.[Symbol.asyncDispose]();
  });

  test("takes what all three processes tell", async () => {
    const up = async (): Promise<string[]> => (await prometheus.query("up")).map(({ value: [, value] }) => value);
    await expect.poll(up, PATIENCE).toEqual(["1", "1", "1", "1", "1", "1"]);
    const links = await prometheus.query('sum(florenetes_links{process="cluster-flor", state="up"})');
    expect(links.map(({ value: [, value] }) => value)).toEqual(["3"]);
  });

  test.each(["link-flor", "cluster-flor", "fabric-flor"])("promtool finds no fault in those of %s", async (name) => {
    const answer = await fetch(`http://127.0.0.1:${ports[name]![0]}/metrics`);
    expect(promtool(["check", "metrics"], await answer.text())).toEqual({ code: 0, text: "" });
  });
});
