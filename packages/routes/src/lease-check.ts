/** The check of a lease at its origin. A lease is no right: whatever it says, principal and pins are proven end to end. */
import {
  bodyOf,
  type Fact,
  judge,
  type JudgeOptions,
  type LeaseBody,
  type Reason,
  readLeaseSubject,
} from "@florenetes/facts";
import { type Directory, directoryOf, isCoordinator, organizationOf } from "./directory.ts";
import { LINKS_MAX } from "./limits.ts";
import type { RouteReason } from "./reasons.ts";

export interface OriginGrounds extends JudgeOptions {
  readonly node: string;
  /** The node's own links, be they up or not: their peers by their labels. */
  readonly links: ReadonlyMap<number, string>;
}

export interface CheckedLease {
  readonly isAccepted: true;
  readonly fact: Fact;
  readonly service: string;
  readonly host: string;
  readonly coordinator: string;
  /** Undefined: the lease takes back what the coordinator has leased before. */
  readonly body: LeaseBody | undefined;
  /** Routes that cannot be used here, by their places, and why. All others can. */
  readonly dropped: ReadonlyMap<number, RouteReason>;
}

export interface RefusedRecord {
  readonly isAccepted: false;
  readonly reason: Reason | RouteReason;
}

/**
 * Checks the octets of a lease: the judge's reasons first, then whose it is, then its routes. A route that is wrong in itself has the lease refused; one that this
 * node cannot use, or that goes over a void node, is dropped, and the lease is refused when no other one is left.
 */
export function checkLease(octets: Uint8Array, grounds: OriginGrounds): CheckedLease | RefusedRecord {
  const judgement = judge(octets, grounds);
  if (!judgement.isAccepted) return judgement;
  const { fact } = judgement;
  if (fact.kind !== "lease") return refused("kind");
  const { origin, service, host, coordinator } = readLeaseSubject(fact.subject)!;
  const directory = directoryOf(grounds.held, grounds.now);
  const reason = findPlaceFault(fact.scope, origin, coordinator, grounds.node, directory);
  if (reason !== undefined) return refused(reason);
  const body = bodyOf(fact, "lease");
  const dropped = new Map<number, RouteReason>();
  if (body === undefined) return { isAccepted: true, fact, service, host, coordinator, body, dropped };
  const fault = findRouteFault(body, host, grounds.node);
  if (fault !== undefined) return refused(fault);
  for (const [place, { link, via }] of body.routes.entries()) {
    if (grounds.links.get(link) !== via[0]) dropped.set(place, "first-link");
    else if (via.some((node) => directory.isVoid(node))) dropped.set(place, "void-node");
  }
  if (dropped.size === body.routes.length) return refused(dropped.get(0)!);
  return { isAccepted: true, fact, service, host, coordinator, body, dropped };
}

function findPlaceFault(
  scope: string,
  origin: string,
  coordinator: string,
  node: string,
  directory: Directory,
): RouteReason | undefined {
  if (origin !== node) return "not-mine";
  const own = directory.node(node);
  if (own === undefined || !isCoordinator(directory, coordinator, own.partition, scope)) return "partition";
  const organization = organizationOf(scope);
  return organization === undefined || organization === own.organization ? undefined : "organization";
}

function findRouteFault({ routes }: LeaseBody, host: string, node: string): RouteReason | undefined {
  if (routes.some(({ via }) => via.length > LINKS_MAX)) return "too-long";
  if (routes.some(({ via }) => via.at(-1) !== host)) return "host";
  const isLoop = routes.some(({ via }) => new Set([node, ...via]).size !== via.length + 1);
  return isLoop ? "loop" : undefined;
}

function refused(reason: RouteReason): RefusedRecord {
  return { isAccepted: false, reason };
}
