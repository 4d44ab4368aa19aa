/** The parts of an agent's status that the picture of the fabric is made of. Answers are not trusted. */
import { foreignText, type Finding } from "@florenetes/operator-text";
import { z } from "zod";
import { FINDINGS_SHOWN, TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { readProgramOutput } from "../mesh-status/program-output.ts";

export interface AgentFacts {
  readonly version: string;
  readonly cluster: string;
  readonly node: string;
  readonly findings: readonly Finding[];
  readonly root: { readonly version: number; readonly id: string } | null;
  readonly neighbours: readonly { readonly peer: string; readonly link: string | null; readonly state: string }[];
  readonly services: readonly {
    readonly service: string;
    readonly path: string | null;
    readonly state: string;
    readonly active: { readonly hosts: readonly string[] } | null;
  }[];
  readonly routes: {
    readonly coordinators: readonly { readonly node: string; readonly doesAnswer: boolean }[];
    readonly asked: number;
    readonly leases: readonly LeaseFacts[];
    readonly permits: { readonly held: number; readonly waiting: number };
    readonly switches: Readonly<
      Record<string, { readonly count: number; readonly lastMs: number; readonly longestMs: number }>
    >;
  };
  readonly coordinator: {
    readonly partition: string;
    readonly reports: number;
    readonly links: number;
    readonly wanted: number;
    readonly live: number;
    readonly waiting: number;
    readonly relays: number;
    readonly faults: Readonly<Record<string, number>>;
  } | null;
}

export interface LeaseFacts {
  readonly service: string;
  readonly host: string;
  readonly coordinator: string;
  readonly standing: string;
  readonly expires: string;
  readonly routes: readonly {
    readonly via: readonly string[];
    readonly cost: number;
    readonly inUse: readonly string[];
    readonly failure: string | null;
  }[];
}

/** The answer of an agent, or the reason why there is none. */
export type AgentAnswer = { readonly status: AgentFacts } | { readonly silence: string };

const text = z.string().transform((value) => foreignText(value, TEXT_LENGTH_MAX));
const count = z.number().nonnegative();

const facts: z.ZodType<AgentFacts> = z.object({
  version: text,
  cluster: text,
  node: text,
  findings: z
    .array(z.object({ weight: z.enum(["fault", "warning"]), text, advice: text }))
    .transform((all) => all.slice(0, FINDINGS_SHOWN)),
  root: z.object({ version: count, id: text }).nullable(),
  neighbours: z.array(z.object({ peer: text, link: text.nullable(), state: text })),
  services: z.array(
    z.object({
      service: text,
      path: text.nullable(),
      state: text,
      active: z.object({ hosts: z.array(text) }).nullable(),
    }),
  ),
  routes: z.object({
    coordinators: z.array(z.object({ node: text, doesAnswer: z.boolean() })),
    asked: count,
    leases: z.array(
      z.object({
        service: text,
        host: text,
        coordinator: text,
        standing: text,
        expires: text,
        routes: z.array(z.object({ via: z.array(text), cost: count, inUse: z.array(text), failure: text.nullable() })),
      }),
    ),
    permits: z.object({ held: count, waiting: count }),
    // An agent of an earlier version does not count them.
    switches: z.record(text, z.object({ count, lastMs: count, longestMs: count })).catch({}),
  }),
  coordinator: z
    .object({
      partition: text,
      reports: count,
      links: count,
      wanted: count,
      live: count,
      waiting: count,
      relays: count,
      faults: z.record(text, count),
    })
    .nullable(),
});

/** Reads the status of an agent. */
export function readAgentFacts(status: unknown): AgentAnswer {
  const { success, data, error } = facts.safeParse(status);
  if (success) return { status: data };
  const at = error.issues[0]?.path.join(".") ?? "";
  return { silence: `it shows no status of a fabric-flor of this version (at "${foreignText(at, TEXT_LENGTH_MAX)}")` };
}

/** Reads the output of `fabric-flor status --json`. */
export function readAgentOutput(output: string): AgentAnswer {
  return readProgramOutput(output.split("\n"), readAgentFacts);
}
