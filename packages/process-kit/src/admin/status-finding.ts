import type { Finding } from "@florenetes/operator-text";

/** A finding of a process about itself, as in the `findings` of its status. */
export interface StatusFinding extends Finding {
  /** The subject of the finding. A judge that knows more about one subject than this process does leaves its findings out. */
  readonly about: StatusSubject;
  /** The link concerned, as `<peer>/<tag>`. */
  readonly link?: string;
  /** The cluster concerned, when the process serves several. */
  readonly cluster?: string;
}

/**
 * `part`: a part of the config that does not run on this machine. `listener`: the socket of a tunnel or of data
 * sessions, as workloads find it. `connection`: a tunnel's connection to its service. `target`: the target behind a
 * service, which is no part of the mesh. `holding`: certificates and revocation lists. `fabric`: records, and what follows from them. `vpn`: sessions between a machine and an egress. `store`: packages of releases, and whom they come from.
 */
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
  "otlp-traces",
  "holding",
  "pressure",
  "fabric",
  "vpn",
  "api",
  "store",
] as const;

export type StatusSubject = (typeof STATUS_SUBJECTS)[number];

/** The findings about one subject. */
export function findingsAbout(about: StatusSubject, findings: Iterable<Finding>): readonly StatusFinding[] {
  return Array.from(findings, (finding) => ({ ...finding, about }));
}
