import { parseServiceTarget, pathField, checkedText } from "@florenetes/config-file";
import type { ConfigFileErrorCode } from "@florenetes/config-file";
import { z } from "zod";

/** The key `fabric`: how the control agent of this node speaks to this vertex, and how agents of neighbours speak to it. */
export interface FabricSection {
  door: string;
  sessions: string;
  mode?: string | undefined;
  owner?: string | undefined;
  identity: string;
  agent: string;
  pins: "overlay" | "all";
}

const agent = checkedText({
  test: (text) => parseServiceTarget(text)?.kind === "session",
  code: "ERR_CONFIG_ADDRESS" satisfies ConfigFileErrorCode,
  message: "an agent takes data sessions at a Unix socket: session+unix:path",
  advice: 'As "session+unix:/run/florenetes-fabric-demo/cluster/agent.sock", which is `listen` in the agent\'s config.',
});

export const fabricSection: z.ZodType<FabricSection> = z.strictObject({
  door: pathField,
  sessions: pathField,
  mode: z.string().optional(),
  owner: z.string().optional(),
  identity: pathField,
  agent,
  pins: z.enum(["overlay", "all"]).default("overlay"),
});
