import { configLines, countNouns, formatBytes, formatCounts, formatTable, verdictLines } from "@florenetes/process-kit";
import { nameOf } from "../agent/watch/record-ends.ts";
import type { NeighbourStatus, RecordStatus, ServiceStatus } from "./agent-status.ts";
import { deviceLines } from "./device-status.ts";
import type { FabricFlorStatus } from "./fabric-status.ts";
import { aloneLine } from "./links-status.ts";
import { misuseLines } from "./misuse-questions.ts";
import { orderLines } from "./orders-status.ts";
import { releaseLines } from "./release-status.ts";
import { formatDuration } from "@florenetes/operator-text";

/** Endpoints that people are shown: all are in `status --json`. */
const RANKED_SHOWN = 4;

/** Renders `fabric-flor status` for people: first whether all is well. Tables are laid out for `width` columns. */
export function renderFabricFlorStatus(status: FabricFlorStatus, width: number): string {
  const { root, ends, records, door, neighbours, services } = status;
  const whole = countNouns({ record: records.count, neighbour: neighbours.length, service: services.length });
  const version =
    root === null ? "none" : `version ${root.version}, ${formatDuration(root.ageMs)} old, until ${root.expires}`;
  const generation = door.generation === null ? "not seen yet" : `generation ${door.generation}, ${door.paths} paths`;
  const lines = [
    ...verdictLines(status.findings, whole),
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    ...configLines(status.config),
    `node ${status.node} of cluster ${status.cluster}, key ${status.key}`,
    `root: ${version}`,
    ...ends.filter(({ kind }) => kind !== "root").map((end) => `${nameOf(end)}: until ${end.expires}`),
    `records: ${records.count} (${formatBytes(records.octets)})`,
    `  in force: ${formatCounts(records.kinds)}`,
    `  by section: ${formatCounts(records.sections)}`,
    `  judged: ${formatCounts(records.judged)}`,
    ...logLines(status),
    ...renewalLines(status),
    ...joinLines(status),
    ...mailLines(status),
    ...linkLines(status),
    ...deviceLines(status),
    ...routesLines(status),
    ...coordinatorLines(status),
    ...usageLines(status),
    ...telemetryLines(status),
    ...leadersLines(status),
    ...releaseLines(status),
    ...orderLines(status),
    ...misuseLines(status),
    `overlay: ${generation}; ${door.posted} posted, ${door.refusals} refused; proofs that failed: ${formatCounts(status.failedProofs)}`,
    "",
  ];
  const tables = [neighbourTable(neighbours, width), serviceTable(services, width)].filter((table) => table !== "");
  return [lines.join("\n"), ...tables].join("\n");
}

function* logLines({ log }: FabricFlorStatus): Generator<string> {
  if (log === null) return;
  const { store, checkpoint, signers, signing } = log;
  const missing = store?.missing === null ? "not known yet" : String(store?.missing);
  const kept =
    store === null
      ? "no copy here"
      : `${store.entries} entries, ${store.isWhole ? "whole" : "not whole"}; missing in it: ${missing}`;
  yield `log ${log.name ?? "without a name yet"}: ${kept}`;
  if (store !== null && store.head !== "") yield `  head: ${store.head}`;
  const last = checkpoint === null ? "none" : `entry ${checkpoint.index}, ${formatDuration(checkpoint.ageMs)} old`;
  const signed = signing === null ? "" : `; ${signing.signed} signed here, the last one: ${signing.outcome ?? "none"}`;
  yield `  checkpoint: ${last}; signers: ${signers.join(", ") || "none"}${signed}`;
}

function* renewalLines({ renewals }: FabricFlorStatus): Generator<string> {
  if (renewals === null) return;
  const { due, late, signed } = renewals;
  yield `renewals: ${signed} signed here; ${due} wait for signatures, ${late} of them late`;
}

function* joinLines({ joins }: FabricFlorStatus): Generator<string> {
  if (joins === null) return;
  const { tokens, waiting, signed, refused } = joins;
  yield `joins: ${signed} signed here, ${waiting} wait for signatures; refused: ${formatCounts(refused)}; ${tokens} tokens in force`;
}

function* mailLines({ mail }: FabricFlorStatus): Generator<string> {
  const { reads, readers, waiting, sent, answered, unanswered, read, forwarded, returned, refused } = mail;
  if (reads.length + readers.length + sent + forwarded === 0) return;
  const passed = `passed on: ${forwarded} letters, ${returned} answers; refused: ${formatCounts(refused)}`;
  yield `mail: ${sent} sent, ${answered} answered, ${unanswered} unanswered; ${read} read; ${passed}`;
  if (reads.length > 0) yield `  this node reads it as ${reads.join(", ")}`;
  for (const { node, roles, hops, way, heardMsAgo } of readers)
    yield `  reader ${node} (${roles.join(", ")}), ${hops} links away, over ${way ?? "nobody"}; heard ${formatDuration(heardMsAgo)} ago`;
  if (waiting > 0) yield `  records that wait to go on to a control node: ${waiting}`;
}

function* linkLines({ links }: FabricFlorStatus): Generator<string> {
  const { most, made, ranked, unfit, candidates, knocks, knocksDropped, alone } = links;
  if ((most ?? 0) === 0 && made.length === 0) return;
  const dropped = formatCounts(knocksDropped);
  yield `links made: ${made.filter(({ phase }) => phase === "up").length} up of ${most} that may be; knocks: ${knocks} heard, dropped: ${dropped}; candidates: ${candidates}`;
  if (alone !== null) yield `  ${aloneLine(alone)}`;
  for (const { peer, phase, endpoint, isCandidate, attempts, failures, code, restsForMs } of made) {
    const at = endpoint === null ? "" : ` at ${endpoint}`;
    const rests = restsForMs === null ? "" : `, again in ${formatDuration(restsForMs)}`;
    const reason = code === "" ? "" : `, ${code}`;
    yield `  ${peer}${isCandidate ? " (candidate)" : ""}: ${phase}${at}${rests}; ${attempts} calls, ${failures} rounds in vain${reason}`;
  }
  for (const { node, endpoint, reasons } of ranked.slice(0, RANKED_SHOWN))
    yield `  may be called: ${node} at ${endpoint} (${reasons.join(", ")})`;
  if (Object.keys(unfit).length > 0) yield `  endpoints that are not called: ${formatCounts(unfit)}`;
}

function* routesLines({ routes }: FabricFlorStatus): Generator<string> {
  const { coordinators, asked, held, leases, permits, letters, outcomes } = routes;
  if (coordinators.length + held + permits.held === 0) return;
  const names = coordinators.map(({ node, doesAnswer }) => (doesAnswer ? node : `${node} (silent)`));
  const came = `came: ${formatCounts(outcomes)}; letters: ${letters.sent} sent, ${letters.answered} answered`;
  yield `routes: ${held} leases held, ${asked} hosts asked for; ${permits.held} permits (${permits.waiting} wait); ${came}`;
  yield `  coordinators: ${names.join(", ") || "none"}`;
  for (const { service, host, coordinator, standing, expires, routes: leased } of leases) {
    const word = standing === "held" ? "HELD beyond" : "until";
    yield `  ${service} at ${host}, leased by ${coordinator}, ${word} ${expires}:`;
    for (const { via, cost, inUse, failure } of leased) {
      const use = inUse.length > 0 ? `in use (${inUse.join(", ")})` : "stands by";
      yield `    ${via.join(" > ")}, cost ${cost}: ${failure === null ? use : `failed (${failure})`}`;
    }
  }
}

function* coordinatorLines({ coordinator }: FabricFlorStatus): Generator<string> {
  if (coordinator === null) return;
  const { partition, reports, links, wanted, live, waiting, relays, leases, permits, faults } = coordinator;
  yield `coordinator of ${partition}: ${reports} nodes report ${links} links; ${live} of ${wanted} leases live, ${waiting} wait for relays; none to be had: ${formatCounts(faults)}`;
  yield `  leases: ${formatCounts(leases)}; permits of ${relays} relays: ${formatCounts(permits)}`;
}

function* usageLines({ usage: { receipts, handedIn, held, observer } }: FabricFlorStatus): Generator<string> {
  if (receipts.signed + receipts.waiting + held > 0)
    yield `usage: ${receipts.signed} receipts signed, ${receipts.waiting} wait for observers (${formatCounts(handedIn)}); ${held} records held`;
  if (observer === null) return;
  const { partition, hours, outcomes, signed, claims, last } = observer;
  const sum =
    last === null ? "none added up yet" : `${last.hour} added up, ${last.receipts} nodes heard, ${last.missing} not`;
  yield `observer of ${partition}: receipts of ${hours} hours (${formatCounts(outcomes)}), ${sum}; ${signed} records signed, ${claims} claims above what neighbours saw`;
}

function* telemetryLines({ telemetry: { isObserved, handedIn, held, observer } }: FabricFlorStatus): Generator<string> {
  if (isObserved || held > 0)
    yield `telemetry: ${isObserved ? `told to observers (${formatCounts(handedIn)})` : "nobody observes"}; ${held} observations held`;
  if (observer === null) return;
  const { partition, nodes, outcomes, signed, samples } = observer;
  yield `telemetry of ${partition}: ${nodes} nodes heard (${formatCounts(outcomes)}), ${samples.unwell} whole reports of unwell ones; ${signed} observations signed`;
}

function* leadersLines({ leaders: { services, coordinator } }: FabricFlorStatus): Generator<string> {
  for (const { name, grantedMs, said } of services) {
    const words = said.map(
      ({ coordinator: by, outcome, leader }) => `${by}: ${outcome}${leader && ` (${leader} leads)`}`,
    );
    const state = grantedMs > 0 ? `leads, granted for ${Math.round(grantedMs / 1_000)} s more` : "does not lead";
    yield `service ${name}: this node ${state}; ${words.join(", ") || "no coordinator has answered"}`;
  }
  if (coordinator === null) return;
  const { granted, refused, entries, isBroken } = coordinator;
  const store = isBroken ? "THE STORE OF LEADERS IS NOT THE ONE THAT IT WAS" : `${entries} entries in the store`;
  yield `leaders: ${granted} grants given, ${refused} refused; ${store}`;
}

function neighbourTable(neighbours: readonly NeighbourStatus[], width: number): string {
  const rows = neighbours.map((neighbour) => [
    neighbour.peer,
    neighbour.state,
    neighbour.isServed ? "yes" : "no",
    String(neighbour.taken),
    String(neighbour.refused),
    neighbour.link ?? "-",
    formatCounts(neighbour.cursors),
    neighbour.mutedForMs === null ? "-" : formatDuration(neighbour.mutedForMs),
    neighbour.fault === "" ? "-" : neighbour.fault,
  ]);
  const header = ["PEER", "STATE", "READS HERE", "TAKEN", "REFUSED", "LINK", "READ TO ROW", "MUTED FOR", "REASON"];
  return formatTable("neighbours", header, rows, width);
}

function serviceTable(services: readonly ServiceStatus[], width: number): string {
  const rows = services.map((service) => [
    service.service === service.proves ? service.service : `${service.service} (${service.proves})`,
    recordOf(service.active),
    recordOf(service.candidate),
    service.path ?? "-",
    service.next === null ? "-" : `${service.next}, ${service.state}`,
    service.fallbacks.map(recordOf).join("; ") || "-",
    service.text === "" ? "-" : service.text,
  ]);
  return formatTable(
    "services",
    ["SERVICE", "ACTIVE", "CANDIDATE", "PATH", "NEXT", "FALLBACKS", "REASON"],
    rows,
    width,
  );
}

function recordOf(record: RecordStatus | null): string {
  return record === null ? "-" : `epoch ${record.epoch}: ${record.hosts.join(", ")}`;
}
