/* A phone that carries for others offers nothing while its device shuts a gate. */
import { bodyOf, type DeviceProfile } from "@florenetes/facts";
import { expect, test } from "vitest";
import { rolesOf } from "../../../src/admin/node-roles.ts";
import type { DemoCluster } from "../../demo-records.ts";
import { startLeasedMesh } from "../leased-mesh.ts";

const CHARGING: DeviceProfile = { charging: true, network: "wifi", metered: false, foreground: true };

test("a phone withdraws its offer as a gate shuts, and says which one; a node that is no phone never does", () => {
  const mesh = startLeasedMesh(["a"], ["d"]);
  const cluster = mesh.options.cluster as DemoCluster;
  const [b, c] = [mesh.node("b"), mesh.node("c")];
  const body = { actions: [], services: [], depth: 0 };
  b.take(cluster.control({ kind: "role", subject: "c/mobile-edge/north", body }));
  const offers = (): boolean => {
    const report = b.agent.coordinator.work?.reports.of("c");
    return report !== undefined && bodyOf(report, "report")!.offer !== undefined;
  };
  const textOf = (role: string): string =>
    rolesOf(c.agent, c.agent.book!, "c", c.at).find((each) => each.role === role)!.text;
  c.do((agent) => agent.routes.handleDevice(CHARGING));
  mesh.until(
    "c is a phone that offers",
    () => offers() && [...c.agent.book!.all("role", c.at.wall)].some(({ subject }) => subject.includes("mobile-edge")),
  );
  expect([textOf("relay"), textOf("mobile-edge")]).toEqual(["", ""]);
  c.do((agent) => agent.routes.handleDevice({ ...CHARGING, charging: false, battery: 44 }));
  const took = mesh.until("c offers nothing", () => !offers(), 60_000);
  expect(took).toBeLessThanOrEqual(10_000);
  expect(textOf("relay")).toBe(
    "phone-power: found charger no, charge 44 %, needs a charger, or 50 % (45 % once it carries)",
  );
  // A charge that has shut the gate below 45 % opens it at 50 %.
  c.do((agent) => agent.routes.handleDevice({ ...CHARGING, charging: false, battery: 49 }));
  mesh.runFor(70_000);
  expect(offers()).toBe(false);
  c.do((agent) => agent.routes.handleDevice({ ...CHARGING, charging: false, battery: 50 }));
  mesh.until("c offers again", offers, 60_000);
  // The other relay has no such role: whatever its device says, it goes on.
  b.do((agent) => agent.routes.handleDevice({ ...CHARGING, charging: false, battery: 1, metered: true }));
  mesh.runFor(70_000);
  expect(b.agent.routes.rest.shutGates(b.at)).toEqual([]);
});
