import { checkedDuration, checkedText, parseUdpAddress } from "@florenetes/config-file";
import { isName, NAME_FORM } from "@florenetes/names";
import { z } from "zod";
import type { LinkConfigErrorCode } from "./config-errors.ts";
import {
  DEAD_AFTER_MS_DEFAULT,
  DEAD_AFTER_MS_MAX,
  DEAD_AFTER_MS_MIN,
  LONG_DURATION_MS_MAX,
  UDP_PAYLOAD_MAX,
  UDP_PAYLOAD_MIN,
} from "./limits.ts";

/** The config file of a link vertex as it is written, with its defaults filled in. */
export interface LinkConfigFile {
  engine: "auto" | "portable";
  state: string;
  admin: string;
  "dead-after": number | string;
  clusters: Record<string, ClusterSection>;
}

interface ClusterSection {
  identity: string;
  listen: string;
  "udp-payload-max"?: number | undefined;
  bind: string;
  connect: string;
  revocation: "optional" | "required";
  "revocation-grace": number | string;
  "expiry-grace": number | string;
  "expiry-warning": number | string;
}

const name = checkedText({
  test: isName,
  code: "ERR_CONFIG_NAME" satisfies LinkConfigErrorCode,
  message: `a name is ${NAME_FORM}`,
  advice: "Write it in small letters.",
});

const path = z
  .string()
  .min(1, { error: "an empty path" })
  .refine((text) => !text.includes("\0"), { error: "a zero in a path" });

const listen = checkedText({
  test: (text) => parseUdpAddress(text) !== undefined,
  code: "ERR_CONFIG_ADDRESS" satisfies LinkConfigErrorCode,
  message: "a listen address is udp://address:port or udp://[ipv6]:port",
  advice: 'As "udp://0.0.0.0:4433" for all addresses of this machine; an IP address, not a name.',
});

const deadAfter = checkedDuration({
  min: DEAD_AFTER_MS_MIN,
  max: DEAD_AFTER_MS_MAX,
  range: `from ${DEAD_AFTER_MS_MIN} ms to ${DEAD_AFTER_MS_MAX / 1_000} s`,
  code: "ERR_CONFIG_DURATION" satisfies LinkConfigErrorCode,
  advice: "As `1500` (milliseconds), `1500ms` or `1.5s`.",
});

const longDuration = checkedDuration({
  min: 0,
  max: LONG_DURATION_MS_MAX,
  range: "of at most 3650 days",
  code: "ERR_CONFIG_DURATION" satisfies LinkConfigErrorCode,
  advice: "As `7d`, `12h` or `90min`.",
});

const cluster = z.strictObject({
  identity: path,
  listen,
  "udp-payload-max": z.int().min(UDP_PAYLOAD_MIN).max(UDP_PAYLOAD_MAX).optional(),
  bind: path,
  connect: path,
  revocation: z.enum(["optional", "required"]).default("optional"),
  "revocation-grace": longDuration.default("7d"),
  "expiry-grace": longDuration.default("0s"),
  "expiry-warning": longDuration.default("30d"),
});

export const linkConfigSchema: z.ZodType<LinkConfigFile> = z.strictObject({
  engine: z.enum(["auto", "portable"]).default("auto"),
  state: path,
  admin: path,
  "dead-after": deadAfter.default(DEAD_AFTER_MS_DEFAULT),
  clusters: z.record(name, cluster).refine((clusters) => Object.keys(clusters).length > 0, {
    error: "no cluster to serve",
    params: {
      code: "ERR_CONFIG_CLUSTERS_EMPTY" satisfies LinkConfigErrorCode,
      advice: "Add a section for each cluster of this node.",
    },
  }),
});
