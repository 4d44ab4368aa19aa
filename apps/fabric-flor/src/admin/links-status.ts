/** The links that an agent makes, as it shows them. */
import type { Agent } from "../agent/agent.ts";
import type { Phase } from "../agent/links/peer-link.ts";
import type { Moment } from "../agent/moment.ts";

export interface LinksStatus {
  /** How many the owner lets the agent make: `links-max` of the cluster vertex; null: not known yet. */
  readonly most: number | null;
  readonly made: readonly MadeLinkStatus[];
  /** The endpoints that come first, and why, the best one first. */
  readonly ranked: readonly { readonly node: string; readonly endpoint: string; readonly reasons: readonly string[] }[];
  /** Published endpoints that are not called, by why. */
  readonly unfit: Readonly<Record<string, number>>;
  /** Vertices without a record that are let in. */
  readonly candidates: number;
  /** Knocks that were heard. */
  readonly knocks: number;
  /** Knocks that were not, by why. */
  readonly knocksDropped: Readonly<Record<string, number>>;
  /** Orders that the door has refused for their links. */
  readonly refusals: number;
  /** Asks of coordinators to call others that were not taken, as there were too many. */
  readonly asksDropped: number;
  /** Calls that waited, as others had just begun. */
  readonly callsHeld: number;
}

interface MadeLinkStatus {
  readonly peer: string;
  readonly name: string;
  readonly phase: Phase;
  /** No record names the peer: it is let in for a while, with little. */
  readonly isCandidate: boolean;
  /** The endpoint at which this end calls; null: the peer calls. */
  readonly endpoint: string | null;
  /** Endpoints that were called. */
  readonly attempts: number;
  /** Rounds in which none answered. */
  readonly failures: number;
  /** Why the last call came to nothing, a code of portal-api.md; "": nothing is known. */
  readonly code: string;
  /** When it is tried again; null: it does not rest. */
  readonly restsForMs: number | null;
}

const RANKED_SHOWN = 16;

export function linksStatus({ links, door }: Agent, at: Moment): LinksStatus {
  return {
    most: door.view?.bounds.linksMax ?? null,
    made: [...links.links].map(
      ({ peer, name, phase, candidateSince, endpoint, attempts, failures, code, phaseEnds }) => {
        const restsForMs = phase === "rests" ? Math.max(0, phaseEnds - at.now) : null;
        const isCandidate = candidateSince !== undefined;
        return { peer, name, phase, isCandidate, endpoint: endpoint ?? null, attempts, failures, code, restsForMs };
      },
    ),
    ranked: links.ranked.slice(0, RANKED_SHOWN).map(({ node, endpoint, reasons }) => ({ node, endpoint, reasons })),
    unfit: Object.fromEntries(links.unfit),
    candidates: links.candidates,
    knocks: links.knocks.heard,
    knocksDropped: Object.fromEntries(links.knocks.dropped),
    refusals: links.refusals.count,
    asksDropped: links.asked.dropped,
    callsHeld: links.calls.held,
  };
}
