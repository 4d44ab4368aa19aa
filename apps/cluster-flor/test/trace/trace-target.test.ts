import { expect, test } from "vitest";
import type { PathConfig, TunnelConfig } from "../../src/config/cluster-config.ts";
import { type BrokenTunnel, findTraceTarget } from "../../src/trace/trace-target.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const path = { name: "to-d", labels: [103, 900] } as unknown as PathConfig;
const tunnel = { name: "tcp://127.0.0.1:1", service: "web", path: 0, as: "alice" } as unknown as TunnelConfig;
const other: TunnelConfig = { ...tunnel, name: "tcp://127.0.0.1:2", service: "mail" };
const broken: BrokenTunnel = { tunnel: other, problem: "the tunnel is down (ERR_X: no)" };
const config = { paths: SlotMap.of([path]), tunnels: SlotMap.of([tunnel, undefined]) };

test.each([
  ["a tunnel by its address", "tcp://127.0.0.1:1", { path, tunnel, problem: undefined }],
  ["a tunnel by its service", "web", { path, tunnel, problem: undefined }],
  ["a path", "to-d", { path, tunnel: undefined, problem: undefined }],
  ["a tunnel that does not run, by its address", "tcp://127.0.0.1:2", { path, tunnel: other, problem: broken.problem }],
  ["a tunnel that does not run, by its service", "mail", { path, tunnel: other, problem: broken.problem }],
] as const)("a trace follows %s", (_, name, target) => {
  expect(findTraceTarget(config, name, [broken])).toEqual(target);
});

test("a trace of what the overlay leads nowhere says so, by whichever name it is asked for", () => {
  const problem = "no host of service mail is known";
  const nowhere = { name: "auto:mail", labels: [0], problem } as unknown as PathConfig;
  const wanting: TunnelConfig = { ...tunnel, path: 1, service: "post", auto: "mail" };
  const led = { paths: SlotMap.of([path, nowhere]), tunnels: SlotMap.of([wanting]) };
  for (const name of ["mail", "post", wanting.name]) {
    expect(findTraceTarget(led, name), name).toEqual({ path: nowhere, tunnel: wanting, problem });
  }
  expect(findTraceTarget(led, "auto:mail")).toEqual({ path: nowhere, tunnel: undefined, problem });
});

test("a trace of something else is told what there is, also of what does not run", () => {
  expect(() => findTraceTarget(config, "nothing", [broken])).toThrow(
    expect.objectContaining({
      code: "ERR_TRACE_TARGET",
      advice: "Name one of: tcp://127.0.0.1:1, tcp://127.0.0.1:2, to-d.",
    }),
  );
});
