/** Nodes, services, routes, authorities and proposals, as the API tells of them. Times are ISO 8601 strings, `null` is what is not known. */
import type { HolderChallenges } from "./told-holders.ts";

/** A record in force, by which somebody can ask an agent for it. */
export interface RecordRef {
  readonly id: string;
  readonly epoch: number;
  readonly issued: string;
  readonly expires: string;
}

export interface NodeResource {
  readonly name: string;
  readonly organization: string;
  readonly partition: string;
  /** The trust tier; 0 is the lowest. */
  readonly tier: number;
  /** The raw Ed25519 public key of its agent, in lower-case hex. */
  readonly key: string;
  /** `announced`: its agent has announced itself within 15 minutes; `silent`: it has not. */
  readonly state: "announced" | "silent";
  readonly roles: readonly {
    readonly role: string;
    readonly scope: string;
    readonly partition: string;
    readonly expires: string;
  }[];
  readonly capabilities: readonly string[];
  readonly endpoints: readonly {
    readonly id: string;
    readonly endpoint: string | null;
    readonly carrier: string;
    readonly reach: string;
    readonly provider: string | null;
  }[];
  /** Services that it says it serves, with their load in percent: 100 takes nothing more. */
  readonly services: readonly { readonly service: string; readonly load: number }[];
  /** Its software, and the versions of each contract between agents that it speaks; null: it has not told this replica's node, or the reader does not see it. */
  readonly program: NodeProgram | null;
  /** Its last report; null: this replica's node does not coordinate its partition, none has come, or it is of an organization that the reader does not see. */
  readonly health: NodeHealth | null;
  readonly record: RecordRef;
}

export interface NodeProgram {
  readonly version: string;
  /** Null: its build does not say. */
  readonly commit: string | null;
  readonly contracts: readonly { readonly of: string; readonly lowest: number; readonly highest: number }[];
}

export interface NodeDevice {
  /** The charge in percent; null: it has no battery, or cannot tell. */
  readonly battery: number | null;
  readonly charging: boolean;
  readonly network: string;
  readonly metered: boolean;
  /** A person uses it, or it is always on. */
  readonly foreground: boolean;
}

export interface NodeHealth {
  readonly reported: string;
  /** In percent. */
  readonly load: { readonly cpu: number; readonly memory: number; readonly sockets: number };
  /** The charge in percent; null: it does not run on a battery. */
  readonly battery: number | null;
  readonly metered: boolean;
  /** The device that it runs on; null: it has not told. */
  readonly device: NodeDevice | null;
  readonly nat: string;
  /** In kbit/s; null: it carries no packets of others. */
  readonly relays: number | null;
  readonly links: readonly { readonly peer: string; readonly roundTripMs: number; readonly loss: number }[];
}

export interface ServiceHost {
  readonly node: string;
  readonly priority: number;
  readonly weight: number;
  /** `full`: it takes nothing more, or its program is down. `not-serving`: its agent says nothing of the service. `silent`: its agent says nothing. `no-record`: it is no node of the cluster. */
  readonly state: "serving" | "full" | "not-serving" | "silent" | "no-record";
  /** In percent; null: it does not say so. */
  readonly load: number | null;
}

export interface ServiceResource {
  readonly name: string;
  /** `cluster`, or `org/` and the name of the organization whose service it is. */
  readonly scope: string;
  readonly aliases: readonly string[];
  readonly mode: "active-active" | "leader";
  readonly classes: readonly string[];
  /** `served`: every host serves. `degraded`: some do. `down`: none does. */
  readonly state: "served" | "degraded" | "down";
  readonly hosts: readonly ServiceHost[];
  /** The host that leads, in mode `leader`; null: none, or all serve. */
  readonly leader: { readonly host: string; readonly coordinator: string; readonly expires: string } | null;
  readonly record: RecordRef;
}

export interface RouteResource {
  readonly origin: string;
  readonly service: string;
  readonly scope: string;
  readonly host: string;
  readonly coordinator: string | null;
  /** The origin or the coordinator tells of it: the origin knows what it uses, the coordinator what it has leased. */
  readonly told: "origin" | "coordinator";
  /** `carried`: a route carries, or is leased. `failed`: each has failed, or its lease is good no more, as `fault` says. `none`: none can be had, as `fault` says. */
  readonly state: "carried" | "failed" | "none";
  readonly expires: string | null;
  readonly classes: readonly string[];
  /** In kbit/s. */
  readonly rate: number;
  readonly fault: string | null;
  /** The primary first. */
  readonly routes: readonly {
    /** Nodes from the origin's neighbour to the host. */
    readonly via: readonly string[];
    /** In bytes. */
    readonly mtu: number;
    readonly cost: number;
    readonly state: string;
    /** Classes whose connections use it. */
    readonly inUse: readonly string[];
    readonly failure: string | null;
  }[];
}

/** How much an organization may have. */
export interface BudgetResource {
  readonly organization: string;
  readonly limits: readonly {
    /** The name of what is bounded: `leases`. */
    readonly of: string;
    readonly most: number;
    /** By the count of the replica's node; null: it counts none of these. */
    readonly used: number | null;
    /** The part that the replica's node may give as one of several coordinators; null: none, or all of it. */
    readonly part: number | null;
  }[];
  readonly record: RecordRef;
}

/** The release that the nodes of a channel take. */
export interface ReleaseResource {
  readonly channel: string;
  readonly version: string;
  /** Nodes that take it, in 1/10,000; 0: it is stopped. */
  readonly stage: number;
  /** Nodes that have it go back to no lower version, until then. */
  readonly rollback: { readonly lowest: string; readonly until: string };
  /** Phones take it from then on without power and Wi-Fi, too. */
  readonly deadline: string | null;
  /** Stages that programs raise it to; none: people raise it. */
  readonly steps: readonly number[];
  /** Nodes that are left behind. */
  readonly leaves: readonly string[];
  /** Nodes that are heard and are to take it, those of them that have it, and those that went back; null: the replica's node coordinates nothing. */
  readonly progress: { readonly inStage: number; readonly whole: number; readonly back: number } | null;
  /** Versions that nodes of the channel have, with how many nodes are in which state. */
  readonly versions: readonly {
    readonly version: string;
    readonly nodes: number;
    readonly states: Readonly<Record<string, number>>;
  }[];
  /** Nodes that went back or refuse. */
  readonly troubled: readonly {
    readonly node: string;
    readonly version: string;
    readonly state: string;
    readonly code: string | null;
  }[];
  readonly record: RecordRef;
}

/** A node that holds a collection. */
export interface CollectionHolder {
  readonly node: string;
  /** The rack, site or provider that fails as a whole with it. */
  readonly domain: string;
  /** Whether it has the role `storage` in the scope of the collection. */
  readonly hasRole: boolean;
  /** `announced`: its agent has announced itself within 15 minutes; `silent`: it has not; `no-record`: it is no node of the cluster. */
  readonly state: "announced" | "silent" | "no-record";
  /** Failures that challenges by the holder at the replica's node have found; null: nothing bad, or that node holds none of the collection. */
  readonly challenges: HolderChallenges | null;
}

/** A collection of storage. */
export interface CollectionResource {
  readonly name: string;
  /** `cluster`, or `org/` and the name of the organization whose collection it is. */
  readonly scope: string;
  /** `held`: all holders have announced themselves. `degraded`: more than half have. `down`: fewer have, and nothing is written. */
  readonly state: "held" | "degraded" | "down";
  /** Copies of each shard. */
  readonly copies: number;
  readonly holders: readonly CollectionHolder[];
  /** Principals, as `user/alice`. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  /** Seconds for which nobody removes an object. */
  readonly retention: number;
  /** First parts of names that may be removed at any time. */
  readonly unretained: readonly string[];
  /** Bytes of all objects, without their copies. */
  readonly budget: number;
  /** Public keys of age for which objects are sealed. */
  readonly recipients: readonly string[];
  readonly recoveryEpoch: number;
  /** SHA-256 of the sealed list of all that has to be there; null: nobody has named one. */
  readonly manifest: string | null;
  readonly record: RecordRef;
}

/** Packets of one class that a relay has carried in an hour for an organization, as an observer has signed it. */
export interface UsageRow {
  /** When the hour begins. */
  readonly hour: string;
  /** Null: for no organization. */
  readonly organization: string | null;
  readonly partition: string;
  readonly observer: string;
  /** The id of the record that says so. */
  readonly record: string;
  /** Nodes that the observer has heard for that hour. */
  readonly receipts: number;
  /** Nodes that others name as neighbours, and that it has not heard. */
  readonly missing: number;
  /** Whether sums take it: of several observers of an organization, partition and hour they take the one with most receipts, then the first by name. */
  readonly isCounted: boolean;
  /** Null, as is `class`: all that are not named. */
  readonly relay: string | null;
  readonly class: string | null;
  readonly packets: number;
  /** Bytes that count, … */
  readonly bytes: number;
  /** … and that the relay says it has carried; null: not known. */
  readonly claimed: number | null;
}

export interface AuthorityResource {
  readonly root: RecordRef & { readonly version: number; readonly mode: string };
  readonly quorums: readonly {
    readonly authority: string;
    readonly threshold: number;
    /** Raw Ed25519 public keys in lower-case hex, with the names of their owners. */
    readonly keys: readonly { readonly name: string; readonly key: string; readonly isProgram: boolean }[];
  }[];
  /** Next versions of the root that recovery keys have signed, and that wait for their time, which is told in whole minutes. */
  readonly waiting: readonly { readonly version: number; readonly id: string; readonly leftMs: number }[];
  /** The 16 signed records that end first. */
  readonly ends: readonly {
    readonly kind: string;
    readonly scope: string;
    readonly subject: string;
    readonly expires: string;
  }[];
}

/** The signatures that a proposal has of one quorum, and lacks. */
export interface MissingQuorum {
  readonly authority: string;
  readonly threshold: number;
  /** Names of keys whose signatures count. */
  readonly signed: readonly string[];
  /** Names of keys that may sign, and have not. */
  readonly others: readonly string[];
}

/** A record that waits for signatures. */
export interface ProposalResource {
  /** SHA-256 of what is signed, in lower-case hex. */
  readonly id: string;
  readonly kind: string;
  readonly scope: string;
  readonly subject: string;
  readonly epoch: number;
  readonly expires: string;
  /** The principal that has brought it first. */
  readonly by: string;
  /** The replica that has told of it, and whose word `by` and `broughtAt` are; null: it was brought to this one. */
  readonly toldBy: string | null;
  /** The replica to which it was brought, as that one says; null: this one, or that one says none. */
  readonly broughtAt: string | null;
  readonly brought: string;
  /** The replica keeps it until then. */
  readonly ends: string;
  /** `overtaken`: a later record of its slot is in force. `refused`: the agent did not take it, as `reason` says. */
  readonly state: "waits" | "published" | "overtaken" | "refused";
  readonly reason: string | null;
  /** Lines that say what is signed, and what it changes: plain text, in which every character is seen. */
  readonly words: readonly string[];
  /** The octets that are signed, in base64. */
  readonly payload: string;
  readonly signed: readonly string[];
  readonly missing: readonly MissingQuorum[];
  /** The record of its slot as it was in force when the last signature came; null: none. */
  readonly inForce: { readonly id: string; readonly epoch: number; readonly generation: number } | null;
}

export interface LogResource {
  readonly name: string | null;
  /** Nodes that sign checkpoints. */
  readonly signers: readonly string[];
  readonly checkpoint: { readonly index: number; readonly epoch: number; readonly issued: string } | null;
  /** The copy of the replica's node; null: it keeps none. */
  readonly copy: { readonly entries: number; readonly head: string; readonly isWhole: boolean } | null;
  /** Entries of which there are two: somebody has shown different people different logs. */
  readonly forks: readonly number[];
  readonly isStale: boolean;
  /** Sections in which the last checkpoint has other records than the replica's node. */
  readonly differing: readonly string[];
}

/** An entry of the log: the octets of a record in a chain of hashes. */
export interface EntryResource {
  readonly index: number;
  /** The hash of the entry before, as this one names it: SHA-256 in lower-case hex. */
  readonly prior: string;
  readonly hash: string;
  /** Null: the octets are no record of this cluster. Whoever may write the log may write anything. */
  readonly record: {
    /** SHA-256 of what is signed, in lower-case hex. */
    readonly id: string;
    readonly kind: string;
    readonly scope: string;
    readonly subject: string;
    readonly epoch: number;
    readonly generation: number;
    readonly issued: string;
    readonly expires: string;
    readonly authority: string;
    /** The node that signs; null: a quorum does. */
    readonly issuer: string | null;
    readonly void: boolean;
    /** Whose signatures are good by the root of today. */
    readonly signed: readonly string[];
    readonly isInForce: boolean;
    /** Lines that say what the record says: plain text, in which every character is seen. */
    readonly words: readonly string[];
  } | null;
}

/** Indexes of which the replica's node has no entry. */
export interface GapResource {
  readonly from: number;
  readonly to: number;
  /** Whether a compaction may have removed them: it removes nothing behind the last checkpoint. Null: no checkpoint of this log is held. */
  readonly mayBeRemoved: boolean | null;
}

/** Entries of the log, the newest first. */
export interface EntriesResource {
  /** The log's name. */
  readonly log: string;
  /** Entries that the replica's node has read and proven, and the hash of the last one. */
  readonly size: number;
  readonly head: string;
  /** Whether all was read, and nothing is in the way. */
  readonly isWhole: boolean;
  readonly items: readonly EntryResource[];
  readonly gaps: readonly GapResource[];
  /** Indexes behind entries that have another hash than they should have: that which the entry of this index names, `head` where there is none, or the last checkpoint. Somebody has changed the store. */
  readonly breaks: readonly number[];
  readonly next: string | null;
}

/** A signed checkpoint of the log. */
export interface CheckpointResource {
  readonly index: number;
  /** The hash of the entry of this index. */
  readonly hash: string;
  /** The record as text; null: the replica's node does not hold it. */
  readonly proof: string | null;
}

export interface FindingResource {
  readonly weight: "fault" | "warning";
  readonly text: string;
  readonly advice: string;
}

export interface VerdictResource {
  /** Whether there is no fault. */
  readonly isWhole: boolean;
  /** Causes stand before their consequences. */
  readonly findings: readonly FindingResource[];
  readonly counts: { readonly nodes: number; readonly services: number; readonly routes: number };
  /** Connections of the replica's node that have gone over to another route, by the reason. */
  readonly switches: Readonly<
    Record<string, { readonly count: number; readonly lastMs: number; readonly longestMs: number }>
  >;
}
