/** The services that something on this node wants, and the records by which they are used. */
import { bodyOf, compareFacts, type Fact, type FactBook, floorOf, type Mark, slotOf } from "@florenetes/facts";
import { type KeptUse, ServiceUse } from "./service-use.ts";
import type { WantedService } from "./plan-overlay.ts";

export class UsedServices {
  readonly #uses = new Map<string, ServiceUse>();
  readonly #keptMarks: ReadonlyMap<string, Mark>;
  #wanted: readonly WantedService[] = [];

  /** @param marks Those of the last life, by the ids of records */
  constructor(marks: ReadonlyMap<string, Mark>) {
    this.#keptMarks = marks;
  }

  get wanted(): readonly WantedService[] {
    return this.#wanted;
  }

  /** Takes the names that are wanted now, and the records as they are now. */
  follow(names: readonly string[], book: FactBook | undefined, now: number): void {
    if (book === undefined) return;
    const aliases = aliasesOf(book, now);
    this.#wanted = names.map((name): WantedService => {
      const isOwnName = heldOf(book, name).length > 0;
      const service = isOwnName ? name : (aliases.get(name) ?? name);
      const held = heldOf(book, service);
      const use = this.#uses.get(service) ?? new ServiceUse(service, this.#keptUse(held));
      this.#uses.set(service, use);
      use.handleRecords(held, now);
      return { name, use, isVoid: floorOf(held) > 0 };
    });
    const used = new Set(this.#wanted.map(({ use }) => use.service));
    for (const service of this.#uses.keys()) if (!used.has(service)) this.#uses.delete(service);
    book.use([...this.#uses.values()].flatMap(({ inUse }) => inUse.map(({ id }) => id)));
  }

  /** What is to be kept of the uses over a restart, by the ids of records. */
  marks(): ReadonlyMap<string, Mark> {
    const marks = new Map<string, Mark>();
    for (const { active, fallbacks } of this.#uses.values()) {
      for (const { id } of fallbacks) marks.set(id, "fallback");
      if (active !== undefined) marks.set(active.id, "active");
    }
    return marks;
  }

  #keptUse(held: readonly Fact[]): KeptUse {
    const marked = (mark: Mark): Fact[] => held.filter(({ id }) => this.#keptMarks.get(id) === mark);
    const fallbacks = marked("fallback").toSorted((a, b) => compareFacts(b, a));
    return { active: marked("active")[0]?.id ?? null, fallbacks: fallbacks.map(({ id }) => id) };
  }
}

function heldOf(book: FactBook, service: string): readonly Fact[] {
  return book.in(slotOf({ kind: "service", scope: "cluster", subject: service }));
}

/** Services of the cluster by their aliases; of two with one alias the first by name has it. */
function aliasesOf(book: FactBook, now: number): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const fact of book.all("service", now)) {
    if (fact.scope !== "cluster") continue;
    for (const alias of bodyOf(fact, "service")?.aliases ?? []) {
      const other = aliases.get(alias);
      if (other === undefined || fact.subject < other) aliases.set(alias, fact.subject);
    }
  }
  return aliases;
}
