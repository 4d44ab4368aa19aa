/** The announcements of nodes that are in force. Pure. */
import { type AnnounceBody, bodyOf, type FactBook, LOAD_MAX } from "@florenetes/facts";

export function announcedBy(book: FactBook | undefined, node: string, wall: number): AnnounceBody | undefined {
  const fact = book?.inForce("announce", "cluster", node, wall);
  return fact === undefined ? undefined : bodyOf(fact, "announce");
}

/** The names of services that take nothing more at the node. */
export function fullServices({ services }: AnnounceBody): readonly string[] {
  return services.filter(({ load }) => load === LOAD_MAX).map(({ service }) => service);
}
