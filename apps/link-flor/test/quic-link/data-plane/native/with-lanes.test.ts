/**
 * Endpoints keep their promises also when a session's connection is handed over once it is up: runs their tests again, with lanes
 * in memory (`memory-lane.ts`). They take most of a minute of CPU time: only a soak has those in which a lane has the least part.
 */
import { isSoak } from "@florenetes/simkit";
import { wires } from "../../wire.ts";

wires.haveLanes = true;

await import("../../endpoint.test.ts");
await import("../../peers/expiry.test.ts");
await import("../../sessions/confirming.test.ts");
await import("../../sessions/liveness.test.ts");
await import("../../sizes/payload-sizes.test.ts");
if (isSoak) {
  await import("../../endpoint-stop.test.ts");
  await import("../../endpoint-time.test.ts");
  await import("../../addresses/peer-address.test.ts");
  await import("../../peers/identity-change.test.ts");
  await import("../../peers/revocation.test.ts");
  await import("../../quiet-links.test.ts");
  await import("../../sizes/narrower-path.test.ts");
  await import("../../strangers/strangers.test.ts");
}
