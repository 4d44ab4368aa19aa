/** The numbers in docs/operate/vpn-flor.md and docs/protocol/vpn-service.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import * as client from "../src/client/limits.ts";
import * as config from "../src/config/limits.ts";
import * as capsules from "../src/connect-ip/limits.ts";
import * as egress from "../src/egress/limits.ts";
import { ALL_WAITING_MAX, SESSION_WAITING_MAX, SHARDS } from "../src/flows/limits.ts";
import { trackedMax } from "../src/machine/egress-ruleset.ts";
import * as machine from "../src/machine/limits.ts";
import { BULK_BYTES, BULK_WINDOW } from "../src/packets/flow-volumes.ts";

const pageOf = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../../../docs", name), "utf8").replaceAll(/\s+/g, " ");
const seconds = (ms: number): string => `${ms / 1_000} s`;
const grouped = (value: number): string => value.toLocaleString("en-US");
const { CONNECTIONS } = config;
/** The size of the kernel's table that the page speaks of. */
const ROOM = 262_144;
const tracked = 2 * trackedMax(CONNECTIONS);

describe("docs/operate/vpn-flor.md", () => {
  const page = pageOf("operate/vpn-flor.md");

  test.each([
    `as \`[ 10.0.0.0/8, "fd00:1::/32" ]\`, ${config.NETWORKS_MAX} at most`,
    `[asked over the VPN](#names), ${config.RESOLVERS_MAX} at most`,
    `whose names they resolve, ${config.DOMAINS_MAX} at most`,
    `| \`${config.CLIENTS}\` | Clients at a time, at most ${config.CLIENTS_MAX}.`,
    `| \`${CONNECTIONS}\`; without \`nat\` none are counted | How many [connections](#connections-of-clients) each client may have open at a time, of each version of IP, at most ${config.CONNECTIONS_MAX}.`,
    `"[2001:db8::1]:443" ]\`, ${config.PROBES_MAX} at most`,
    `which are looked up every ${seconds(egress.LOOK_MS)}`,
    `is counted by its first packet, within ${seconds(egress.LOOK_MS)}`,
    `a ${machine.BEGINNINGS_DIVISOR}th of the number begins in each second (${CONNECTIONS / machine.BEGINNINGS_DIVISOR} of ${grouped(CONNECTIONS)})`,
    `know of ${grouped(trackedMax(CONNECTIONS))} connections of each version`,
    `these are ${grouped(tracked)}, so that ${Math.ceil(ROOM / tracked)} such clients fill a table of ${grouped(ROOM)}`,
    `asks some addresses every ${seconds(egress.PROBE_ROUND_MS)}`,
    `three rounds without an answer, ${seconds((egress.ROUNDS_SILENT + 1) * egress.PROBE_ROUND_MS)} at most`,
    `${grouped(SESSION_WAITING_MAX)} bytes in all flows of a client, and ${grouped(ALL_WAITING_MAX)} in those of all clients`,
    `has carried ${BULK_BYTES / 1_000_000} MB in ${seconds(BULK_WINDOW)}`,
    `or by range of ports, ${config.CLASS_ENTRIES_MAX} entries at most`,
    `| \`classes.bulk-after\` | \`${BULK_BYTES}\` | Bytes of a connection in ${seconds(BULK_WINDOW)}`,
    `${grouped(config.BULK_BYTES_MIN)} to ${grouped(config.BULK_BYTES_MAX)}, or \`never\``,
    `given no address within ${seconds(client.ASSIGNED_MS)}`,
  ])("says: %s", (sentence) => expect(page).toContain(sentence));

  test("says of words for numbers what they are", () => {
    expect(page).toContain("With the second round in a row that has an answer");
    expect(page).toContain("ten times a second at most");
    expect(page).toContain("remembers closed ones for two minutes more");
    expect([egress.ROUNDS_SILENT, egress.ROUNDS_BACK, egress.REFUSALS_PER_SECOND]).toEqual([3, 2, 10]);
    expect(machine.CLOSED_REMEMBERED_S).toBe(120);
  });
});

describe("docs/protocol/vpn-service.md", () => {
  const page = pageOf("protocol/vpn-service.md");

  test.each([
    `takes capsules of ${grouped(capsules.CAPSULE_SIZE_MAX)} bytes, ${capsules.CAPSULES_MAX} of them at once`,
    `and ${capsules.REQUESTED_MAX} addresses in a request`,
    `reads no answers: ${grouped(capsules.ANSWERS_WAITING_MAX)} bytes of them wait at most`,
    `After ${egress.ADDRESS_TRIES} tries the pool has none left`,
    `hears nothing for ${seconds(client.QUIET_MS)}, on the stream and all flows`,
    `at most each ${seconds(client.ASK_PAUSE_MS)}: an egress MUST answer`,
    `nothing comes in another ${seconds(client.ANSWER_MS)} the client`,
    `at most each ${seconds(client.MOVE_PAUSE_MS)}, and gives it ${seconds(client.MOVE_MS)} to come up`,
    `at least ${grouped(client.MTU_MIN)} bytes`,
    ...[...SHARDS].map(([trafficClass, count]) => `${TRAFFIC_CLASS_NAMES[trafficClass]} ${count}`),
  ])("says: %s", (sentence) => expect(page).toContain(sentence));

  test("says of words for numbers what they are", () => {
    expect(page).toContain("and one more each second");
    expect(page).toContain("MUST wait for a minute");
    expect([capsules.CAPSULES_PER_SECOND, client.SUPERSEDED_MS]).toEqual([1, 60_000]);
  });
});
