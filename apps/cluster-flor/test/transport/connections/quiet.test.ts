import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { quietOf } from "../../../src/transport/connections/quiet.ts";

test.each([
  ["a workload's connection to a neighbour", 25, 1, TrafficClass.reliable, 25],
  ["one of class control to a neighbour", 25, 1, TrafficClass.control, 100],
  ["one of class control over several links", 25, 2, TrafficClass.control, 25],
  ["one of class control over a link that is as quiet as can be", 300, 1, TrafficClass.control, 300],
  ["one of class control over a link that is not quiet", 0, 1, TrafficClass.control, 0],
])("%s has a quiet by its link", (_what, link, labels, of, quiet) => expect(quietOf(link, labels, of)).toBe(quiet));
