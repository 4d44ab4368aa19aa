/**
 * The sums of an observer: out of the receipts of an hour, what each relay has carried of each class for each organization. A relay's own word counts as far as its neighbours have
 * seen the same: where it claims more than they allow, the lowest word counts. Pure.
 */
import { AMOUNT_MAX } from "@florenetes/facts";
import { CLAIM_SLACK, CLAIM_SLACK_PERCENT, FINDINGS_MAX } from "./limits.ts";
import type { HourRows, Passed } from "./rows.ts";

export interface HourFacts {
  /** The rows of each node that has sent its receipt. */
  readonly receipts: ReadonlyMap<string, HourRows>;
  /** The shares that each coordinator has told: a share that several organizations have is of none. */
  readonly shares: ReadonlyMap<string, readonly (readonly [share: number, organization: string])[]>;
  /** The organization of a node; undefined: it is not known. */
  readonly organizationOf: (node: string) => string | undefined;
}

/** A relay's traffic of one class for one organization, as far as it counts. */
export interface CarriedSum {
  readonly relay: string;
  /** Its place in `CARRIED_CLASSES`. */
  readonly class: number;
  readonly packets: number;
  readonly bytes: number;
  /** The bytes that the relay has claimed. */
  readonly claimed: number;
}

/** A relay claims more than a neighbour has seen, or what nobody has seen. */
export interface Finding {
  readonly relay: string;
  /** Whom the packets came from or went to, by the relay's word; undefined: neither of two neighbours has sent a receipt. */
  readonly neighbour: string | undefined;
  readonly direction: "from" | "to";
  readonly class: number;
  /** Bytes that are claimed, and those of them that count. */
  readonly claimed: number;
  readonly seen: number;
}

export interface HourSums {
  /** By organizations; "": traffic of none, or of one that is not known. */
  readonly carried: ReadonlyMap<string, readonly CarriedSum[]>;
  readonly findings: readonly Finding[];
  /** Neighbours that receipts name, and that have sent none. */
  readonly missing: readonly string[];
}

const DIRECTIONS = ["from", "to"] as const;

/** Packets and bytes. */
type Amounts = [packets: number, bytes: number];

export function sumHour(facts: HourFacts): HourSums {
  const seen = new Seen(facts.receipts);
  const payerOf = organizationsBy(facts.shares);
  const carried = new Map<string, Map<string, CarriedSum>>();
  const findings: Finding[] = [];
  const missing = new Set<string>();
  for (const [relay, { passed, own }] of facts.receipts) {
    for (const name of [...passed.flatMap(({ from, to }) => [from, to]), ...own.map(({ peer }) => peer)])
      if (!facts.receipts.has(name)) missing.add(name);
    const sides = DIRECTIONS.map((direction) => new Side(direction, relay, passed, seen));
    /** Claims of which less counts, by whose words. */
    const cut = new Map<string, Finding>();
    for (const row of passed) {
      const payer = payerOf(row);
      const witnesses = DIRECTIONS.map((direction) => seen.hasWitness(relay, row[direction]));
      const isSeen = witnesses.includes(true);
      if (!isSeen) tellCut(cut, { relay, neighbour: undefined, direction: "from", row, part: 0 });
      // Whoever pays has a reason to have seen less: the word of the other side counts, where that is somebody else's.
      const isPayers = DIRECTIONS.map((direction) => payer !== "" && facts.organizationOf(row[direction]) === payer);
      const parts = sides.map((side, at): Amounts => {
        const hasOther = witnesses[1 - at]! && !isPayers[1 - at]!;
        return isPayers[at]! && hasOther ? [1, 1] : side.partOf(row);
      });
      for (const [at, direction] of DIRECTIONS.entries())
        if (parts[at]![1] < 1) tellCut(cut, { relay, neighbour: row[direction], direction, row, part: parts[at]![1] });
      const [packets, bytes] = [row.packets, row.bytes].map((amount, at) =>
        isSeen ? Math.floor(amount * Math.min(...parts.map((part) => part[at]!))) : 0,
      );
      add(carried, payer, { relay, class: row.class, packets: packets!, bytes: bytes!, claimed: row.bytes });
    }
    findings.push(...cut.values());
  }
  return {
    carried: new Map([...carried].map(([name, sums]) => [name, [...sums.values()]])),
    findings: findings.toSorted((a, b) => b.claimed - b.seen - (a.claimed - a.seen)).slice(0, FINDINGS_MAX),
    missing: [...missing].toSorted(),
  };
}

/** Traffic that neighbours have given to a node, and got of it, by their own words. */
class Seen {
  readonly #amounts = new Map<string, Amounts>();
  readonly #receipts: HourFacts["receipts"];

  constructor(receipts: HourFacts["receipts"]) {
    this.#receipts = receipts;
    for (const [node, { passed, own }] of receipts) {
      for (const { from, to, share, class: of, packets, bytes } of passed) {
        this.#add("to", from, node, share, of, packets, bytes);
        this.#add("from", to, node, share, of, packets, bytes);
      }
      for (const { peer, share, class: of, sentPackets, sentBytes, packets, bytes } of own) {
        this.#add("from", peer, node, share, of, sentPackets, sentBytes);
        this.#add("to", peer, node, share, of, packets, bytes);
      }
    }
  }

  /** Whether a neighbour has said all that it saw of a relay: nobody is a witness of himself, and a receipt without all rows is none. */
  hasWitness(relay: string, neighbour: string): boolean {
    return neighbour !== relay && this.#receipts.get(neighbour)?.left === 0;
  }

  /** Traffic that a neighbour has given (`from`) to a relay, or got of it (`to`), of a share and class; share undefined: of all. */
  of(
    direction: Finding["direction"],
    relay: string,
    neighbour: string,
    share: number | undefined,
    of: number,
  ): Amounts {
    return this.#amounts.get(`${direction} ${relay} ${neighbour} ${share ?? "all"} ${of}`) ?? [0, 0];
  }

  #add(
    direction: Finding["direction"],
    relay: string,
    neighbour: string,
    share: number,
    of: number,
    packets: number,
    bytes: number,
  ): void {
    for (const each of [share, "all"])
      plus(this.#amounts, `${direction} ${relay} ${neighbour} ${each} ${of}`, packets, bytes);
  }
}

/**
 * A relay's claims on one side of it, against what its neighbours there have seen. Behind a relay that charges no share packets go by the share that their origin wrote: so what a
 * neighbour has seen of nobody's share may be of any.
 */
class Side {
  readonly #direction: Finding["direction"];
  readonly #relay: string;
  readonly #seen: Seen;
  readonly #claims = new Map<string, Amounts>();

  constructor(direction: Finding["direction"], relay: string, passed: readonly Passed[], seen: Seen) {
    [this.#direction, this.#relay, this.#seen] = [direction, relay, seen];
    for (const row of passed) {
      const neighbour = row[direction];
      for (const share of [row.share, "all"])
        plus(this.#claims, `${neighbour} ${share} ${row.class}`, row.packets, row.bytes);
    }
  }

  /** The parts of a row's packets and bytes that count, from 0 to 1. */
  partOf(row: Passed): Amounts {
    const neighbour = row[this.#direction];
    if (!this.#seen.hasWitness(this.#relay, neighbour)) return [1, 1];
    const all = this.#part(neighbour, undefined, row.class);
    if (row.share === 0) return all;
    const own = this.#part(neighbour, row.share, row.class);
    return [Math.min(all[0], own[0]), Math.min(all[1], own[1])];
  }

  #seenOf(neighbour: string, share: number | undefined, of: number): Amounts {
    const own = this.#seen.of(this.#direction, this.#relay, neighbour, share, of);
    if (share === undefined) return own;
    const nobodys = this.#seen.of(this.#direction, this.#relay, neighbour, 0, of);
    return [own[0] + nobodys[0], own[1] + nobodys[1]];
  }

  #part(neighbour: string, share: number | undefined, of: number): Amounts {
    const claims = this.#claims.get(`${neighbour} ${share ?? "all"} ${of}`)!;
    const seen = this.#seenOf(neighbour, share, of);
    const parts = [0, 1].map((at) => {
      // Nothing is added where nothing was seen: nobody's share is charged by guesses.
      const most = seen[at]! + (seen[at]! * CLAIM_SLACK_PERCENT) / 100 + Math.min(seen[at]!, CLAIM_SLACK[at]!);
      return claims[at]! <= most ? 1 : seen[at]! / claims[at]!;
    });
    return [parts[0]!, parts[1]!];
  }
}

/** The organization whose traffic a row is, by the words of coordinators; "": none, or several may be meant. */
function organizationsBy(shares: HourFacts["shares"]): (row: Pick<Passed, "share" | "coordinator">) => string {
  const byCoordinator = new Map<string, string>();
  const byShare = new Map<string, string>();
  for (const [coordinator, told] of shares)
    for (const [share, organization] of told) {
      name(byCoordinator, `${coordinator} ${share}`, organization);
      name(byShare, String(share), organization);
    }
  return ({ share, coordinator }) => {
    if (share === 0) return "";
    // A coordinator that has told nothing may be none.
    const isKnown = coordinator !== undefined && shares.has(coordinator);
    return (isKnown ? byCoordinator.get(`${coordinator} ${share}`) : byShare.get(String(share))) ?? "";
  };
}

/** Whatever is named twice, and differently, is nobody's. */
function name(names: Map<string, string>, key: string, organization: string): void {
  const known = names.get(key);
  names.set(key, known === undefined || known === organization ? organization : "");
}

/** Takes note of a row of which less counts than is claimed. */
function tellCut(
  cut: Map<string, Finding>,
  {
    row,
    part,
    ...about
  }: Pick<Finding, "relay" | "neighbour" | "direction"> & { readonly row: Passed; readonly part: number },
): void {
  if (row.bytes === 0) return;
  const key = `${about.direction} ${about.neighbour ?? ""} ${row.class}`;
  const { claimed = 0, seen = 0 } = cut.get(key) ?? {};
  cut.set(key, { ...about, class: row.class, claimed: claimed + row.bytes, seen: seen + Math.floor(row.bytes * part) });
}

function plus(amounts: Map<string, Amounts>, key: string, packets: number, bytes: number): void {
  const known = amounts.get(key);
  if (known === undefined) amounts.set(key, [packets, bytes]);
  else [known[0], known[1]] = [known[0] + packets, known[1] + bytes];
}

function add(carried: Map<string, Map<string, CarriedSum>>, organization: string, more: CarriedSum): void {
  const sums = carried.get(organization) ?? new Map<string, CarriedSum>();
  carried.set(organization, sums);
  const key = `${more.relay} ${more.class}`;
  const { packets = 0, bytes = 0, claimed = 0 } = sums.get(key) ?? {};
  const within = (amount: number): number => Math.min(AMOUNT_MAX, amount);
  sums.set(key, {
    ...more,
    packets: within(packets + more.packets),
    bytes: within(bytes + more.bytes),
    claimed: within(claimed + more.claimed),
  });
}
