import {
  type ConfigFileErrorCode,
  type MetricsSection,
  type TrustSection,
  checkedDuration,
  checkedRate,
  checkedText,
  engineField,
  metricsField,
  parseListenAddress,
  parseServiceTarget,
  parseStreamAddress,
  nameField,
  pathField,
  trustFields,
} from "@florenetes/config-file";
import {
  LABEL_COUNT_MAX,
  LABEL_MAX,
  LABEL_MIN,
  WORKLOAD_CLASS_NAMES,
  type WorkloadClassName,
} from "@florenetes/forwarding";
import { isName } from "@florenetes/operator-text";
import type { EngineSetting } from "@florenetes/quic";
import { z } from "zod";
import { connectWaitField, healthCheckField, keepField } from "./duration-fields.ts";
import { type LogLevels, logLevels } from "./log-levels.ts";
import { type OtlpSection, otlpField } from "./otlp-section.ts";
import type { ClusterConfigErrorCode } from "./config-errors.ts";
import { type FabricSection, fabricSection } from "./fabric-section.ts";
import {
  ENDPOINT_SIZE_MAX,
  FLOW_IDLE_MS_MAX,
  FLOW_IDLE_MS_MIN,
  KEEP_MS_MAX,
  KEEP_MS_MIN,
  PATH_MTU_MAX,
  PATH_MTU_MIN,
  SESSIONS,
  SESSIONS_MAX,
  SESSION_KEEP_MS,
  SESSION_STREAMS,
  SESSION_STREAMS_MAX,
  STREAMS_PER_CONNECTION,
  STREAMS_PER_CONNECTION_MAX,
  TRANSIT_BYTES,
  TRANSIT_BYTES_MIN,
  TRANSIT_LIMIT_MAX,
  TRANSIT_PACKETS,
} from "./limits.ts";

/**
 * The form of a cluster vertex's config file. This file checks each value by itself; the code that resolves names
 * checks values that have to agree.
 */

/** The config file of a cluster vertex in its own form, defaults filled in. */
export interface ClusterConfigFile extends TrustSection {
  cluster: string;
  vertex: string;
  engine: EngineSetting;
  carriers: "any" | "quic-only";
  portals: Record<string, { bind: string; connect: string }>;
  state: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  "access-log"?: string | undefined;
  "otlp-traces"?: OtlpSection | undefined;
  trust?: string | undefined;
  log: LogLevels;
  links: Record<string, LinkSection>;
  transit: string[][];
  "transit-limit": { packets: number; bytes: number };
  "transit-offload": boolean;
  "cross-connects": { from: LinkLabelSection; to: LinkLabelSection }[];
  "lsp-ends": LinkLabelSection[];
  services: Record<string, ServiceSection>;
  paths: Record<string, PathSection>;
  tunnels: TunnelSection[];
  sessions: SessionSection[];
  fabric?: FabricSection | undefined;
  transport: { "streams-per-connection": number };
}

interface LinkSection {
  portal: string;
  role: "originator" | "acceptor";
  peer: string;
  tag: string;
  endpoint?: string | undefined;
  rate?: string | undefined;
  label: number;
  "second-label"?: number | undefined;
  trace: "on" | "off";
}

export interface LinkLabelSection {
  link: string;
  label: number;
}

interface ServiceSection {
  label: number;
  "second-label"?: number | undefined;
  identity: string;
  target: string;
  "proxy-protocol"?: "v2" | undefined;
  "flow-idle"?: number | string | undefined;
  "health-check"?: number | string | undefined;
  allow: string[];
  classes?: WorkloadClassName[] | undefined;
  leader?: "fabric" | undefined;
}

interface PathSection {
  link?: string | undefined;
  labels: number[];
  mtu?: number | undefined;
}

export interface TunnelSection {
  listen: string;
  expose?: boolean | undefined;
  mode?: string | undefined;
  owner?: string | undefined;
  as: string;
  service: string;
  path: string;
  class: WorkloadClassName;
  keep: number | string;
  "connect-wait": number | string;
  "dont-fragment"?: boolean | undefined;
}

export interface SessionSection {
  listen: string;
  mode?: string | undefined;
  owner?: string | undefined;
  as: string;
  allow?: (string | number)[] | undefined;
  services: Record<
    string,
    { path: string; service?: string | undefined; keep: number | string; "connect-wait": number | string }
  >;
  "max-sessions": number;
  "max-streams": number;
}

const principal = rule(
  (text) => /^(?:user|service)\//.test(text) && isName(text.slice(text.indexOf("/") + 1)),
  "ERR_CONFIG_PRINCIPAL",
  "a principal is user/<name> or service/<name>",
  "Name who may connect, as `user/alice`; a vertex cannot.",
);

const listenAddress = rule(
  (text) => parseListenAddress(text) !== undefined,
  "ERR_CONFIG_ADDRESS",
  "an address is tcp://host:port, tcp://[ipv6]:port, unix:path or udp://ip:port",
  'As "tcp://127.0.0.1:8080", "unix:/run/web.sock" or "udp://127.0.0.1:5353"; a port is 1 to 65535.',
);

const serviceTarget = rule(
  (text) => parseServiceTarget(text) !== undefined,
  "ERR_CONFIG_ADDRESS",
  "a target is tcp://host:port, tcp://[ipv6]:port, unix:path, udp://host:port, session+unix:path or self:echo",
  'As "tcp://127.0.0.1:8080", "unix:/run/web.sock" or "udp://127.0.0.1:53"; a port is 1 to 65535.',
);

const label = z.int().refine((value) => value >= LABEL_MIN && value <= LABEL_MAX, {
  error: ({ input }) => `a label is ${LABEL_MIN} to ${LABEL_MAX}, not ${String(input)}`,
  params: { code: "ERR_CONFIG_LABEL_RANGE" satisfies ClusterConfigErrorCode, advice: labelAdvice() },
});

const linkLabel = z.strictObject({ link: z.string(), label });

const tag = rule(isName, "ERR_CONFIG_NAME", "a tag is a name", 'Both ends of a link write the same one; "0" without.');

const portal = z.strictObject({ bind: pathField, connect: pathField });

const link = z.strictObject({
  portal: z.string(),
  role: z.enum(["originator", "acceptor"]),
  peer: nameField,
  tag: tag.default("0"),
  endpoint: z
    .string()
    .min(1, { error: "an empty endpoint" })
    .max(ENDPOINT_SIZE_MAX, { error: `longer than ${ENDPOINT_SIZE_MAX} characters` })
    .optional(),
  rate: checkedRate("ERR_CONFIG_RATE" satisfies ClusterConfigErrorCode).optional(),
  label,
  "second-label": label.optional(),
  trace: z.enum(["on", "off"]).default("on"),
});

const trafficClass = z.enum(WORKLOAD_CLASS_NAMES);

const service = z.strictObject({
  label,
  "second-label": label.optional(),
  identity: pathField,
  target: serviceTarget,
  "proxy-protocol": z.enum(["v2"]).optional(),
  "flow-idle": checkedDuration({
    min: FLOW_IDLE_MS_MIN,
    max: FLOW_IDLE_MS_MAX,
    range: "of 10 s to 1 day",
    code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
    advice: 'As "30s", "2min" or "12h".',
  }).optional(),
  "health-check": healthCheckField,
  allow: z.array(principal).refine((list) => list.length > 0, {
    error: "nobody may use this service",
    params: {
      code: "ERR_CONFIG_ALLOW_EMPTY" satisfies ClusterConfigErrorCode,
      advice: "List the principals that may, as `[ user/alice ]`.",
    },
  }),
  classes: z
    .array(trafficClass)
    .refine((list) => list.length > 0, {
      error: "the service takes no traffic at all",
      params: { code: "ERR_CONFIG_VALUE", advice: "Leave `classes` out, or list some, as `[ interactive, bulk ]`." },
    })
    .optional(),
  leader: z.enum(["fabric"]).optional(),
});

const pathSection = z.strictObject({
  link: z.string().optional(),
  labels: z.array(label).refine((list) => list.length >= 1 && list.length <= LABEL_COUNT_MAX, {
    error: `a path has 1 to ${LABEL_COUNT_MAX} labels`,
    params: {
      code: "ERR_CONFIG_PATH_LABELS" satisfies ClusterConfigErrorCode,
      advice: "One for each vertex that reads it, the service's label last.",
    },
  }),
  mtu: z
    .int()
    .refine((value) => value >= PATH_MTU_MIN && value <= PATH_MTU_MAX, {
      error: `a path MTU is ${PATH_MTU_MIN} to ${PATH_MTU_MAX} bytes`,
      params: {
        code: "ERR_CONFIG_PATH_MTU" satisfies ClusterConfigErrorCode,
        advice:
          "Leave it out, and it is found by probes; or take the smallest MTU of its links as `status` shows them.",
      },
    })
    .optional(),
  // Reserved words.
  priority: z.never().optional(),
  fallback: z.never().optional(),
});

const tunnel = z.strictObject({
  listen: listenAddress,
  expose: z.boolean().optional(),
  mode: z.string().optional(),
  owner: z.string().optional(),
  as: pathField,
  service: nameField,
  path: z.string(),
  class: trafficClass.default("reliable"),
  keep: keepField.default("warm"),
  "connect-wait": connectWaitField,
  "dont-fragment": z.boolean().optional(),
});

const sessionAddress = rule(
  (text) => parseStreamAddress(text)?.kind === "unix",
  "ERR_CONFIG_ADDRESS",
  "data sessions are spoken at a Unix socket: unix:path",
  'As "unix:/run/chat/mesh.sock": only there the system says who has connected.',
);

const session = z.strictObject({
  listen: sessionAddress,
  mode: z.string().optional(),
  owner: z.string().optional(),
  as: pathField,
  allow: z
    .array(z.union([z.string(), z.int()]))
    .refine((list) => list.length > 0, {
      error: "nobody may speak at this socket",
      params: {
        code: "ERR_CONFIG_ALLOW_EMPTY" satisfies ClusterConfigErrorCode,
        advice: 'List users and groups of this machine, as `[ chat, "group:mesh" ]`, or leave `allow` out.',
      },
    })
    .optional(),
  services: z
    .record(
      nameField,
      z.strictObject({
        path: z.string(),
        service: nameField.optional(),
        keep: checkedDuration({
          min: KEEP_MS_MIN,
          max: KEEP_MS_MAX,
          range: "of 10 s to 1 day",
          code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
          advice: "As 5min: for so long a connection that nobody uses is kept.",
        }).default(SESSION_KEEP_MS),
        "connect-wait": connectWaitField,
      }),
    )
    .refine((services) => Object.keys(services).length > 0, {
      error: "there is nothing that a session could open",
      params: { code: "ERR_CONFIG_VALUE", advice: "Name the services, each with its path: `web: { path: to-web }`." },
    }),
  "max-sessions": count("sessions at once", SESSIONS_MAX).default(SESSIONS),
  "max-streams": count("streams of a session", SESSION_STREAMS_MAX).default(SESSION_STREAMS),
});

const transitLimit = z.strictObject({
  packets: perSecond("packets", 1).default(TRANSIT_PACKETS),
  bytes: perSecond("bytes", TRANSIT_BYTES_MIN).default(TRANSIT_BYTES),
});

const transport = z.strictObject({
  "streams-per-connection": z
    .int()
    .refine((value) => value >= 1 && value <= STREAMS_PER_CONNECTION_MAX, {
      error: `an end-to-end connection takes 1 to ${STREAMS_PER_CONNECTION_MAX} streams`,
      params: {
        code: "ERR_CONFIG_VALUE",
        advice: "Leave it out: only memory that is short is a reason for fewer.",
      },
    })
    .default(STREAMS_PER_CONNECTION),
});

export const clusterConfigSchema: z.ZodType<ClusterConfigFile> = z.strictObject({
  cluster: nameField,
  vertex: nameField,
  engine: engineField,
  carriers: z.enum(["any", "quic-only"]).default("any"),
  portals: z.record(nameField, portal).default({}),
  state: pathField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  "access-log": pathField.optional(),
  "otlp-traces": otlpField,
  trust: pathField.optional(),
  log: logLevels.prefault({}),
  links: z.record(nameField, link).default({}),
  transit: z
    .array(
      z.array(z.string()).refine((pair) => pair.length === 2, {
        error: "a transit entry is a pair of links",
        params: { code: "ERR_CONFIG_VALUE", advice: "As `[ a, c ]`: two names of links." },
      }),
    )
    .default([]),
  "transit-limit": transitLimit.prefault({}),
  "transit-offload": z.boolean().default(true),
  "cross-connects": z.array(z.strictObject({ from: linkLabel, to: linkLabel })).default([]),
  "lsp-ends": z.array(linkLabel).default([]),
  services: z.record(nameField, service).default({}),
  paths: z.record(nameField, pathSection).default({}),
  tunnels: z.array(tunnel).default([]),
  sessions: z.array(session).default([]),
  fabric: fabricSection.optional(),
  transport: transport.prefault({}),
  ...trustFields,
});

function rule(
  test: (text: string) => boolean,
  code: ClusterConfigErrorCode | ConfigFileErrorCode,
  message: string,
  advice: string,
): z.ZodString {
  return checkedText({ test, code, message, advice });
}

function perSecond(what: string, min: number): z.ZodInt {
  return z.int().refine((value) => value >= min && value <= TRANSIT_LIMIT_MAX, {
    error: `${what} per second are ${min} to ${TRANSIT_LIMIT_MAX}`,
    params: { code: "ERR_CONFIG_VALUE", advice: "Leave it out: the default is more than a vertex gets through." },
  });
}

function count(what: string, max: number): z.ZodInt {
  return z.int().refine((value) => value >= 1 && value <= max, {
    error: `${what} are 1 to ${max}`,
    params: { code: "ERR_CONFIG_VALUE", advice: "Leave it out unless memory is short, or workloads ask for more." },
  });
}

function labelAdvice(): string {
  return `Labels below ${LABEL_MIN} have a meaning of their own; a label has 20 bits.`;
}
