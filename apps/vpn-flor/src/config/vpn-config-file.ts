import {
  checkSocketPaths,
  checkSocketPathSize,
  type ConfigDocument,
  defaultControlPath,
  type KeyPath,
  loadConfig,
  parseConfig,
  parseRate,
  resolveMetrics,
} from "@florenetes/config-file";
import { accountsFor } from "@florenetes/process-kit";
import { serviceOfPool } from "@florenetes/wire-values";
import { parseAddress } from "../packets/addresses.ts";
import { NetworkSet } from "../packets/network-set.ts";
import { type IpNetwork, parseNetwork } from "../packets/networks.ts";
import { resolveClasses } from "./class-section.ts";
import type { VpnConfigErrorCode } from "./config-errors.ts";
import { CONNECTIONS } from "./limits.ts";
import { ALL_NAMES } from "../machine/client-plan.ts";
import { type EgressSection, parseProbed, type UpSection, type VpnConfigFile, vpnConfigSchema } from "./schema.ts";
import type { EgressConfig, UpConfig, VpnConfig } from "./vpn-config.ts";

type VpnDocument = ConfigDocument<VpnConfigFile>;

const ALL: readonly string[] = ["0.0.0.0/0", "::/0"];
/** A network of IPv4 has room for the egress and a client; the hash of a principal fills 64 bits of an address of IPv6. */
const PREFIX_MAX = { 4: 30, 6: 64 } as const;

/**
 * Reads the config file of vpn-flor, and checks all that can be checked without other files but the machine's users.
 *
 * @throws OperatorErrors with all problems (docs/operate/errors.md), each with its line
 */
export function loadVpnConfig(file: string): Promise<VpnConfig> {
  return loadConfig(file, vpnConfigSchema, resolveVpnConfig);
}

/** Parses the text of a config file. Relative paths in it start at the folder of `file`, an absolute path. */
export function parseVpnConfig(text: string, file: string): VpnConfig {
  return parseConfig(text, file, vpnConfigSchema, resolveVpnConfig);
}

function resolveVpnConfig(document: VpnDocument): VpnConfig {
  const { value } = document;
  const { cluster, admin, control = defaultControlPath(admin), up, egress } = value;
  if ((up === undefined) === (egress === undefined)) {
    const message = up === undefined ? "neither `up` nor `egress` is there" : "both `up` and `egress` are there";
    problem(document, [], "ERR_VPN_ROLE", message, "Keep the section of this machine's end.");
  }
  const config: VpnConfig = {
    cluster,
    admin: document.resolvePath(admin),
    control: document.resolvePath(control),
    metrics: resolveMetrics(document),
    classes: resolveClasses(document),
    end: egress === undefined ? resolveUp(document, up) : resolveEgress(document, egress),
    written: value,
  };
  checkSocketPaths(document, socketsOf(config));
  return config;
}

function resolveUp(document: VpnDocument, section: UpSection | undefined): UpConfig {
  const { pool = "", session = "", networks = "all", table = 0, priority = 0, device = "" } = section ?? {};
  if (section !== undefined) checkResolvers(document, section);
  return {
    kind: "up",
    pool,
    service: serviceOfPool(pool),
    session: document.resolvePath(session),
    device,
    networks: networksOf(networks),
    exclude: networksOf(section?.exclude ?? []),
    addresses: networksOf(section?.addresses ?? []),
    meshUser: section === undefined ? 0 : resolveUser(document, section["mesh-user"]),
    killSwitch: section?.["kill-switch"] ?? true,
    table,
    priority,
    dns: section?.dns ?? [],
    dnsDomains: section === undefined ? [] : resolveDomains(document, section),
  };
}

function resolveEgress(document: VpnDocument, section: EgressSection): EgressConfig {
  const { pool, listen, device, nat, rate, clients } = section;
  const addresses = networksOf(section.addresses);
  const isPool = addresses.every(({ version, prefix }) => prefix <= PREFIX_MAX[version]);
  const versions = new Set(addresses.map(({ version }) => version));
  if (!isPool || addresses.length === 0 || versions.size < addresses.length) {
    const message = "clients' addresses are of one network of IPv4, one of IPv6, or of both";
    const advice = "As [ 100.64.0.0/16, fd00:f10::/64 ]: at most /30 of IPv4, and at most /64 of IPv6.";
    problem(document, ["egress", "addresses"], "ERR_VPN_POOL", message, advice);
  }
  return {
    kind: "egress",
    pool,
    service: serviceOfPool(pool),
    listen: document.resolvePath(listen),
    device,
    addresses,
    networks: networksOf(section.networks),
    deny: networksOf(section.deny),
    nat,
    bitsPerSecond: rate === undefined ? undefined : parseRate(rate),
    clients,
    // Without address translation nothing else tracks connections: they are counted where that is asked for.
    connections: section.connections ?? (nat ? CONNECTIONS : undefined),
    probe: section.probe.map((text) => parseProbed(text)!),
  };
}

function networksOf(texts: "all" | readonly string[]): IpNetwork[] {
  return (texts === "all" ? ALL : texts).map((text) => parseNetwork(text) as IpNetwork);
}

/** Packets to a resolver that the VPN does not lead to would leave by the machine's own routes. */
function checkResolvers(document: VpnDocument, { dns, networks, exclude }: UpSection): void {
  const [included, excluded] = [networks, exclude].map((texts) => new NetworkSet(networksOf(texts)));
  for (const [index, text] of dns.entries()) {
    const address = parseAddress(text)!;
    const isIn = (set: NetworkSet): boolean => set.has(address.length === 4 ? 4 : 6, address, 0);
    if (isIn(included!) && !isIn(excluded!)) continue;
    const message = `the resolver ${text} is not reached over the VPN`;
    const advice = "Add its address to `networks`, take it from `exclude`, or name another one.";
    problem(document, ["up", "dns", index], "ERR_VPN_DNS", message, advice);
  }
}

/** All names go to the resolvers of a VPN that carries all; where it carries some networks, the operator says which names are resolved there. */
function resolveDomains(document: VpnDocument, section: UpSection): readonly string[] {
  const { dns, networks, "dns-domains": domains } = section;
  if (dns.length === 0) {
    const advice = "Add the addresses of the resolvers at `dns`, or remove `dns-domains`.";
    if (domains !== undefined)
      problem(document, ["up", "dns-domains"], "ERR_VPN_DNS", "there are no resolvers", advice);
    return [];
  }
  if (domains !== undefined) return domains;
  if (networks === "all") return [ALL_NAMES];
  const advice = "Add `dns-domains`, as [ ~corp.example ], or [ ~. ] for all names.";
  problem(document, ["up", "dns"], "ERR_VPN_DNS", "which names these resolve is not said", advice);
  return [];
}

function resolveUser(document: VpnDocument, user: string | number): number {
  const number = accountsFor(document).findUser(String(user));
  if (number !== undefined) return number;
  const advice = "Name the user as which link-flor runs, or give its number.";
  problem(document, ["up", "mesh-user"], "ERR_VPN_USER", `this machine has no user "${user}"`, advice);
  return 0;
}

function problem(document: VpnDocument, at: KeyPath, code: VpnConfigErrorCode, message: string, advice: string): void {
  document.problem(at, code, message, advice);
}

function* socketsOf({ admin, control, end }: VpnConfig): Generator<readonly [KeyPath, string], void> {
  yield [["admin"], admin];
  // By default the control path is made of the admin path: when that is too long, a second problem would say nothing new.
  if (checkSocketPathSize(admin) === undefined) yield [["control"], control];
  if (end.kind === "egress") yield [["egress", "listen"], end.listen];
  else yield [["up", "session"], end.session];
}
