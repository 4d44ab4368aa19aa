import { CONFIG_DIFFERS, type Metric, type MetricSample, processMetrics } from "@florenetes/process-kit";
import type { Phase } from "../agent/links/peer-link.ts";
import type { EndStatus, NeighbourStatus } from "./agent-status.ts";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { counted, gauge, program } from "./metric-forms.ts";
import { RELEASE_METRICS } from "./release-metrics.ts";
import { TELEMETRY_METRICS } from "./telemetry-metrics.ts";
import { USAGE_METRICS } from "./usage-metrics.ts";

const PHASES: readonly Phase[] = ["up", "calls", "lets-in", "rests"];
const STATES: readonly NeighbourStatus["state"][] = ["reading", "opening", "waiting", "muted", "down"];

/** The metrics of fabric-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
export const FABRIC_METRICS: readonly Metric<FabricFlorStatus>[] = [
  ...processMetrics<FabricFlorStatus>(program, ({ cluster }) => cluster),
  {
    ...CONFIG_DIFFERS,
    samples: ({ cluster, config }) => [
      { labels: { process: program, cluster }, value: Number(config.fileState !== "same") },
    ],
  },
  gauge(
    "fabric_root_version",
    "The version of the root descriptor in force; missing while there is none.",
    ({ root }) => (root === null ? undefined : root.version),
  ),
  gauge(
    "fabric_root_not_after_timestamp_seconds",
    "When the root descriptor in force ends, in Unix time.",
    ({ root }) => (root === null ? undefined : Date.parse(root.expires) / 1_000),
  ),
  {
    name: "fabric_record_not_after_timestamp_seconds",
    kind: "gauge",
    help: "When a record that this node rests on ends, in Unix time: the root, its own record and roles, policies, collections that it holds.",
    labels: ["process", "cluster", "kind", "subject"],
    samples: (status) => endSamples(status, ({ expires }) => Date.parse(expires) / 1_000),
  },
  {
    name: "fabric_record_warned",
    kind: "gauge",
    help: "1 for a record that this node rests on and that ends soon or has ended, 0 otherwise.",
    labels: ["process", "cluster", "kind", "subject"],
    samples: (status) => endSamples(status, ({ state }) => Number(state !== "valid")),
  },
  gauge(
    "fabric_clock_wrong",
    "1 while records, neighbours or another clock say that the wall clock is wrong.",
    ({ clock }) => Number(clock !== null),
  ),
  gauge("fabric_node_in_force", "1 while this node's own record is in force, and names its key.", ({ standing }) =>
    Number(standing === "in-force"),
  ),
  gauge("fabric_records", "Records that are held, later roots included.", ({ records }) => records.count),
  gauge("fabric_record_bytes", "Bytes of the records that are held.", ({ records }) => records.octets),
  counted("fabric_records_in_force", "gauge", "Records in force, by kind.", "kind", ({ records }) => records.kinds),
  counted(
    "fabric_records_judged_total",
    "counter",
    "Records that were judged, by what came of them: `taken`, or the [reason](../protocol/facts.md#the-judge) against them.",
    "outcome",
    ({ records }) => records.judged,
  ),
  counted(
    "fabric_failed_proofs_total",
    "counter",
    "Handshakes with hosts of services that came to nothing: `unproven` (no answer, or the host declines), `wrong-identity` (another key).",
    "reason",
    ({ failedProofs }) => failedProofs,
  ),
  counted(
    "fabric_neighbours",
    "gauge",
    "Agents of neighbours by state: `reading`, `opening`, `waiting`, `muted`, `down`.",
    "state",
    ({ neighbours }) =>
      Object.fromEntries(STATES.map((state) => [state, neighbours.filter((each) => each.state === state).length])),
  ),
  gauge("fabric_door_open", "1 while cluster-flor's door answers.", ({ door }) => Number(door.away === null)),
  gauge("fabric_overlay_in_sync", "1 while the overlay in force is the one that records come to.", ({ door }) =>
    Number(door.isInSync),
  ),
  gauge("fabric_overlay_generation", "The generation of the overlay in force, as it was seen last.", ({ door }) =>
    door.generation === null ? undefined : door.generation,
  ),
  {
    name: "fabric_overlay_orders_total",
    kind: "counter",
    help: "Overlays that were given to cluster-flor: `taken`, or `refused`.",
    labels: ["process", "cluster", "outcome"],
    samples: ({ cluster, door }) =>
      Object.entries({ taken: door.posted, refused: door.refusals }).map(([outcome, value]) => ({
        labels: { process: program, cluster, outcome },
        value,
      })),
  },
  gauge("fabric_writes_failing", "1 while records cannot be written to the state folder.", ({ writes }) =>
    Number(writes !== null),
  ),
  gauge(
    "fabric_log_entries",
    "Entries of the log that were read and proven; missing where the node keeps no copy.",
    ({ log }) => log?.store?.entries,
  ),
  gauge(
    "fabric_log_missing_records",
    "Records that are held here and are not in the log yet; missing where the node keeps no copy, or does not know yet.",
    ({ log }) => log?.store?.missing ?? undefined,
  ),
  gauge("fabric_log_whole", "1 while the node's copy of the log was read, and nothing is in its way.", ({ log }) =>
    log === null || log.store === null ? undefined : Number(log.store.isWhole),
  ),
  gauge("fabric_log_forks", "Entries of the log of which there are two.", ({ log }) => log?.forks.length),
  gauge(
    "fabric_log_checkpoint_timestamp_seconds",
    "When the last checkpoint of the log was issued, in Unix time; missing while there is none.",
    ({ log }) => (log === null || log.checkpoint === null ? undefined : Date.parse(log.checkpoint.issued) / 1_000),
  ),
  gauge(
    "fabric_log_stale",
    "1 while the policy lists signers, and they have signed no checkpoint for an hour.",
    ({ log }) => (log === null ? undefined : Number(log.isStale)),
  ),
  gauge(
    "fabric_log_differing_sections",
    "Sections in which the last checkpoint has other records than this node.",
    ({ log }) => log?.differing.length,
  ),
  gauge(
    "fabric_log_checkpoints_signed",
    "Checkpoints that this node has signed since the process began.",
    ({ log }) => log?.signing?.signed,
  ),
  gauge(
    "fabric_joins_waiting",
    "Nodes with a token that wait for the signatures of programs; missing where the signer does not have the rule `tokens`.",
    ({ joins }) => joins?.waiting,
  ),
  gauge(
    "fabric_joins_signed",
    "Records of nodes with a token that this node has signed since the process began.",
    ({ joins }) => joins?.signed,
  ),
  counted(
    "fabric_joins_refused_total",
    "counter",
    "Joins that were handed in here and refused, by the [reason](../protocol/facts.md#the-judge-of-joins).",
    "reason",
    ({ joins }) => joins?.refused ?? {},
  ),
  gauge(
    "fabric_mail_readers",
    "Control nodes and coordinators that are heard here, and may be written to.",
    ({ mail }) => mail.readers.length,
  ),
  counted(
    "fabric_mail_total",
    "counter",
    "Mail: letters that were `sent` by this node (each try), `answered` and `unanswered`; `read` here and `replied` to; letters `forwarded` and answers `returned` for others; letters that were `lost` on their way, of this node or of others.",
    "what",
    ({ mail: { sent, answered, unanswered, read, replied, forwarded, returned, lost } }) => ({
      sent,
      answered,
      unanswered,
      read,
      replied,
      forwarded,
      returned,
      lost,
    }),
  ),
  counted(
    "fabric_mail_refused_total",
    "counter",
    "Mail of neighbours that was not passed on or read, by the [reason](fabric.md#papers-by-mail).",
    "reason",
    ({ mail }) => mail.refused,
  ),
  counted(
    "fabric_beacons_total",
    "counter",
    "Beacons of control nodes and coordinators that neighbours have brought, by what came of them: `news`, `copy`, or why they were not used.",
    "outcome",
    ({ mail }) => mail.beacons,
  ),
  gauge(
    "fabric_records_waiting",
    "Records of other nodes that were handed in here, and wait to go on to a control node.",
    ({ mail }) => mail.waiting,
  ),
  counted(
    "fabric_links",
    "gauge",
    "Links that the agent makes: those that are `up`, at which it `calls` or `lets-in` a peer, and those that are tried again later (`rests`).",
    "phase",
    ({ links }) =>
      Object.fromEntries(PHASES.map((phase) => [phase, links.made.filter((each) => each.phase === phase).length])),
  ),
  gauge(
    "fabric_link_candidates",
    "Vertices that have knocked, are let in, and have no record.",
    ({ links }) => links.candidates,
  ),
  counted(
    "fabric_knocks_dropped_total",
    "counter",
    "Knocks that were not heard, by [why](fabric.md#links-that-nodes-make).",
    "reason",
    ({ links }) => links.knocksDropped,
  ),
  gauge("fabric_leases", "Leases that are held, those that stand by too.", ({ routes }) => routes.held),
  counted(
    "fabric_leases_in_use",
    "gauge",
    "Leases in use, one for each host of a service: `live`, or `held` beyond their end while their coordinator is silent.",
    "standing",
    ({ routes: { leases } }) =>
      Object.fromEntries(
        ["live", "held"].map((each) => [each, leases.filter(({ standing }) => standing === each).length]),
      ),
  ),
  gauge(
    "fabric_leases_asked",
    "Hosts of services for which this node asks coordinators for leases.",
    ({ routes }) => routes.asked,
  ),
  gauge("fabric_permits", "Sets of permits of coordinators that are good here.", ({ routes }) => routes.permits.held),
  gauge(
    "fabric_permits_waiting",
    "Sets of permits that cluster-flor has not taken yet: they are not acknowledged.",
    ({ routes }) => routes.permits.waiting,
  ),
  counted(
    "fabric_routes_records_total",
    "counter",
    "Leases and permits that came, by what came of them: `taken`, or the [reason](../protocol/fabric-routes.md#the-origins-check) against them.",
    "outcome",
    ({ routes }) => routes.outcomes,
  ),
  counted(
    "fabric_coordinator_letters_total",
    "counter",
    "Letters of this node to coordinators: `sent`, and `answered`.",
    "what",
    ({ routes }) => routes.letters,
  ),
  gauge(
    "fabric_routes_without_bulk",
    "Leased routes that [bulk is kept away from](../protocol/fabric-routes.md#bulk-goes-apart), as it has crowded other classes there.",
    ({ routes }) => routes.withoutBulk,
  ),
  counted(
    "fabric_limits_total",
    "counter",
    "What waited, or was not done, as the agent does it only so often: calls of endpoints (`calls`) and asks of coordinators to call others (`asks`); mail that waited for a neighbour (`mail`); reports of changes (`reports`) and letters (`letters`) to coordinators; and routes of leases that would have been preferred by what was measured (`route-changes`, once in a minute).",
    "limit",
    ({ links, mail, routes: { heldBack } }) => ({
      calls: links.callsHeld,
      asks: links.asksDropped,
      mail: mail.held,
      reports: heldBack.reports,
      letters: heldBack.letters,
      "route-changes": heldBack.routes,
    }),
  ),
  counted(
    "fabric_coordinator",
    "gauge",
    "A coordinator's partition: nodes whose `reports` are held and whose letters come (`nodes`), `links` that both ends tell, leases that are `wanted`, `live`, and `waiting` for relays, `relays` with permits, and those that are `avoided` in new leases for a minute; missing where the node coordinates nothing.",
    "what",
    ({ coordinator }) => {
      if (coordinator === null) return {};
      const { reports, nodes, links, wanted, live, waiting, relays, avoided } = coordinator;
      return { reports, nodes, links, wanted, live, waiting, relays, avoided };
    },
  ),
  counted(
    "fabric_coordinator_leases_total",
    "counter",
    "Leases that were `composed` and `given`, and `taken` or `refused` by their origins.",
    "outcome",
    ({ coordinator }) => coordinator?.leases ?? {},
  ),
  counted(
    "fabric_coordinator_permits_total",
    "counter",
    "Permits that were `given`, and `taken` or `refused` by their relays.",
    "outcome",
    ({ coordinator }) => coordinator?.permits ?? {},
  ),
  counted(
    "fabric_coordinator_faults",
    "gauge",
    "Leases that are asked for and cannot be had, by the [reason](../protocol/fabric-routes.md#rates): `no-service` where the host does not say that it has it, `full` where too many leases are held.",
    "reason",
    ({ coordinator }) => coordinator?.faults ?? {},
  ),
  counted(
    "fabric_coordinator_reports_total",
    "counter",
    "Reports, by what came of them: `taken`, `older`, `full`, `not-mine`, or the [reason](../protocol/facts.md#the-judge) against them.",
    "outcome",
    ({ coordinator }) => coordinator?.reported ?? {},
  ),
  counted(
    "fabric_coordinator_limits_total",
    "counter",
    "Letters that were not read as their senders have sent too many (`letters`), leases and permits that were sent four times and not acknowledged (`unacknowledged`), and changes of routes by choice that waited, as a lease changes once in 10 s (`route-changes`).",
    "limit",
    ({ coordinator }): Record<string, number> =>
      coordinator === null
        ? {}
        : {
            letters: coordinator.tooManyLetters,
            unacknowledged: coordinator.unacknowledged,
            "route-changes": coordinator.heldBack,
          },
  ),
  ...USAGE_METRICS,
  counted(
    "fabric_orders_total",
    "counter",
    "[Orders](orders.md) of people that this node has carried out (`done`), or not (`refused`, `failed`).",
    "outcome",
    ({ orders }) => orders.counts,
  ),
  ...TELEMETRY_METRICS,
  ...RELEASE_METRICS,
  counted(
    "fabric_leader_granted_seconds",
    "gauge",
    "How long this node may serve a [service with a leader](fabric.md#services-with-a-leader) from now on; 0: another host leads, or nobody grants it.",
    "service",
    ({ leaders }) => Object.fromEntries(leaders.services.map(({ name, grantedMs }) => [name, grantedMs / 1_000])),
  ),
  counted(
    "fabric_leader_asks_total",
    "counter",
    "Letters of this node that asked coordinators for grants: `sent`; and `granted`: grants that came.",
    "what",
    ({ leaders: { asks, grants } }) => ({ sent: asks, granted: grants }),
  ),
  counted(
    "fabric_leader_grants_total",
    "counter",
    "As a coordinator: grants that hosts have asked for here, by what came of it: `granted`, `refused`.",
    "outcome",
    ({ leaders: { coordinator } }) => ({ granted: coordinator?.granted ?? 0, refused: coordinator?.refused ?? 0 }),
  ),
  counted(
    "fabric_misuse_total",
    "counter",
    "[Misuse](fabric.md#misuse) that was counted, by its kind: `route-churn`, `joins`, `authentication`.",
    "of",
    ({ misuse }) => misuse.counted,
  ),
  counted(
    "fabric_misuse_held_back_total",
    "counter",
    "What was not done, or done later, as its causer is slowed, by the kind of misuse.",
    "of",
    ({ misuse }) => misuse.heldBack,
  ),
  counted(
    "fabric_misuse_slowed",
    "gauge",
    "Nodes, neighbours and organizations that are slowed, by the kind of misuse.",
    "of",
    ({ misuse }) => misuse.slowed,
  ),
  gauge(
    "fabric_device_source_dead",
    "1 while the [command](configuration.md#fabric-flor) that says what the device is like does not; missing where Linux says it.",
    ({ device: { command } }) => (command === null ? undefined : Number(command.fault !== null)),
  ),
  counted(
    "fabric_device_lines_total",
    "counter",
    "Lines of that command: `taken`; `bad`, which say nothing; `skipped`, as newer ones came before they could be read.",
    "outcome",
    ({ device: { command } }): Record<string, number> => ({ ...command?.lines }),
  ),
];

function* endSamples(
  { cluster, ends }: FabricFlorStatus,
  valueOf: (end: EndStatus) => number,
): Generator<MetricSample> {
  for (const end of ends) {
    const { kind, scope, subject } = end;
    // Roles of one name may be held in several organizations.
    const named = scope === "cluster" || kind === "policy" ? subject : `${scope}/${subject}`;
    yield { labels: { process: program, cluster, kind, subject: named }, value: valueOf(end) };
  }
}
