import { checkedRate, checkedText, isPrefix, parseServiceTarget, pathField } from "@florenetes/config-file";
import type { ConfigFileErrorCode } from "@florenetes/config-file";
import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/forwarding";
import { z } from "zod";
import type { ClusterConfigErrorCode } from "./config-errors.ts";
import { FABRIC_DIAL_MAX, FABRIC_LINKS_MAX } from "./limits.ts";

/** The key `fabric`: how the control agent of this node speaks to this vertex, and how agents of neighbours speak to it. */
export interface FabricSection {
  door: string;
  sessions: string;
  mode?: string | undefined;
  owner?: string | undefined;
  identity: string;
  agent: string;
  pins: "overlay" | "all";
  relay?: { classes: TrafficClassName[]; rate: string } | undefined;
  "links-max": number;
  dial?: string[] | undefined;
}

const agent = checkedText({
  test: (text) => parseServiceTarget(text)?.kind === "session",
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "an agent takes data sessions at a Unix socket: session+unix:path",
  advice: 'As "session+unix:/run/florenetes-fabric-demo/cluster/agent.sock", which is `listen` in the agent\'s config.',
});

const prefix = checkedText({
  test: isPrefix,
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "a prefix is an IP address, a slash and a number of bits",
  advice: 'As "192.0.2.0/24" or "2001:db8::/32".',
});

export const fabricSection: z.ZodType<FabricSection> = z.strictObject({
  door: pathField,
  sessions: pathField,
  mode: z.string().optional(),
  owner: z.string().optional(),
  identity: pathField,
  agent,
  pins: z.enum(["overlay", "all"]).default("overlay"),
  relay: z
    .strictObject({
      classes: z.array(z.enum(TRAFFIC_CLASS_NAMES)).min(1, { error: "no class may pass" }),
      rate: checkedRate("ERR_CONFIG_RATE" satisfies ClusterConfigErrorCode),
    })
    .optional(),
  "links-max": z.int().min(0).max(FABRIC_LINKS_MAX).default(0),
  dial: z.array(prefix).max(FABRIC_DIAL_MAX).optional(),
});
