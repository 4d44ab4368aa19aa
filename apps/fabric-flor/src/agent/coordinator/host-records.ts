/** The records of a host, as the coordinator of its leases reads them. Pure. */
import { bodyOf, type FactBook, writeEnvelope } from "@florenetes/facts";
import { ownPapers } from "../mail/papers-desk.ts";
import { announcedBy, fullServices } from "../records/announced.ts";
import type { Announcement } from "./guests.ts";
import { HOST_PAPERS_MAX } from "./limits.ts";

export function labelAt(book: FactBook, host: string, service: string, wall: number): number | undefined {
  const services = announcedBy(book, host, wall)?.services ?? [];
  return services.find((each) => each.service === service)?.label;
}

/** The papers of a host: its node record, its announcement, and its roles. */
export function papersAt(book: FactBook | undefined, host: string, wall: number): Uint8Array[] {
  if (book === undefined) return [];
  const announce = book.inForce("announce", "cluster", host, wall);
  const [node, ...roles] = ownPapers(book, host, wall);
  const all = [node, announce, ...roles].filter((fact) => fact !== undefined);
  return all.slice(0, HOST_PAPERS_MAX).map(({ envelope }) => writeEnvelope(envelope));
}

/** The announcement that is in force. */
export function announcementAt(book: FactBook | undefined, host: string, wall: number): Announcement | undefined {
  const fact = book?.inForce("announce", "cluster", host, wall);
  if (fact === undefined) return undefined;
  return { octets: writeEnvelope(fact.envelope), full: fullServices(bodyOf(fact, "announce")!).join(" ") };
}
