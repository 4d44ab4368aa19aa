import type { Metric, MetricSample } from "./metrics.ts";

/** The part of an identity's status (packages/identity) that metrics need. */
export interface MeasuredIdentity {
  readonly cluster: string;
  readonly status: {
    readonly principal: string;
    readonly refused: unknown;
    readonly certificates: readonly {
      readonly role: string;
      readonly serial: string;
      readonly notAfter: string;
      readonly state: string;
    }[];
  };
}

/** How long the certificates of a process are valid, and whether it can still use them. */
export function identityMetrics<Status>(
  process: string,
  identitiesOf: (status: Status) => readonly MeasuredIdentity[],
): Metric<Status>[] {
  const labels = ["process", "cluster", "principal", "role", "serial"];
  function* certificates(
    status: Status,
    valueOf: (certificate: MeasuredIdentity["status"]["certificates"][number]) => number,
  ): Generator<MetricSample> {
    for (const { cluster, status: identity } of identitiesOf(status)) {
      for (const certificate of identity.certificates) {
        const { role, serial } = certificate;
        const { principal } = identity;
        yield { labels: { process, cluster, principal, role, serial }, value: valueOf(certificate) };
      }
    }
  }
  return [
    {
      name: "certificate_not_after_timestamp_seconds",
      kind: "gauge",
      help: "When a certificate in use ends, in Unix time. `role` is `leaf`, `intermediate` or `root`; `principal` is that of the identity that holds it, as `user/alice`.",
      labels,
      samples: (status) => certificates(status, ({ notAfter }) => Date.parse(notAfter) / 1_000),
    },
    {
      name: "certificate_warned",
      kind: "gauge",
      help: "1 for a certificate in use that ends soon or has ended, 0 otherwise.",
      labels,
      samples: (status) => certificates(status, ({ state }) => Number(state === "expires-soon" || state === "expired")),
    },
    {
      name: "certificate_revoked",
      kind: "gauge",
      help: "1 for a certificate in use that a revocation list names.",
      labels,
      samples: (status) => certificates(status, ({ state }) => Number(state === "revoked")),
    },
    {
      name: "identity_reload_refused",
      kind: "gauge",
      help: "1 when the identity that the last reload found was refused, and the former one stays in use.",
      labels: ["process", "cluster", "principal"],
      *samples(status) {
        for (const { cluster, status: identity } of identitiesOf(status)) {
          const { principal, refused } = identity;
          yield { labels: { process, cluster, principal }, value: Number(refused !== null) };
        }
      },
    },
  ];
}

/** The part of a status about the revocation lists in force. */
export interface MeasuredRevocation {
  readonly cluster: string;
  readonly status: {
    readonly lists: readonly {
      readonly issuer: string;
      readonly number: string;
      readonly entries: number;
      readonly nextUpdate: string;
      readonly state: string;
    }[];
    readonly refused: readonly unknown[];
    readonly doubts: readonly unknown[];
  };
}

/** The metrics of revocation lists: which are in force in a process, and until when. */
export function revocationMetrics<Status>(
  process: string,
  revocationsOf: (status: Status) => readonly MeasuredRevocation[],
): Metric<Status>[] {
  const gauge = (
    name: string,
    help: string,
    valueOf: (list: MeasuredRevocation["status"]["lists"][number]) => number,
  ): Metric<Status> => ({
    name: `revocation_list_${name}`,
    kind: "gauge",
    help,
    labels: ["process", "cluster", "issuer"],
    *samples(status) {
      for (const { cluster, status: revocation } of revocationsOf(status)) {
        for (const list of revocation.lists) {
          yield { labels: { process, cluster, issuer: list.issuer }, value: valueOf(list) };
        }
      }
    },
  });
  return [
    gauge(
      "number",
      "Number of the revocation list in force; `issuer` is the name of the CA that made it.",
      ({ number }) => Number(number),
    ),
    gauge("entries", "Certificates that the revocation list in force names.", ({ entries }) => entries),
    gauge(
      "next_update_timestamp_seconds",
      "When the revocation list in force ends, in Unix time.",
      ({ nextUpdate }) => Date.parse(nextUpdate) / 1_000,
    ),
    gauge("warned", "1 for a revocation list in force that ends soon (`expiry-warning`) or has ended.", ({ state }) =>
      Number(state !== "valid"),
    ),
    {
      name: "revocation_refusals",
      kind: "gauge",
      help: "What was refused of the files of revocation lists at the last look at each.",
      labels: ["process", "cluster"],
      *samples(status) {
        for (const { cluster, status: revocation } of revocationsOf(status)) {
          yield { labels: { process, cluster }, value: revocation.refused.length };
        }
      },
    },
    {
      name: "revocation_doubts",
      kind: "gauge",
      help: "Trusted CAs of whose newest revocation list it is not certain that it is in force: one that was known here is lost, nothing vouches for the one that is there, or there is none where lists are required.",
      labels: ["process", "cluster"],
      *samples(status) {
        for (const { cluster, status: revocation } of revocationsOf(status)) {
          yield { labels: { process, cluster }, value: revocation.doubts.length };
        }
      },
    },
  ];
}
