/** A score in words, as a coordinator's agent tells of it. What it says is not trusted. Pure. */
import { foreignText, OperatorError } from "@florenetes/operator-text";
import type { GateName } from "@florenetes/routes";
import { z } from "zod";
import { FLOR_ERRORS } from "../error-codes.ts";

const TEXT_LENGTH_MAX = 300;
/** Gates and reasons that are shown: no version has as many. */
const LINES_MAX = 32;

interface ToldScore {
  readonly score: number;
  readonly ceiling: number;
  readonly gates: readonly { readonly gate: string; readonly found: string; readonly needs: string }[];
  readonly reasons: readonly {
    readonly of: string;
    readonly value: number;
    readonly unit: string;
    readonly points: number;
  }[];
  readonly rest: number;
}

const text = z.string().transform((value) => foreignText(value, TEXT_LENGTH_MAX));
const count = z.int().nonnegative();

/** The form of the answer to `GET /score`. */
export const scoreForm: z.ZodType<{ readonly fault: string | null; readonly score: ToldScore | null }> = z.object({
  fault: z.string().nullable(),
  score: z
    .object({
      score: count,
      ceiling: count,
      gates: z.array(z.object({ gate: text, found: text, needs: text })).max(LINES_MAX),
      reasons: z.array(z.object({ of: text, value: count, unit: text, points: count })).max(LINES_MAX),
      rest: count,
    })
    .nullable(),
});

/** Help for whoever owns a node, or runs the cluster, about a gate that is shut. */
const HELP: Readonly<Record<GateName, string>> = {
  role: "the cluster's operators give it the role: `flor fabric propose role`",
  offer:
    "its owner offers it: `relay` in its cluster-flor.yaml for a relay, a service there for an exit or a replica, `endpoints` in its fabric-flor.yaml for an endpoint",
  "opt-in": "its owner lets it be used by that offer",
  report: "see that fabric-flor runs there and hears this coordinator",
  "record-alone": "take another node: no score makes a phone a replica",
  "phone-policy": "the cluster's operators let phones carry: `flor fabric propose policy`",
  "phone-tier": "the cluster's operators give its node record a higher tier, or take another node",
  "phone-power": "its owner charges it",
  "phone-network": "its owner connects it",
  "phone-metered": "its owner connects it to a network that is not metered",
  "phone-foreground": "its owner brings the program to the front, or lets it run always",
  "phone-reach": "its owner lets others call it, or moves it to a network that does",
  "phone-uplink": "its owner moves it to a better network, and waits ten minutes",
};

/** Lines about the score of a node: gates that are shut, and what takes points. */
export function explainedScore(
  node: string,
  purpose: string,
  { score, ceiling, gates, reasons, rest }: ToldScore,
): string[] {
  const head =
    score > 0 ? `${node} as ${purpose}: ${score} of ${ceiling} points` : `${node} as ${purpose}: MUST NOT BE USED`;
  return [
    head,
    ...gates.flatMap(({ gate, found, needs }) => [
      `  SHUT: ${gate}: ${found}; it needs ${needs}`,
      ...(Object.hasOwn(HELP, gate) ? [`    to do: ${HELP[gate as GateName]}`] : []),
    ]),
    ...reasons.map(({ of, value, unit, points }) => `  ${of} -${points}: ${value} ${unit}`),
    ...(score > 0 && rest > 0 ? [`  the rest -${rest}`] : []),
  ];
}

const FAULTS: Readonly<Record<string, readonly [keyof typeof FLOR_ERRORS, message: string]>> = {
  "not-coordinator": ["ERR_FLOR_NO_COORDINATOR", "the agent coordinates no partition"],
  "unknown-node": ["ERR_FLOR_NODE_UNKNOWN", "no record in force names this node"],
  "no-report": ["ERR_FLOR_NODE_SILENT", "the node has not reported"],
};

/** The error of a node that has no score; undefined: the reason is none that this version knows. */
export function scoreFault(fault: string | null, node: string): OperatorError | undefined {
  if (fault === null || !Object.hasOwn(FAULTS, fault)) return undefined;
  const [code, message] = FAULTS[fault]!;
  return new OperatorError(code, `${foreignText(node, TEXT_LENGTH_MAX)}: ${message}`, {
    advice: FLOR_ERRORS[code].advice,
  });
}
