/**
 * Endpoints keep their promises also when a session's connection is handed over once it is up: runs their tests again, with lanes
 * in memory (`memory-lane.ts`).
 */
import { isSoak } from "@florenetes/simkit";
import { wires } from "../../wire.ts";

wires.haveLanes = true;

await import("../../endpoint.test.ts");
await import("../../endpoint-stop.test.ts");
await import("../../endpoint-time.test.ts");
await import("../../addresses/peer-address.test.ts");
await import("../../peers/expiry.test.ts");
await import("../../peers/identity-change.test.ts");
await import("../../peers/revocation.test.ts");
// Quiet links take most of the time of these tests, and real ones over lanes are tested end to end.
if (isSoak) await import("../../quiet-links.test.ts");
await import("../../sessions/confirming.test.ts");
await import("../../sessions/liveness.test.ts");
await import("../../sizes/narrower-path.test.ts");
await import("../../sizes/payload-sizes.test.ts");
await import("../../strangers/strangers.test.ts");
