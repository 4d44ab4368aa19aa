/** Why a record is refused, in the order in which the reasons are looked for. `judge` knows all but the last three, which are the book's. */
export type Reason =
  | "too-large"
  | "envelope"
  | "not-canonical"
  | "cluster"
  | "unknown-schema"
  | "body"
  | "expired"
  | "future"
  | "lifetime"
  | "no-endpoints"
  | "too-many-endpoints"
  | "carrier"
  | "bad-address"
  | "duplicate"
  | "older"
  | "voided"
  | "gap"
  | "fingerprint"
  | "development"
  | "authority"
  | "scope"
  | "issuer"
  | "subject"
  | "depth"
  | "unknown-key"
  | "signature"
  | "quorum"
  | "delivered"
  | "quota"
  | "full";

/** A sentence for each reason, which says who has to do what. */
export const REASONS: Readonly<Record<Reason, string>> = {
  "too-large":
    "The record is larger than 16 KiB (a root descriptor: 64 KiB): its author has to say less in it, or make several records of it.",
  envelope:
    "The octets are no record of version 1: whoever sent them has to send the whole record again, or this node needs a newer version.",
  "not-canonical":
    "The payload is not in its one form (RFC 8785, 8 levels, integers alone): its author has to write it by a program that does this, and sign it anew.",
  cluster: "The record is of another cluster: whoever handed it in has to take it to a node of that cluster.",
  "unknown-schema":
    "The record is of a later version of the format: the operator of this node has to update Florenetes here.",
  body: "A member of the record is missing, is not known or has a wrong value: its author has to mend it by the page of records, and sign it anew.",
  expired:
    "The record has ended: its signers have to sign a newer one, and the operator of this node has to look at the clock here.",
  future:
    "The record was issued more than 5 minutes from now: the operator of this node and its signers have to compare their clocks.",
  lifetime:
    "The record lives longer than its kind may, or is void and lives shorter: its author has to change `expires`, and have it signed anew.",
  "no-endpoints": "A node of the record has no endpoint: the operator of that node has to configure where it listens.",
  "too-many-endpoints":
    "A node of the record has more than 16 endpoints: the operator of that node has to leave some out.",
  carrier:
    "The cluster's policy takes no other carrier than QUIC: the operator of the announced node has to take the others out of its endpoints.",
  "bad-address":
    "An endpoint is no address that others can dial: the operator of the announced node has to write it as udp://host:port, with an address of its own.",
  duplicate: "This node has the record already: nobody has to do anything.",
  older: "This node has a record of the slot with a higher epoch: whoever sent this one has to fetch the newer one.",
  voided:
    "The slot is void up to this epoch: its signers have to sign a record with a higher epoch if it is to be let in again.",
  gap: "The root descriptor skips versions: this node has to fetch those in between, and to take them one by one.",
  fingerprint:
    "The root descriptor is not the pinned one: the operator has to compare the fingerprint with those who run the cluster.",
  development:
    "The root is for development: the operator has to set `development: true` here if this node is for trials, and to leave the cluster otherwise.",
  authority:
    "The named authority may not sign such a record, is not in the root, or the root has ended: its author has to have it signed by the authority that may.",
  scope:
    "Records of this kind are the whole cluster's: its author has to set `scope` to `cluster`, and have it signed anew.",
  issuer:
    "The record names no node that may issue it: the control quorum has to give that node its record and role, or the author has to name the right one.",
  subject:
    "The subject is not as the kind has it, or not the issuer's: its author has to mend it, and have it signed anew.",
  depth:
    "The role is wider, longer or deeper than the one that it comes from: its issuer has to narrow it, or to have the control quorum sign it.",
  "unknown-key":
    "Signatures are missing, and some are by keys that do not count: its author has to have it signed by keys of the authority that the root lists today.",
  signature:
    "A signature is wrong: whoever sent the record has to fetch it anew, and its author has to sign it anew if it stays so.",
  quorum: "The record is a proposal with too few signatures that count: its author has to collect the missing ones.",
  delivered:
    "Reports, leases and permits are no part of the directory: their issuer has to send them by mail to whom they are for.",
  quota:
    "This node holds as much of the record's slot or of its issuer as it may: the issuer has to let records end, or signers have to sign a higher epoch.",
  full: "This node has no room for more records: its operator has to look who signs so many, and a new node has to pin a later root where it is roots.",
};
