/** A fabric as a picture for the console. */
import type { ConsolePicture, MapLink, MapPicture, TextTable } from "@florenetes/console";
import { formatDuration } from "@florenetes/operator-text";
import { countNouns, formatRate } from "@florenetes/process-kit";
import type { AsOf } from "../api/as-of.ts";
import type { NodeDevice, NodeResource, RouteResource, ServiceResource } from "../fabric/resources.ts";
import type { Sight } from "../fabric/sight.ts";

/** The number of tables of a picture. */
export const FABRIC_TABLES = 9;

const GOOD_STATES: ReadonlySet<string> = new Set(["announced", "served", "carried", "up", "waits", "published"]);

interface FabricPicture extends ConsolePicture {
  readonly tables: readonly TextTable[];
}

export function fabricPicture(sight: Sight, asOf: AsOf): FabricPicture {
  const { verdict } = sight;
  return {
    isWhole: verdict.isWhole && !asOf.isStale,
    verdict: verdictLines(sight, asOf),
    map: mapOf(sight),
    tables: [
      { title: "nodes", header: NODE_HEADER, rows: sight.nodes.map(nodeCells) },
      { title: "services", header: SERVICE_HEADER, rows: sight.services.map(serviceCells) },
      { title: "routes", header: ROUTE_HEADER, rows: sight.routes.map(routeCells) },
      switchTable(sight),
      { title: "pools of a VPN", header: SERVICE_HEADER, rows: sight.pools.map(serviceCells) },
      proposalTable(sight),
      ...authorityTables(sight),
      logTable(sight),
    ],
    isGoodState: (state) => GOOD_STATES.has(state),
  };
}

/** The picture while the agent has told nothing yet. @param tables the number of tables that it has later */
export function unknownPicture(tables: number): ConsolePicture {
  return {
    isWhole: false,
    verdict: [
      "UNKNOWN: the agent of this replica's node has not answered yet",
      "Does fabric-flor run there? Another replica may know.",
    ],
    map: { nodes: [], links: [] },
    tables: Array.from({ length: tables }, () => ({ title: "", header: [], rows: [] })),
    isGoodState: () => true,
  };
}

function verdictLines({ verdict, view }: Sight, { why }: AsOf): readonly string[] {
  const { nodes, services, routes } = verdict.counts;
  const counts = `${countNouns({ node: nodes, service: services, route: routes })}, told by the agent of ${view.node}`;
  const stale = why === null ? [] : [`STALE: ${why}. This is what was known last.`];
  const first = verdict.isWhole ? `whole: ${counts}` : `NOT WHOLE: ${counts}`;
  const findings = verdict.findings.map(({ weight, text, advice }) => `${weight}: ${text}. ${advice}`);
  return [...stale, first, ...findings];
}

/** The links that nodes report; where no reports are known, those that routes go over. */
function mapOf({ nodes, routes }: Sight): MapPicture {
  const names = new Set(nodes.map(({ name }) => name));
  const reported = nodes.flatMap(({ name, health }) => (health?.links ?? []).map(({ peer }) => [name, peer] as const));
  const led = routes.flatMap(({ origin, routes: all }) =>
    all.flatMap(({ via }) => via.map((node, at) => [at === 0 ? origin : via[at - 1]!, node] as const)),
  );
  const links = new Map<string, MapLink>();
  for (const [one, other] of reported.length > 0 ? reported : led) {
    if (!names.has(one) || !names.has(other) || one === other) continue;
    const between = one < other ? ([one, other] as const) : ([other, one] as const);
    const name = between.join(" – ");
    links.set(name, { name, between, state: "up" });
  }
  return {
    nodes: nodes.map(({ name, state, organization, partition }) => ({
      name,
      state,
      group: `${organization}/${partition}`,
    })),
    links: [...links.values()],
  };
}

const NODE_HEADER = [
  "NODE",
  "STATE",
  "ROLES",
  "SERVES",
  "CAN",
  "DEVICE",
  "SOFTWARE",
  "CPU",
  "MEMORY",
  "LINKS",
  "PLACE",
  "RECORD ENDS",
];

function nodeCells({
  name,
  state,
  roles,
  services,
  capabilities,
  program,
  health,
  organization,
  partition,
  tier,
  record,
}: NodeResource): string[] {
  const percent = (value: number | undefined): string => (value === undefined ? "" : `${value} %`);
  return [
    name,
    stateWord(state),
    roles.map(({ role }) => role).join(", "),
    services.map(({ service, load }) => (load === 0 ? service : `${service} (${load} %)`)).join(", "),
    capabilities.join(", "),
    deviceWords(health?.device ?? null),
    program === null ? "" : `${program.version}${program.commit === null ? "" : ` (${program.commit.slice(0, 8)})`}`,
    percent(health?.load.cpu),
    percent(health?.load.memory),
    health === null ? "" : String(health.links.length),
    `${organization}/${partition}, tier ${tier}`,
    dayOf(record.expires),
  ];
}

/** A device in a few words: "": it is not known. */
function deviceWords(device: NodeDevice | null): string {
  if (device === null) return "";
  const { battery, charging, network, metered, foreground } = device;
  const power = battery === null ? "" : `${battery} %${charging ? ", charging" : ""}`;
  const words = [network === "unknown" ? "" : network, power, metered ? "metered" : "", foreground ? "" : "background"];
  return words.filter((word) => word !== "").join(", ");
}

const SERVICE_HEADER = ["SERVICE", "STATE", "HOSTS", "LEADER", "CLASSES", "SCOPE", "RECORD ENDS"];

function serviceCells({ name, state, hosts, mode, leader, classes, scope, record }: ServiceResource): string[] {
  return [
    name,
    stateWord(state),
    hosts.map(({ node, state: host }) => (host === "serving" ? node : `${node} (${host})`)).join(", "),
    mode === "leader" ? (leader?.host ?? "nobody") : "",
    classes.join(", "),
    scope,
    dayOf(record.expires),
  ];
}

const ROUTE_HEADER = ["FROM", "STATE", "TO", "AT", "OVER", "ALTERNATES", "RATE", "COORDINATOR", "REASON"];

function routeCells({ origin, state, service, host, routes, rate, coordinator, fault }: RouteResource): string[] {
  const [primary, ...alternates] = routes;
  const failures = routes.flatMap(({ via, failure }) => (failure === null ? [] : [`${via.join(" > ")}: ${failure}`]));
  return [
    origin,
    stateWord(state),
    service,
    host,
    primary?.via.join(" > ") ?? "",
    alternates.map(({ via }) => via.join(" > ")).join(", "),
    formatRate(rate * 1_000),
    coordinator ?? "",
    [fault ?? "", ...failures].filter((text) => text !== "").join("; "),
  ];
}

function switchTable({ verdict: { switches } }: Sight): TextTable {
  const rows = Object.entries(switches)
    .filter(([, { count }]) => count > 0)
    .map(([reason, { count, lastMs, longestMs }]) => [
      reason,
      String(count),
      formatDuration(lastMs),
      formatDuration(longestMs),
    ]);
  return { title: "connections that went over to another route", header: ["REASON", "COUNT", "LAST", "LONGEST"], rows };
}

/** Records that wait, and how people sign them: no page and no server signs. */
function proposalTable({ proposals }: Sight): TextTable {
  const rows = proposals.map(
    ({ id, kind, subject, scope, epoch, state, reason, by, toldBy, signed, missing, ends }) => [
      `${kind} ${subject}`,
      stateWord(state),
      `epoch ${epoch} of ${scope}, brought by ${by}${toldBy === null ? "" : `, as ${toldBy} says`}`,
      signed.join(", "),
      missing
        .map(({ authority, threshold, signed: counted, others }) => {
          return `${threshold - counted.length} more for ${authority}: ${others.join(", ")}`;
        })
        .join("; "),
      state === "waits" ? `flor fabric sign, on v1/proposals/${id}/record` : (reason ?? ""),
      dayOf(ends),
    ],
  );
  const header = ["PROPOSAL", "STATE", "WHAT", "SIGNED BY", "MISSING", "HOW", "KEPT UNTIL"];
  return { title: "proposals", header, rows };
}

function authorityTables({ authority }: Sight): readonly TextTable[] {
  const quorums = (authority?.quorums ?? []).map((each) => [
    each.authority,
    `${each.threshold} of ${each.keys.filter(({ isProgram }) => !isProgram).length}`,
    each.keys.map(({ name, isProgram }) => (isProgram ? `${name} (a program)` : name)).join(", "),
  ]);
  const ends = (authority?.ends ?? []).map(({ expires, kind, subject, scope }) => [
    dayOf(expires),
    kind,
    subject,
    scope,
  ]);
  return [
    { title: "who signs", header: ["AUTHORITY", "TAKES", "KEYS"], rows: quorums },
    { title: "records that end next", header: ["ENDS", "KIND", "SUBJECT", "SCOPE"], rows: ends },
  ];
}

function logTable({ log }: Sight): TextTable {
  const header = ["LOG", "CHECKPOINT", "SIGNED", "SIGNERS", "COPY", "FORKS", "DIFFERING"];
  if (log === null) return { title: "log", header, rows: [] };
  const { name, checkpoint, signers, copy, forks, differing } = log;
  const cells = [
    name ?? "",
    checkpoint === null ? "none" : String(checkpoint.index),
    checkpoint?.issued ?? "",
    signers.join(", "),
    copy === null ? "" : `${copy.entries} entries${copy.isWhole ? "" : ", not whole"}`,
    forks.join(", "),
    differing.join(", "),
  ];
  return { title: "log", header, rows: [cells] };
}

function stateWord(state: string): string {
  return GOOD_STATES.has(state) ? state : state.toUpperCase();
}

function dayOf(time: string): string {
  return time.slice(0, "2026-01-01".length);
}
