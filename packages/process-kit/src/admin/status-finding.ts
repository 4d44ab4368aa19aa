import type { Finding } from "@florenetes/operator-text";

/** A finding of a process about itself: `findings` of its status are such. */
export interface StatusFinding extends Finding {
  /** The kind of thing that it is about: whoever judges one kind by more than this process knows leaves its findings out. */
  readonly about: StatusSubject;
  /** The link that it is about, as `<peer>/<tag>`. */
  readonly link?: string;
  /** The cluster that it is about, where the process serves several. */
  readonly cluster?: string;
}

/** `part`: something of the config that the machine does not let run. `listener`: a tunnel, or a socket of data sessions, as workloads find it.
 *  `connection`: a tunnel, as far as its service is reached. `target`: what is behind a service, which is no
 *  part of the mesh. `holding`: certificates and revocation lists. */
export const STATUS_SUBJECTS = [
  "config",
  "part",
  "portal",
  "link",
  "listener",
  "connection",
  "service",
  "target",
  "access-log",
  "holding",
  "pressure",
] as const;

export type StatusSubject = (typeof STATUS_SUBJECTS)[number];

/** Findings about one kind of thing. */
export function findingsAbout(about: StatusSubject, findings: Iterable<Finding>): readonly StatusFinding[] {
  return Array.from(findings, (finding) => ({ ...finding, about }));
}
