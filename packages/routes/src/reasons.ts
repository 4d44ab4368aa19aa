/** Why a lease or permits are refused, behind the reasons of the judge of records. */

export type RouteReason =
  | "kind"
  | "not-mine"
  | "partition"
  | "organization"
  | "too-long"
  | "host"
  | "loop"
  | "first-link"
  | "void-node"
  | "no-role"
  | "no-offer"
  | "class"
  | "rate"
  | "superseded"
  | "full";

/** A sentence for each reason, which says who has to do what. */
export const ROUTE_REASONS: Readonly<Record<RouteReason, string>> = {
  kind: "The record is of another kind: its sender has to send what the letter says.",
  "not-mine": "The record is for another node: its coordinator has to send it to that one.",
  partition:
    "The coordinator has no role for the partition of this node: the control quorum has to give it one, or another coordinator has to lease here.",
  organization:
    "The lease is for an organization that this node is not of: its coordinator has to look at the node's record.",
  "too-long": "A route has more than 8 links: its coordinator has to compose a shorter one.",
  host: "A route does not end at the host of the lease: its coordinator has to compose it anew.",
  loop: "A route comes to a node twice: its coordinator has to compose it anew.",
  "first-link":
    "This node has no link with the label at which a route begins, to the node that it names: its coordinator has to wait for the next report.",
  "void-node":
    "A route goes over a node that was taken back: its coordinator has to read the feed, and to compose a route around it.",
  "no-role":
    "This node is no relay in the scope of the permits: the control quorum has to give it the role, or its coordinator has to go around it.",
  "no-offer": "The owner of this node carries nothing for others: its coordinator has to go around it.",
  class:
    "The permits are for a class that the owner of this node does not carry: its coordinator has to read the node's report.",
  rate: "The permits, and those of other coordinators, come to more than the owner of this node carries: their coordinator has to plan with less.",
  superseded: "This node has a newer record of this coordinator: nobody has to do anything.",
  full: "This node holds records of as many coordinators as it may: the control quorum has to take roles back.",
};
