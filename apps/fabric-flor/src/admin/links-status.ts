/** The links that an agent makes, as it shows them. */
import { fault, type Finding, formatDuration } from "@florenetes/operator-text";
import type { Agent } from "../agent/agent.ts";
import type { AgentLinks } from "../agent/links/agent-links.ts";
import { type Rung, RUNGS } from "../agent/links/ladder.ts";
import type { Phase } from "../agent/links/peer-link.ts";
import type { Moment } from "../agent/moment.ts";

export interface LinksStatus {
  /** How many the owner lets the agent make: `links-max` of the cluster vertex; null: not known yet. */
  readonly most: number | null;
  /** No link is up; null: one is, or the owner lets the agent make none. */
  readonly alone: AloneStatus | null;
  /** Nodes of which is remembered where links to them were up. */
  readonly remembered: number;
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

interface AloneStatus {
  /** The rung on which others are looked for at present, and for how long. */
  readonly rung: Rung;
  readonly rungMs: number;
  readonly forMs: number;
  /** All was tried for so long that people were told. */
  readonly isTold: boolean;
  /** Until the next node is called; 0: one is at present; null: none can be. */
  readonly nextInMs: number | null;
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
  const { ranked, unfit, worked } = links.places;
  return {
    most: door.view?.bounds.linksMax ?? null,
    alone: aloneStatus(links, at),
    remembered: [...worked.nodes].length,
    made: [...links.links].map(
      ({ peer, name, phase, candidateSince, endpoint, attempts, failures, code, phaseEnds }) => {
        const restsForMs = phase === "rests" ? Math.max(0, phaseEnds - at.now) : null;
        const isCandidate = candidateSince !== undefined;
        return { peer, name, phase, isCandidate, endpoint: endpoint ?? null, attempts, failures, code, restsForMs };
      },
    ),
    ranked: ranked.slice(0, RANKED_SHOWN).map(({ node, endpoint, reasons }) => ({ node, endpoint, reasons })),
    unfit: Object.fromEntries(unfit),
    candidates: links.candidates,
    knocks: links.knocks.heard,
    knocksDropped: Object.fromEntries(links.knocks.dropped),
    refusals: links.refusals.count,
    asksDropped: links.asked.dropped,
    callsHeld: links.calls.held,
  };
}

function aloneStatus({ ladder, links }: AgentLinks, { now }: Moment): AloneStatus | null {
  const { rung } = ladder;
  const since = ladder.since(now);
  if (rung === undefined || since === undefined) return null;
  const own = [...links].filter(({ candidateSince }) => candidateSince === undefined);
  const waits = own.map(({ phase, phaseEnds }) => (phase === "rests" ? Math.max(0, phaseEnds - now) : 0));
  return {
    rung,
    rungMs: since.rungMs,
    forMs: since.aloneMs,
    isTold: ladder.isTold,
    nextInMs: waits.length === 0 ? null : Math.min(...waits),
  };
}

const RUNG_WORDS: Readonly<Record<Rung, string>> = {
  living: "endpoints that nodes announce",
  worked: "endpoints by which links were up",
  seeds: "endpoints of seeds",
  "in-hand": "all that it knows, again and again",
};

/** Says to people on which rung a node that has no link looks for others. */
export function aloneLine({ rung, rungMs, forMs, nextInMs }: AloneStatus): string {
  const step = `rung ${RUNGS.indexOf(rung) + 1} of ${RUNGS.length} (${rung}) for ${formatDuration(rungMs)}`;
  const next =
    nextInMs === null ? "nobody can be called" : nextInMs === 0 ? "calls" : `next in ${formatDuration(nextInMs)}`;
  return `no link for ${formatDuration(forMs)}: ${step}, ${RUNG_WORDS[rung]}; ${next}`;
}

export function* linkFindings({ alone }: Pick<LinksStatus, "alone">): Generator<Finding> {
  if (alone?.isTold !== true) return;
  const advice =
    "Is this machine on the network, and does a firewall let UDP out? If others have moved, hand in a newer record that says where they are: `flor fabric publish seeds.fact --agent SOCKET`.";
  yield fault(`nobody answers: ${aloneLine(alone)}`, advice);
}
