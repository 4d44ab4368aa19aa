/** The question to a node, and the parts of its answer that are read. */
import { foreignText } from "@florenetes/operator-text";
import type { NodeSockets } from "@florenetes/mesh-file";
import { STATUS_SUBJECTS } from "@florenetes/process-kit";
import { z } from "zod";
import { TEXT_LENGTH_MAX } from "./limits.ts";
import type { ClusterFacts, LinkFacts, NodeAnswer, ProgramAnswer } from "./node-facts.ts";
import { readClusterLoad, readLinkFlorLoad } from "./node-load.ts";
import { readProgramOutput } from "./program-output.ts";

const text = z.string().transform((value) => foreignText(value, TEXT_LENGTH_MAX));
const count = z.number().nonnegative();
const refusal = z.object({ code: text, text });
const findings = z.array(
  z.object({
    weight: z.enum(["fault", "warning"]),
    // A node of a later version may have findings of kinds that are not known here.
    about: z.enum(STATUS_SUBJECTS).catch("part"),
    text,
    advice: text,
    link: text.exactOptional(),
    cluster: text.exactOptional(),
  }),
);
const figures = z.object({
  rttMs: count,
  lossRatio: count.nullable(),
  sentBitsPerSecond: count,
  receivedBitsPerSecond: count,
});

const identity = z.object({
  principal: text,
  certificates: z.array(z.object({ role: text, issuer: text, fingerprint: text })),
});
const revocation = z.object({
  lists: z.array(z.object({ issuer: text, number: z.string().regex(/^\d{1,60}$/) })),
});

const clusterFacts: z.ZodType<Omit<ClusterFacts, "load">> = z.object({
  version: text,
  startedAt: text,
  findings,
  vertex: text,
  cluster: text,
  links: z.array(
    refusal.extend({
      name: text,
      peer: text,
      tag: text,
      role: z.enum(["originator", "acceptor"]),
      state: z.enum(["waiting", "connecting", "up", "down", "refused"]),
      isNeverContacted: z.boolean(),
      figures: figures.nullable(),
    }),
  ),
  forwarding: z.object({ transit: z.array(z.object({ inLink: text, outLink: text })) }),
  paths: z.array(
    z.object({
      name: text,
      link: text.nullable(),
      labels: z.array(count),
      isUsable: z.boolean(),
      isReachable: z.boolean().nullable(),
      heardMs: count.nullable(),
    }),
  ),
  tunnels: z.array(
    z.object({
      listen: text,
      as: text,
      service: text,
      path: text,
      class: text,
      keepMs: count.nullable(),
      isListening: z.boolean(),
      text,
      unreached: text,
    }),
  ),
  sessions: z.array(
    z.object({
      listen: text,
      as: text,
      isListening: z.boolean(),
      text,
      services: z.array(z.object({ name: text, service: text, path: text, unreached: text })),
    }),
  ),
  services: z.array(
    z.object({
      name: text,
      label: count,
      target: text,
      allow: z.array(text),
      text,
      connections: z.object({ open: count, total: count }),
    }),
  ),
  connections: z.array(z.object({ direction: text, state: text, service: text, path: text, class: text })),
  certificates: z.array(identity),
  revocation: revocation.nullable(),
});

const linkFacts: z.ZodType<Omit<LinkFacts, "load">> = z.object({
  version: text,
  startedAt: text,
  findings,
  clusters: z.array(z.object({ cluster: text, principal: text, certificate: identity, revocation })),
});

const CLUSTER_MARK = "--- cluster-flor";
const LINK_MARK = "--- link-flor";

/** A script for `sh` that prints the statuses of both programs of a node. `readNodeOutput` reads its output. */
export function nodeScript({ clusterAdmin, linkAdmin }: NodeSockets): string {
  // The shell reads the script from standard input, so the programs must not read that.
  const ask = (program: string, socket: string): string =>
    `${program} status --json --admin ${quoted(socket)} </dev/null 2>&1`;
  return [
    `echo '${CLUSTER_MARK}'`,
    ask("cluster-flor", clusterAdmin),
    `echo '${LINK_MARK}'`,
    ask("link-flor", linkAdmin),
    "exit 0",
    "",
  ].join("\n");
}

/** Reads the output of a node's script. Any output becomes an answer, or a reason why there is none. */
export function readNodeOutput(output: string): NodeAnswer {
  const lines = output.split("\n");
  const clusterAt = lines.indexOf(CLUSTER_MARK);
  const linkAt = lines.indexOf(LINK_MARK, clusterAt + 1);
  if (clusterAt === -1 || linkAt === -1) {
    const said = lines.find((line) => line.trim() !== "") ?? "nothing";
    return silentNode(`it does not run what it is told, and says: ${foreignText(said, TEXT_LENGTH_MAX)}`);
  }
  return {
    clusterFlor: readProgramOutput(lines.slice(clusterAt + 1, linkAt), readClusterFacts),
    linkFlor: readProgramOutput(lines.slice(linkAt + 1), readLinkFacts),
  };
}

/** The answer of a node from which nothing came. */
export function silentNode(silence: string): NodeAnswer {
  return { clusterFlor: { silence }, linkFlor: { silence } };
}

export function readClusterFacts(status: unknown): ProgramAnswer<ClusterFacts> {
  return readFacts(status, clusterFacts, readClusterLoad, "cluster-flor");
}

export function readLinkFacts(status: unknown): ProgramAnswer<LinkFacts> {
  return readFacts(status, linkFacts, readLinkFlorLoad, "link-flor");
}

function readFacts<Facts, Load>(
  status: unknown,
  schema: z.ZodType<Facts>,
  readLoad: (status: unknown) => Load,
  program: string,
): ProgramAnswer<Facts & { readonly load: Load }> {
  const { success, data, error } = schema.safeParse(status);
  if (success) return { status: { ...data, load: readLoad(status) } };
  const at = error.issues[0]?.path.join(".") ?? "";
  return { silence: `it shows no status of a ${program} of this version (at "${foreignText(at, TEXT_LENGTH_MAX)}")` };
}

/** Quotes a word for `sh`. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
