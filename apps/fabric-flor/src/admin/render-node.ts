/** A node in six parts, for people. */
import type { PolicyBody } from "@florenetes/facts";
import { formatDuration } from "@florenetes/operator-text";
import { countNouns, formatBytes, type StatusFinding } from "@florenetes/process-kit";
import { deviceWords } from "./device-status.ts";
import type { NodeAnswer } from "./node-questions.ts";
import type { NodeRole } from "./node-roles.ts";

/** The output of `fabric-flor node --json`. */
export interface ShownNode extends NodeAnswer {
  /** Faults of the node; null: it is another node, whose agent alone knows. */
  readonly findings: readonly StatusFinding[] | null;
}

/** Lines of one part that people are shown: `--json` has all. */
const LINES_SHOWN = 16;
const NOT_TOLD = "not told to this node";

/** Renders `fabric-flor node`: each part has a line that begins with its name. */
export function renderNode(shown: ShownNode): string {
  const { node, cluster } = shown;
  return [
    `node ${node} of cluster ${cluster}`,
    ...identityLines(shown),
    ...roleLines(shown),
    ...capabilityLines(shown),
    ...policyLines(shown),
    ...healthLines(shown),
    ...localLines(shown),
    "",
  ].join("\n");
}

function* identityLines({ identity }: ShownNode): Generator<string> {
  const { key, organization, partition, trustTier, record, standing, endpoints } = identity;
  yield `identity: key ${key}${standing === "other-key" ? ", WHICH IS NOT THE KEY OF THIS NODE" : ""}`;
  yield `  organization ${organization}, partition ${partition}, trust tier ${trustTier}; record of epoch ${record.epoch}, until ${record.expires}`;
  yield `  endpoints: ${endpoints.join(", ") || "none are announced here"}`;
}

function* roleLines({ roles }: ShownNode): Generator<string> {
  yield `roles: ${roles.length === 0 ? "none" : ""}`.trimEnd();
  for (const role of roles.slice(0, LINES_SHOWN)) yield `  ${roleLine(role)}`;
  if (roles.length > LINES_SHOWN) yield `  and ${roles.length - LINES_SHOWN} more`;
}

function roleLine({ role, scope, partition, services, expires, effect, text }: NodeRole): string {
  const of = [scope === "cluster" ? "" : ` of ${scope}`, services.length === 0 ? "" : ` for ${services.join(", ")}`];
  const word = effect === null ? "" : effect === "acts" ? ": acts" : `: IDLE (${text})`;
  return `${role}${of.join("")} in ${partition}, until ${expires}${effect === "unused" ? `: ${text}` : word}`;
}

function* capabilityLines({ capabilities }: ShownNode): Generator<string> {
  const { device, software, contracts, installed, offer, services } = capabilities;
  const commit = software?.commit === undefined ? "" : ` (${software.commit})`;
  yield `capabilities: software ${software === null ? NOT_TOLD : `${software.version}${commit}`}`;
  if (installed !== null) {
    const { channel, version, release, state, code } = installed;
    const held = release === undefined ? "no release is held" : `the release is ${release.version}`;
    yield `  packages: ${version}, ${state}${code === undefined ? "" : ` (${code})`}; channel ${channel}, ${held}`;
  }
  if (contracts !== null) {
    const spoken = contracts.map(
      ({ of, lowest, highest }) => `${of} ${lowest}${lowest === highest ? "" : `-${highest}`}`,
    );
    yield `  contracts: ${spoken.join(", ") || "none"}`;
  }
  if (device !== null) yield `  device: ${deviceWords(device)}`;
  yield `  carries for others: ${offer === null ? "nothing" : `${offer.classes.join(", ")}, ${offer.rate} kbit/s, price ${offer.price}`}`;
  const names = services.map(({ service, load }) => (load === 0 ? service : `${service} (${load} % full)`));
  yield `  services: ${names.slice(0, LINES_SHOWN).join(", ") || "none"}`;
}

function* policyLines({ policy }: ShownNode): Generator<string> {
  yield `policy: ${policy.length === 0 ? "none is in force" : ""}`.trimEnd();
  for (const { scope, record, body } of policy)
    yield `  ${scope}, epoch ${record.epoch}, until ${record.expires}: ${wordsOf(body)}`;
}

/** A policy in words, without what it says of signers. */
function wordsOf({ carriers, hold, weights, tiers, log, ...others }: PolicyBody): string {
  const words = [
    carriers === undefined ? "" : `carriers ${carriers}`,
    hold === undefined ? "" : `leases hold ${formatDuration(1_000 * hold)}`,
    others["stale-limit"] === undefined ? "" : `stale after ${formatDuration(1_000 * others["stale-limit"])}`,
    (tiers ?? []).map(({ role, tier }) => `${role} needs tier ${tier}`).join(", "),
    (weights ?? []).map(({ of, weight }) => `${of} counts ${weight}`).join(", "),
    log === undefined ? "" : `log ${log.name} with ${countNouns({ signer: log.signers.length })}`,
  ].filter((word) => word !== "");
  return words.join("; ") || "nothing that binds a node";
}

function* healthLines({ health, findings }: ShownNode): Generator<string> {
  const { ageMs, load, nat, links } = health;
  const well =
    findings === null ? "" : findings.length === 0 ? "all is well; " : `${countNouns({ finding: findings.length })}; `;
  if (load === null) yield `health: ${well}${NOT_TOLD}`;
  else {
    const age = ageMs === null || ageMs === 0 ? "" : ` (${formatDuration(ageMs)} ago)`;
    yield `health: ${well}processor ${load.cpu} %, memory ${load.memory} %, sockets ${load.sockets} %; NAT ${nat}${age}`;
  }
  for (const { text } of (findings ?? []).slice(0, LINES_SHOWN)) yield `  ${text}`;
  for (const { peer, roundTripMs, loss, queue, breaks } of links.slice(0, LINES_SHOWN))
    yield `  link to ${peer}: ${roundTripMs.toFixed(1)} ms, ${(100 * loss).toFixed(2)} % lost, queue ${Math.round(100 * queue)} %, ${breaks} breaks in the last hour`;
  if (links.length > LINES_SHOWN) yield `  and ${links.length - LINES_SHOWN} more links`;
}

function* localLines({ local }: ShownNode): Generator<string> {
  if (local === null) {
    yield "local state: the node alone knows it; run this command there";
    return;
  }
  const { rootVersion, databaseId, records, octets, overlay, leases, permits, endpoints } = local;
  yield `local state: root of version ${rootVersion}, ${records} records (${formatBytes(octets)}) in the database ${databaseId}`;
  yield `  overlay ${overlay ?? "not seen yet"}; ${leases} leases, ${permits} permits; ${endpoints} endpoints of others that it may call`;
}
