import {
  type ConfigFileErrorCode,
  type MetricsSection,
  type TrustSection,
  checkedDuration,
  checkedText,
  engineField,
  metricsField,
  parseStreamAddress,
  parseUdpAddress,
  nameField,
  pathField,
  trustFields,
} from "@florenetes/config-file";
import type { EngineSetting } from "@florenetes/quic";
import { z } from "zod";
import type { LinkConfigErrorCode } from "./config-errors.ts";
import {
  CLUSTERS_MAX,
  DEAD_AFTER_MS_DEFAULT,
  DEAD_AFTER_MS_MAX,
  DEAD_AFTER_MS_MIN,
  QUIET_MS_MAX,
  QUIET_MS_MIN,
  LINKS_MAX_MAX,
  LINKS_MAX_MIN,
  UDP_PAYLOAD_MAX_MAX,
  UDP_PAYLOAD_MAX_MIN,
} from "./limits.ts";

/** The config file of a link vertex as it is written, with its defaults filled in. */
export interface LinkConfigFile {
  engine: EngineSetting;
  state: string;
  admin: string;
  control?: string | undefined;
  metrics?: MetricsSection | undefined;
  "dead-after": number | string;
  quiet?: number | string | undefined;
  clusters: Record<string, ClusterSection>;
}

interface ClusterSection extends TrustSection {
  vertex?: string | undefined;
  identity: string;
  listen: string;
  "links-max": number;
  "udp-payload-max"?: number | undefined;
  "ended-door"?: string | undefined;
  bind: string;
  connect: string;
}

const listen = checkedText({
  test: (text) => parseUdpAddress(text) !== undefined,
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "a listen address is udp://address:port or udp://[ipv6]:port",
  advice: 'As "udp://0.0.0.0:4433" for all addresses of this machine; an IP address, not a name.',
});

const deadAfter = checkedDuration({
  min: DEAD_AFTER_MS_MIN,
  max: DEAD_AFTER_MS_MAX,
  range: `from ${DEAD_AFTER_MS_MIN} ms to ${DEAD_AFTER_MS_MAX / 1_000} s`,
  code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
  advice: "As `1500` (milliseconds), `1500ms` or `1.5s`.",
});

const quiet = checkedDuration({
  min: QUIET_MS_MIN,
  max: QUIET_MS_MAX,
  range: `from ${QUIET_MS_MIN / 1_000} s to ${QUIET_MS_MAX / 1_000} s`,
  code: "ERR_CONFIG_DURATION" satisfies ConfigFileErrorCode,
  advice: "As `25s`, which keeps a place in most NATs. Without the key links are not quiet.",
});

const endedDoor = checkedText({
  test: (text) => parseStreamAddress(text)?.kind === "tcp",
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "the address behind a door is tcp://host:port",
  advice: "As tcp://127.0.0.1:4434, at which a tunnel to the issuer listens.",
});

const cluster = z.strictObject({
  vertex: nameField.optional(),
  identity: pathField,
  listen,
  "links-max": z.int().min(LINKS_MAX_MIN).max(LINKS_MAX_MAX).default(LINKS_MAX_MAX),
  "udp-payload-max": z.int().min(UDP_PAYLOAD_MAX_MIN).max(UDP_PAYLOAD_MAX_MAX).optional(),
  "ended-door": endedDoor.optional(),
  bind: pathField,
  connect: pathField,
  ...trustFields,
});

export const linkConfigSchema: z.ZodType<LinkConfigFile> = z.strictObject({
  engine: engineField,
  state: pathField,
  admin: pathField,
  control: pathField.optional(),
  metrics: metricsField,
  "dead-after": deadAfter.default(DEAD_AFTER_MS_DEFAULT),
  quiet: quiet.optional(),
  clusters: z
    .record(nameField, cluster)
    .refine((clusters) => Object.keys(clusters).length > 0, {
      error: "no cluster to serve",
      params: {
        code: "ERR_CONFIG_CLUSTERS_EMPTY" satisfies LinkConfigErrorCode,
        advice: "Add a section for each cluster of this node.",
      },
    })
    .refine((clusters) => Object.keys(clusters).length <= CLUSTERS_MAX, {
      error: `one process serves ${CLUSTERS_MAX} clusters at most`,
      params: {
        code: "ERR_CONFIG_CLUSTERS_MANY" satisfies LinkConfigErrorCode,
        advice: "Run a second link-flor, with a config of its own, for the others.",
      },
    }),
});
