import type { Metric } from "./metrics.ts";

/** A metric without its samples, which each program takes from its own status. */
type MetricForm = Omit<Metric<never>, "samples">;

export const CONFIG_DIFFERS: MetricForm = {
  name: "config_differs",
  kind: "gauge",
  help: "1 while the config file does not come to what runs: it has changed, is not in order or cannot be read, or another config was [posted](control.md).",
  labels: ["process", "cluster"],
};

export const PORTAL_ATTACHED: MetricForm = {
  name: "portal_attached",
  kind: "gauge",
  help: "1 while cluster-flor is attached to the portal and uses it (`carriers`); `portal` is its name in cluster-flor's config, and empty for link-flor.",
  labels: ["process", "cluster", "portal"],
};

export const LINKS: MetricForm = {
  name: "links",
  kind: "gauge",
  help: "Links by state: `connecting`, `up`, `down`, `refused`, and for cluster-flor `waiting`.",
  labels: ["process", "cluster", "state"],
};

export const QUIC_VIOLATIONS: MetricForm = {
  name: "quic_violations_total",
  kind: "counter",
  help: "QUIC connections that were closed because their peer broke the law on what it may make an end keep, answer or send, by cause ([quic.md](../develop/quic.md)).",
  labels: ["process", "cluster", "cause"],
};

export const DROPPED_PACKETS: MetricForm = {
  name: "dropped_packets_total",
  kind: "counter",
  help: "Packets (and frames and messages of FlorIO) thrown away, each counted once, by who did it and why, with the names that `drops` of `status` has: `by` is `udp` or `florio` (link-flor), or `forwarding`, `transport` or `florio` (cluster-flor).",
  labels: ["process", "cluster", "by", "cause"],
};
