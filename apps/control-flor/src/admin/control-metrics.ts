import { CONFIG_DIFFERS, countSamples, type Metric, type MetricSample, processMetrics } from "@florenetes/process-kit";
import type { ControlFlorStatus, ReplicaStatus } from "./control-status.ts";

const program = "control-flor";

/** The metrics of control-flor for Prometheus, in the order of docs/operate/metrics.md, whose tables are generated from this list. */
export const CONTROL_METRICS: readonly Metric<ControlFlorStatus>[] = [
  ...processMetrics<ControlFlorStatus>(program, ({ cluster }) => cluster),
  {
    ...CONFIG_DIFFERS,
    samples: (status) => sample(status, Number(status.config.fileState !== "same")),
  },
  {
    name: "control_agent_age_seconds",
    kind: "gauge",
    help: "How long ago the agent has told what answers are made of; missing while it has told nothing.",
    labels: ["process", "cluster"],
    samples: (status) => (status.agent.asOf === null ? [] : sample(status, status.agent.asOf.ageMs / 1_000)),
  },
  {
    name: "control_stale",
    kind: "gauge",
    help: "1 while answers are STALE, or nothing is known, 0 otherwise.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, Number(status.agent.asOf?.isStale ?? true)),
  },
  {
    name: "control_connections",
    kind: "gauge",
    help: "Connections of those who ask.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, status.requests.connections),
  },
  {
    name: "control_event_streams",
    kind: "gauge",
    help: "Streams of events that are open.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, status.requests.streams),
  },
  {
    name: "control_answers_total",
    kind: "counter",
    help: "Answers, by their HTTP status.",
    labels: ["process", "cluster", "status"],
    samples: ({ cluster, requests }) => countSamples(requests.answers, "status", { process: program, cluster }),
  },
  {
    name: "control_audit_lost_total",
    kind: "counter",
    help: "Entries of the [audit](control-flor.md#the-audit) that could not be written.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, status.audit.lost),
  },
  {
    name: "control_proposals",
    kind: "gauge",
    help: "[Proposals](control-flor.md#proposals) that are kept, by their state.",
    labels: ["process", "cluster", "state"],
    samples: ({ cluster, proposals }) => countSamples(proposals, "state", { process: program, cluster }),
  },
  {
    name: "control_replicas",
    kind: "gauge",
    help: "Other replicas: hosts of the [service](control-flor.md#among-replicas) that its config names.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, status.replicas.others.length),
  },
  {
    name: "control_replica_heard_seconds",
    kind: "gauge",
    help: "How long ago a letter or an answer of a replica has come; missing while none has.",
    labels: ["process", "cluster", "replica"],
    samples: (status) =>
      status.replicas.others.flatMap((other) =>
        other.heardMsAgo === null ? [] : [{ labels: labelsOf(status, other), value: other.heardMsAgo / 1_000 }],
      ),
  },
  {
    name: "control_replica_letters_total",
    kind: "counter",
    help: "Letters to a replica, by what came of them: `answered`, or why not.",
    labels: ["process", "cluster", "replica", "outcome"],
    samples: (status) =>
      status.replicas.others.flatMap((other) => [...countSamples(other.letters, "outcome", labelsOf(status, other))]),
  },
  {
    name: "control_replica_proposals_total",
    kind: "counter",
    help: "Proposals that a replica has told of, by what came of them: `taken`, `signed` (it has brought signatures), or why [nothing was added](control-flor.md#among-replicas).",
    labels: ["process", "cluster", "replica", "outcome"],
    samples: (status) =>
      status.replicas.others.flatMap((other) => [...countSamples(other.proposals, "outcome", labelsOf(status, other))]),
  },
  {
    name: "control_replica_faults_total",
    kind: "counter",
    help: "Letters and answers of a replica that are none, and texts that are not those of its list.",
    labels: ["process", "cluster", "replica"],
    samples: (status) =>
      status.replicas.others.map((other) => ({ labels: labelsOf(status, other), value: other.faults })),
  },
  {
    name: "control_connections_refused_total",
    kind: "counter",
    help: "Connections without the header of cluster-flor.",
    labels: ["process", "cluster"],
    samples: (status) => sample(status, status.requests.refused),
  },
  {
    name: "control_https_connections",
    kind: "gauge",
    help: "Connections of users over [HTTPS](control-flor.md#without-a-node).",
    labels: ["process", "cluster"],
    samples: (status) => (status.https === null ? [] : sample(status, status.https.connections)),
  },
  {
    name: "control_https_refused_total",
    kind: "counter",
    help: "Connections over HTTPS that have proven no user, by the reason.",
    labels: ["process", "cluster", "reason"],
    samples: ({ cluster, https }) => countSamples(https?.refused ?? {}, "reason", { process: program, cluster }),
  },
];

function labelsOf({ cluster }: ControlFlorStatus, { node }: ReplicaStatus): Record<string, string> {
  return { process: program, cluster, replica: node };
}

function sample({ cluster }: ControlFlorStatus, value: number): readonly MetricSample[] {
  return [{ labels: { process: program, cluster }, value }];
}
