import { graph, OF, rate, type Row, WINDOW } from "./panel.ts";

/** VPNs: their clients and egresses. */
export const VPN: Row = {
  title: "VPN",
  panels: [
    graph(
      "Clients that have a session",
      "none",
      "{{instance}} {{pool}}",
      `florenetes_vpn_session_up{${OF}}`,
      "1: yes. 0: no.",
    ),
    graph("Clients of egresses", "none", "{{instance}} {{pool}}", `florenetes_vpn_clients{${OF}}`),
    graph(
      "The world behind egresses answers",
      "none",
      "{{instance}} {{pool}}",
      `florenetes_vpn_world_up{${OF}}`,
      "1: yes. 0: no, and the egress takes no clients.",
    ),
    {
      title: "Sessions",
      kind: "timeseries",
      unit: "cps",
      description:
        "Clients that try again and again get none. Those that move had another session before they left the first one.",
      queries: [
        { expression: `sum by (pool) (${rate("vpn_sessions_tried_total", OF)})`, legend: "tried {{pool}}" },
        { expression: `sum by (pool) (${rate("vpn_sessions_total", OF)})`, legend: "up {{pool}}" },
        { expression: `sum by (pool) (${rate("vpn_sessions_moved_total", OF)})`, legend: "moved {{pool}}" },
      ],
    },
    graph(
      "Ended sessions",
      "cps",
      "{{instance}} {{pool}}: {{reason}}",
      `sum by (instance, pool, reason) (${rate("vpn_sessions_ended_total", OF)})`,
    ),
    graph(
      "Refused sessions",
      "cps",
      "{{instance}} {{pool}}: {{reason}}",
      `sum by (instance, pool, reason) (${rate("vpn_sessions_refused_total", OF)})`,
    ),
    graph(
      "Recoveries",
      "none",
      "{{instance}} {{pool}}",
      `increase(florenetes_vpn_recoveries_total{${OF}}${WINDOW})`,
      "How often a client had another session after one had ended.",
    ),
    graph(
      "Time of the last recovery",
      "s",
      "{{instance}} {{pool}}",
      `florenetes_vpn_recovery_last_seconds{${OF}}`,
      "The client's programs wait for so long, or give up.",
    ),
    graph(
      "Carried",
      "Bps",
      "{{instance}} {{class}} {{direction}}",
      `sum by (instance, class, direction) (${rate("vpn_bytes_total", OF)})`,
    ),
    graph(
      "Packets",
      "pps",
      "{{instance}} {{class}} {{direction}}",
      `sum by (instance, class, direction) (${rate("vpn_packets_total", OF)})`,
    ),
    graph(
      "Dropped packets",
      "pps",
      "{{instance}}: {{cause}}",
      `sum by (instance, cause) (${rate("vpn_drops_total", OF)})`,
    ),
    graph(
      "Dropped by full flows",
      "pps",
      "{{instance}} {{class}}",
      `sum by (instance, class) (${rate("vpn_flow_drops_total", OF)})`,
      "More packets came than cluster-flor takes.",
    ),
  ],
};
