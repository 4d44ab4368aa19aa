import { expect, test } from "vitest";
import { hostOfPath, pathName } from "../../../src/agent/plan/used-services.ts";

const services = ["web", "web.x", "web.x.y", "web_x", "x"];
const hosts = ["b", "x.b", "y.b", "x.y.b", "x-b"];
const pairs = services.flatMap((service) => hosts.map((host) => [service, host] as const));

test("no two hosts and services have one path", () => {
  expect(new Set(pairs.map((pair) => pathName(...pair))).size).toBe(pairs.length);
});

test.each(pairs)("the path of %s at %s leads to that host, and is none of another service", (service, host) => {
  const path = pathName(service, host);
  expect(hostOfPath(service, path)).toBe(host);
  for (const other of services) if (other !== service) expect(hostOfPath(other, path)).toBeUndefined();
});

test("nothing is a path of no service", () => {
  expect(hostOfPath("web", null)).toBeUndefined();
});
