/**
 * Writes the tables of documents that are made of code. Each stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`.
 *
 *   node --conditions=@florenetes/source scripts/tables.ts            writes them
 *   node --conditions=@florenetes/source scripts/tables.ts --check    writes nothing, and fails where one is not as the code has it
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CLUSTER_CONFIG_ERRORS } from "../apps/cluster-flor/src/config/config-errors.ts";
import { OVERLAY_ERRORS } from "../apps/cluster-flor/src/overlay/overlay-errors.ts";
import { CLUSTER_METRICS } from "../apps/cluster-flor/src/admin/cluster-metrics.ts";
import { FABRIC_METRICS } from "../apps/fabric-flor/src/admin/fabric-metrics.ts";
import { FABRIC_CONFIG_ERRORS } from "../apps/fabric-flor/src/config/config-errors.ts";
import { CONTROL_METRICS } from "../apps/control-flor/src/admin/control-metrics.ts";
import { CONTROL_API_ERRORS } from "../apps/control-flor/src/api/api-errors.ts";
import { CONTROL_CONFIG_ERRORS } from "../apps/control-flor/src/config/config-errors.ts";
import { VPN_METRICS } from "../apps/vpn-flor/src/admin/vpn-metrics.ts";
import { VPN_CONFIG_ERRORS } from "../apps/vpn-flor/src/config/config-errors.ts";
import { STORE_METRICS } from "../apps/store-flor/src/admin/store-metrics.ts";
import {
  GATEWAY_ERRORS,
  KEEP_ERRORS,
  STORE_CONFIG_ERRORS,
  STORE_ERRORS,
} from "../apps/store-flor/src/config/config-errors.ts";
import { CONTROL_HTTPS_ERRORS } from "../apps/control-flor/src/drivers/https-errors.ts";
import { VPN_POOL_ERRORS } from "../apps/vpn-flor/src/config/pool-errors.ts";
import { VPN_MACHINE_ERRORS } from "../apps/vpn-flor/src/machine/machine-errors.ts";
import { UPDATE_ERRORS } from "../apps/update-flor/src/update-errors.ts";
import { LINK_METRICS } from "../apps/link-flor/src/admin/link-metrics.ts";
import { LINK_CONFIG_ERRORS } from "../apps/link-flor/src/config/config-errors.ts";
import { LINK_LISTEN_ERRORS } from "../apps/link-flor/src/quic-link/drivers/listen-error.ts";
import { TUNNEL_ERRORS } from "../apps/cluster-flor/src/transport/drivers/listen-error.ts";
import { BLOB_ERRORS } from "../packages/blobs/src/errors.ts";
import { SEALING_ERRORS } from "../packages/blobs/src/sealing/errors.ts";
import { CONFIG_FILE_ERRORS } from "../packages/config-file/src/error-codes.ts";
import { LOG_ERRORS } from "../packages/facts/src/log/errors.ts";
import { FACTS_ERRORS } from "../packages/facts/src/errors.ts";
import { AUTHORING_ERRORS } from "../packages/facts/src/authoring/authoring-error.ts";
import { FLORIO_ERRORS } from "../packages/florio/src/errors.ts";
import { ISSUER_ERRORS } from "../packages/identity/src/authority/issuer/issuer-errors.ts";
import { IDENTITY_ERRORS } from "../packages/identity/src/errors.ts";
import { LABEL_ERRORS } from "../packages/forwarding/src/labels/label-error.ts";
import { MESH_ERRORS } from "../packages/mesh-file/src/mesh-errors.ts";
import { NATIVE_ERRORS } from "../packages/native/src/errors.ts";
import {
  ADMIN_ERRORS,
  METRICS_ERRORS,
  PROCESS_ERRORS,
  SOCKET_ERRORS,
} from "../packages/process-kit/src/error-codes.ts";
import { REPOSITORY_ERRORS } from "../packages/releases/src/repository/repository-errors.ts";
import { QUIC_ERRORS } from "../packages/quic/src/errors.ts";
import { SOURCE_ERRORS } from "../packages/releases/src/sources/errors.ts";
import { FLOR_ERRORS } from "../tools/flor/src/error-codes.ts";
import { PACKAGE_ERRORS } from "../tools/package/src/package-error.ts";
import { LAB_ERRORS } from "../tools/meshlab/src/lab-error.ts";

interface MetricForm {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Stable codes, each with its meaning and what to do about it, in Markdown with links from docs/operate. */
type Errors = Readonly<Record<string, { readonly meaning: string; readonly advice: string }>>;

const root = dirname(import.meta.dirname);
const linkRows = LINK_METRICS.map(metricRow);
const clusterRows = CLUSTER_METRICS.map(metricRow);
const fabricRows = FABRIC_METRICS.map(metricRow);
const vpnRows = VPN_METRICS.map(metricRow);
const controlRows = CONTROL_METRICS.map(metricRow);
const storeRows = STORE_METRICS.map(metricRow);

/** The lines of each table, by the name that a page has for it. */
const TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["metrics of both processes", metricTable(linkRows.filter((row) => clusterRows.includes(row)))],
  ["metrics of link-flor", metricTable(linkRows.filter((row) => !clusterRows.includes(row)))],
  ["metrics of cluster-flor", metricTable(clusterRows.filter((row) => !linkRows.includes(row)))],
  ["metrics of fabric-flor", metricTable(fabricRows.filter((row) => !linkRows.includes(row)))],
  ["metrics of vpn-flor", metricTable(vpnRows.filter((row) => !linkRows.includes(row)))],
  ["metrics of control-flor", metricTable(controlRows.filter((row) => !linkRows.includes(row)))],
  ["metrics of store-flor", metricTable(storeRows.filter((row) => !linkRows.includes(row)))],
  ["PROCESS_ERRORS", errorTable(PROCESS_ERRORS)],
  ["NATIVE_ERRORS", errorTable(NATIVE_ERRORS)],
  ["SOCKET_ERRORS", errorTable(SOCKET_ERRORS)],
  ["METRICS_ERRORS", errorTable(METRICS_ERRORS)],
  ["ADMIN_ERRORS", errorTable(ADMIN_ERRORS)],
  ["CONFIG_FILE_ERRORS", errorTable(CONFIG_FILE_ERRORS)],
  ["CLUSTER_CONFIG_ERRORS", errorTable(CLUSTER_CONFIG_ERRORS)],
  ["OVERLAY_ERRORS", errorTable(OVERLAY_ERRORS)],
  ["LINK_CONFIG_ERRORS", errorTable(LINK_CONFIG_ERRORS)],
  ["FABRIC_CONFIG_ERRORS", errorTable(FABRIC_CONFIG_ERRORS)],
  ["VPN_CONFIG_ERRORS", errorTable(VPN_CONFIG_ERRORS)],
  ["VPN_MACHINE_ERRORS", errorTable(VPN_MACHINE_ERRORS)],
  ["CONTROL_CONFIG_ERRORS", errorTable(CONTROL_CONFIG_ERRORS)],
  ["UPDATE_ERRORS", errorTable(UPDATE_ERRORS)],
  ["CONTROL_API_ERRORS", errorTable(CONTROL_API_ERRORS)],
  ["CONTROL_HTTPS_ERRORS", errorTable(CONTROL_HTTPS_ERRORS)],
  ["VPN_POOL_ERRORS", errorTable(VPN_POOL_ERRORS)],
  [
    "TUNNEL_ERRORS, LINK_LISTEN_ERRORS, QUIC_ERRORS",
    errorTable({ ...TUNNEL_ERRORS, ...LINK_LISTEN_ERRORS, ...QUIC_ERRORS }),
  ],
  ["LABEL_ERRORS", errorTable(LABEL_ERRORS)],
  ["IDENTITY_ERRORS", errorTable(IDENTITY_ERRORS)],
  ["ISSUER_ERRORS", errorTable(ISSUER_ERRORS)],
  ["LOG_ERRORS", errorTable(LOG_ERRORS)],
  ["FACTS_ERRORS", errorTable(FACTS_ERRORS)],
  ["FLORIO_ERRORS", errorTable(FLORIO_ERRORS)],
  ["MESH_ERRORS", errorTable(MESH_ERRORS)],
  ["AUTHORING_ERRORS", errorTable(AUTHORING_ERRORS)],
  ["REPOSITORY_ERRORS", errorTable(REPOSITORY_ERRORS)],
  ["FLOR_ERRORS", errorTable(FLOR_ERRORS)],
  ["STORE_CONFIG_ERRORS", errorTable(STORE_CONFIG_ERRORS)],
  ["STORE_ERRORS", errorTable(STORE_ERRORS)],
  ["GATEWAY_ERRORS", errorTable(GATEWAY_ERRORS)],
  ["KEEP_ERRORS", errorTable(KEEP_ERRORS)],
  ["SOURCE_ERRORS", errorTable(SOURCE_ERRORS)],
  ["BLOB_ERRORS", errorTable({ ...BLOB_ERRORS, ...SEALING_ERRORS })],
  ["PACKAGE_ERRORS", errorTable(PACKAGE_ERRORS)],
  ["LAB_ERRORS", errorTable(LAB_ERRORS)],
]);
const TABLE = /^<!-- table: (.+) -->\n[^]*?^<!-- end -->$/gm;

const isCheck = process.argv.includes("--check");
const placed = new Set<string>();
let stale = 0;
for (const page of globSync("docs/*/*.md", { cwd: root })) {
  const text = readFileSync(join(root, page), "utf8");
  const made = text.replaceAll(TABLE, (_, name: string) => {
    const lines = TABLES.get(name);
    if (lines === undefined) throw new Error(`${page}: no code makes the table "${name}"`);
    placed.add(name);
    return [`<!-- table: ${name} -->`, "", ...lines, "", "<!-- end -->"].join("\n");
  });
  if (made === text) continue;
  stale++;
  if (isCheck) console.log(`${page}: a table is not as the code has it: npm run tables`);
  else writeFileSync(join(root, page), made);
}
for (const name of TABLES.keys()) if (!placed.has(name)) throw new Error(`no page has the table "${name}"`);
if (isCheck && stale > 0) process.exitCode = 1;

function metricTable(rows: readonly string[]): string[] {
  return ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |", ...rows];
}

function metricRow({ name, kind, help, labels }: MetricForm): string {
  return `| \`florenetes_${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
}

function errorTable(errors: Errors): string[] {
  const rows = Object.entries(errors).map(([code, { meaning, advice }]) => `| \`${code}\` | ${meaning} | ${advice} |`);
  return ["| code | meaning | what to do |", "| --- | --- | --- |", ...rows];
}
