/** The tables and numbers of docs/develop/chaos.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT_FAULT_KINDS, FABRIC_FAULT_KINDS, FAULT_KINDS, FLEET_OWN_FAULT_KINDS } from "../src/fault.ts";
import { BACK_MS_MAX } from "../src/fleet/fleet-verdict.ts";
import { FLEET_WORKLOADS } from "../src/fleet/workloads.ts";
import { FABRIC_WORKLOADS } from "../src/fabric/workloads.ts";
import * as limits from "../src/limits.ts";
import { PROMISES } from "../src/promises.ts";
import { DOWNLOADS, LEAVE_MS_MAX, OTHERS_MAX, RESET_MS_MAX, RETRANSMISSION_MS } from "../src/vpn/limits.ts";
import { VPN_WORKLOADS } from "../src/vpn/workloads.ts";
import { WORKLOADS } from "../src/workloads/workloads.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/develop/chaos.md"), "utf8");
const text = page.replaceAll(/\s+/g, " ");

test("it has a row with its promise for each kind of fault, in their order", () => {
  const rows = [
    ...page.matchAll(/^\| `([\w-]+)` \|.*\| (none|own) \| (none|what is struck) \| \[(\S+)\]\(\S+\) \|$/gm),
  ];
  const promised = [...FAULT_KINDS, ...FABRIC_FAULT_KINDS, ...EXIT_FAULT_KINDS, ...FLEET_OWN_FAULT_KINDS].map(
    (kind) => {
      const { mayEnd, mayPause, document } = PROMISES[kind];
      return [kind, mayEnd, mayPause ? "what is struck" : "none", document];
    },
  );
  expect(rows.map((row) => row.slice(1))).toEqual(promised);
});

test("it has a row for each workload", () => {
  const rows = new Set([...page.matchAll(/^\| ([\w /-]+?)(?: \([^|]*\))? \|/gm)].map(([, name]) => name));
  for (const { name } of [...WORKLOADS, ...FABRIC_WORKLOADS, ...VPN_WORKLOADS, ...FLEET_WORKLOADS])
    expect(rows).toContain(name.split(",")[0]);
});

test.each([
  `all were back later than after ${BACK_MS_MAX / 1_000} s, at p99`,
  `hung for more than ${RESET_MS_MAX / 1_000} s behind a takeover`,
  `for as long as it had heard nothing, and ${RETRANSMISSION_MS / 1_000} s more`,
  `A run of ${limits.LONG_MINUTES_MIN} minute or more has a **mixed load**`,
  `one download, and then ${DOWNLOADS} at once`,
  `or all ${DOWNLOADS} in one; more than ${OTHERS_MAX * 100}% of the packets`,
  `left later than after ${LEAVE_MS_MAX / 1_000} s`,
  `a datagram older than ${limits.LATE_MS_MAX / 1_000} s, unless`,
  `stood still for ${limits.PAUSE_MS_MAX / 1_000} s while nothing on its path was struck`,
  `a datagram that is older than ${limits.LATE_MS} ms is told`,
  `not whole ${limits.RECOVERY_MS_MAX / 1_000} s after it was mended`,
  `more than ${limits.GROWTH_MEGABYTES_MAX} MB, ${limits.GROWTH_FDS_MAX} file descriptors or ${limits.GROWTH_THREADS_MAX} threads`,
])("it says: %s", (sentence) => expect(text).toContain(sentence));
