/*
 * Whole agents, and a coordinator that leases routes to hosts of web, of which two cannot be reached:
 *
 *          b (coordinator, relay)
 *        ╱   ╲
 *       a      d, e, f (web; only one has links)
 *        ╲   ╱
 *          c (relay)
 */
import { bodyOf, rankHosts } from "@florenetes/facts";
import { expect, test } from "vitest";
import { hostOfPath } from "../../../src/agent/plan/used-services.ts";
import { RELAYS, startLeasedMesh } from "../leased-mesh.ts";

const HOSTS = ["d", "e", "f"];

test("where the hosts that a node would choose first cannot be reached, leases to others are asked for, and to them again once they can be", () => {
  const mesh = startLeasedMesh(["a"], HOSTS);
  const a = mesh.node("a");
  const record = a.agent.book!.inForce("service", "cluster", "web", a.at.wall)!;
  expect(bodyOf(record, "service")?.hosts).toHaveLength(HOSTS.length);
  const [first, second, last] = rankHosts(record, "a");
  const setLinks = (state: "up" | "down"): void => {
    for (const host of [first!, second!]) for (const relay of RELAYS) mesh.setLink(relay, host, state);
  };
  const asked = (): readonly string[] => a.agent.routes.uses.map(({ host }) => host);
  const present = (): string | undefined => hostOfPath("web", a.vertex.auto("web")?.path ?? null);
  setLinks("down");
  mesh.runFor(5_000);
  expect(asked()).toEqual([first, second]);
  mesh.until("the third host is used", () => present() === last);
  setLinks("up");
  mesh.until("the first host is used", () => present() === first, 180_000);
  expect(new Set(asked())).toEqual(new Set([first, second, last]));
});
