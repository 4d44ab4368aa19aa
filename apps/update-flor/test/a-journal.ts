import type { Journal } from "../src/journal/journal.ts";

/** A journal of an update of two packages that has changed nothing yet. */
export function aJournal(): Journal {
  const placed = (folder: string, version: string): Journal["wished"] =>
    ["florenetes-node", "florenetes-tools"].map((name) => ({
      name,
      version,
      file: `${folder}/${name}_${version}_amd64.deb`,
    }));
  return {
    version: 1,
    phase: "ready",
    release: { channel: "stable", version: "0.1.1", epoch: 3, record: "ab".repeat(32) },
    rollback: { lowest: "0.1.0", until: 2_000 },
    wished: placed("incoming", "0.1.1"),
    former: placed("kept", "0.1.0"),
    units: ["link-flor.service", "cluster-flor@example.service"],
    programs: [{ socket: "/run/florenetes-link/admin.sock", links: [], faults: [] }],
    wholeWithinMs: 60_000,
  };
}
