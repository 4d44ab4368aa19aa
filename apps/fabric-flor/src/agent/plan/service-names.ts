/** The names by which services are wanted, and the services that they stand for. */
import { bodyOf, type Fact, type FactBook, serviceSlot } from "@florenetes/facts";
import { organizationsOf } from "../records/standing.ts";

export interface NamedService {
  readonly scope: string;
  readonly service: string;
}

/** A host of a service, as one word. */
export function keyOf({ scope, service, host }: NamedService & { readonly host: string }): string {
  return `${scope} ${service} ${host}`;
}

/**
 * Finds services by their names and aliases. The cluster's come first: no organization takes a name from the cluster, nor from an organization that
 * stands before it in the order of their names. An organization's services are found where this node has a role in it, and nowhere else.
 */
export class ServiceNames {
  readonly #book: FactBook;
  readonly #scopes: readonly string[];
  readonly #now: number;
  /** Read when a name asks for it: one that a record bears says by itself what it stands for, however many services there are. */
  #read: readonly Fact[] | undefined;
  readonly #aliases = new Map<number, ReadonlyMap<string, string>>();

  constructor(book: FactBook, node: string, now: number) {
    this.#book = book;
    this.#scopes = ["cluster", ...organizationsOf(book, node, now)];
    this.#now = now;
  }

  /** The service of a name. A name of which nothing is known stands for a service of the cluster. */
  find(name: string): NamedService {
    for (const [rank, scope] of this.#scopes.entries()) {
      if (this.#isHeld(scope, name)) return { scope, service: name };
      const service = this.#aliasesAt(rank).get(name);
      if (service !== undefined) return { scope, service };
    }
    return { scope: "cluster", service: name };
  }

  /** Whether a name stands for a service of an organization in which this node has no role, and for no other: a right to it has ended. */
  isOthers(name: string): boolean {
    const isKnown = this.#scopes.some((scope, rank) => this.#isHeld(scope, name) || this.#aliasesAt(rank).has(name));
    return !isKnown && this.#services.some((fact) => fact.subject === name || aliasesIn(fact).includes(name));
  }

  get #services(): readonly Fact[] {
    this.#read ??= [...this.#book.all("service", this.#now)];
    return this.#read;
  }

  #aliasesAt(rank: number): ReadonlyMap<string, string> {
    const aliases = this.#aliases.get(rank) ?? this.#aliasesOf(this.#scopes[rank]!, rank);
    this.#aliases.set(rank, aliases);
    return aliases;
  }

  /** The names of services by their aliases; of two with one alias the first by name has it. */
  #aliasesOf(scope: string, rank: number): ReadonlyMap<string, string> {
    const earlier = this.#scopes.slice(0, rank);
    const aliases = new Map<string, string>();
    for (const fact of this.#services) {
      const { subject } = fact;
      if (fact.scope !== scope || earlier.some((other) => this.#isHeld(other, subject))) continue;
      for (const alias of aliasesIn(fact)) {
        const other = aliases.get(alias);
        if (other === undefined || subject < other) aliases.set(alias, subject);
      }
    }
    return aliases;
  }

  #isHeld(scope: string, service: string): boolean {
    return this.#book.in(serviceSlot(scope, service)).length > 0;
  }
}

function aliasesIn(fact: Fact): readonly string[] {
  return bodyOf(fact, "service")?.aliases ?? [];
}
