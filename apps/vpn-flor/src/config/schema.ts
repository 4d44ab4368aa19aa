import {
  checkedRate,
  checkedText,
  type HostPort,
  metricsField,
  type MetricsSection,
  nameField,
  parseUdpAddress,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import { CLIENT_PRIORITIES, CLIENT_PRIORITY, CLIENT_TABLE } from "../machine/client-plan.ts";
import { parseAddress } from "../packets/addresses.ts";
import { parseNetwork } from "../packets/networks.ts";
import { type ClassSection, classSection } from "./class-section.ts";
import type { VpnConfigErrorCode } from "./config-errors.ts";
import {
  CLIENTS,
  CLIENTS_MAX,
  CONNECTIONS_MAX,
  DOMAINS_MAX,
  NETWORKS_MAX,
  PROBES_MAX,
  RESOLVERS_MAX,
} from "./limits.ts";

/** The config file of vpn-flor as it is written, with its defaults filled in. */
export interface VpnConfigFile {
  cluster: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  classes?: ClassSection | undefined;
  up?: UpSection | undefined;
  egress?: EgressSection | undefined;
}

/** The client's end. */
export interface UpSection {
  pool: string;
  session: string;
  device: string;
  networks: "all" | string[];
  exclude: string[];
  addresses: string[];
  "mesh-user": string | number;
  "kill-switch": boolean;
  table: number;
  priority: number;
  dns: string[];
  "dns-domains"?: string[] | undefined;
}

/** The end of a pool. */
export interface EgressSection {
  pool: string;
  listen: string;
  device: string;
  addresses: string[];
  networks: "all" | string[];
  deny: string[];
  nat: boolean;
  rate?: string | undefined;
  clients: number;
  connections?: number | undefined;
  probe: string[];
}

const network = checkedText({
  test: (text) => typeof parseNetwork(text) === "object",
  code: "ERR_VPN_NETWORK" satisfies VpnConfigErrorCode,
  message: (text) =>
    parseNetwork(text) === "host-bits" ? `bits behind the prefix of "${text}" are set` : `"${text}" is no network`,
  advice: "As 10.0.0.0/8 or fd00::/8; one address as 192.0.2.1.",
});
const networks = z.array(network).max(NETWORKS_MAX, { error: `${NETWORKS_MAX} networks at most` });
const allOrSome = z.union([
  z.literal("all"),
  networks.min(1, { error: "no network: write `all`, or those that are meant" }),
]);

const probed = checkedText({
  test: (text) => parseProbed(text) !== undefined,
  code: "ERR_VPN_PROBE" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is no address with a port`,
  advice: 'As 192.0.2.1:443 or "[2001:db8::1]:443".',
});

/** The priority of the rule that asks the table `main` (ip-rule(8)). */
const MAIN_PRIORITY = 32_766;

const device = checkedText({
  test: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(text),
  code: "ERR_VPN_DEVICE_NAME" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is no name of a device`,
  advice: "At most 15 letters, digits, dots, dashes and underscores, as flor0.",
});

const resolver = checkedText({
  test: (text) => parseAddress(text) !== undefined,
  code: "ERR_VPN_DNS" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is no address of a resolver`,
  advice: 'As 192.0.2.53 or "2001:db8::53".',
});
const domain = checkedText({
  test: (text) =>
    /^(?:~\.|~?(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*)$/.test(text),
  code: "ERR_VPN_DNS" satisfies VpnConfigErrorCode,
  message: (text) => `"${text}" is no domain`,
  advice:
    "As ~. for all names, ~corp.example for those of a domain, or corp.example to look for short names there, too.",
});

const up = z.strictObject({
  pool: nameField,
  session: pathField,
  device: device.default("flor0"),
  networks: allOrSome.default("all"),
  exclude: networks.default([]),
  // Addresses of shared address space (RFC 6598), and unique local ones (RFC 4193): no machine's own network is there as a rule.
  addresses: networks.default(["100.64.0.0/10", "fc00::/7"]),
  "mesh-user": z.union([z.string().min(1), z.number().int().min(0)]).default("florenetes-link"),
  "kill-switch": z.boolean().default(true),
  table: z.number().int().min(1).max(0xffff_ffff).default(CLIENT_TABLE),
  priority: z
    .number()
    .int()
    .min(1)
    .max(MAIN_PRIORITY - CLIENT_PRIORITIES)
    .default(CLIENT_PRIORITY),
  dns: z
    .array(resolver)
    .max(RESOLVERS_MAX, { error: `${RESOLVERS_MAX} resolvers at most` })
    .default([]),
  "dns-domains": z
    .array(domain)
    .min(1, { error: "no domain: write `~.` for all names" })
    .max(DOMAINS_MAX, { error: `${DOMAINS_MAX} domains at most` })
    .optional(),
});

const egress = z.strictObject({
  pool: nameField,
  listen: pathField,
  device: device.default("flor-egress"),
  addresses: networks,
  networks: allOrSome,
  deny: networks.default([]),
  nat: z.boolean().default(true),
  rate: checkedRate("ERR_CONFIG_RATE").optional(),
  clients: z.number().int().min(1).max(CLIENTS_MAX).default(CLIENTS),
  connections: z.number().int().min(1).max(CONNECTIONS_MAX).optional(),
  probe: z
    .array(probed)
    .max(PROBES_MAX, { error: `${PROBES_MAX} addresses at most` })
    .default([]),
});

/** Reads an IP address with a port of TCP, as `192.0.2.1:443` or `[2001:db8::1]:443`. */
export function parseProbed(text: string): HostPort | undefined {
  const address = parseUdpAddress(`udp://${text}`);
  return address === undefined || address.port === 0 ? undefined : address;
}

export const vpnConfigSchema: z.ZodType<VpnConfigFile> = z.strictObject({
  cluster: nameField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  classes: classSection.optional(),
  up: up.optional(),
  egress: egress.optional(),
});
