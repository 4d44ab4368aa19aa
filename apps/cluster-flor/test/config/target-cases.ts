import type { Case } from "./config-cases.ts";

/** Changes of the good config that give services other targets, or options of targets. */
export const TARGET_CASES: Readonly<Record<string, Case>> = {
  "a target of datagrams that is told who has connected": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"udp://ns.example.org:53", proxy-protocol: v2',
    expected: [/^17 services.web.proxy-protocol ERR_CONFIG_TARGET_OPTION/],
  },
  "an idle time for flows of a target that has none": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"tcp://127.0.0.1:8080", flow-idle: 1min',
    expected: [/^17 services.web.flow-idle ERR_CONFIG_TARGET_OPTION/],
  },
  "an idle time that is too short": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"udp://127.0.0.1:53", flow-idle: 9s',
    expected: [/^17 services.web.flow-idle ERR_CONFIG_DURATION a duration of 10 s to 1 day/],
  },
  "a look at a target of datagrams": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"udp://127.0.0.1:53", health-check: 10s',
    expected: [/^17 services.web.health-check ERR_CONFIG_TARGET_OPTION/],
  },
  "looks at a target that come too often": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"tcp://127.0.0.1:8080", health-check: 10ms',
    expected: [/^17 services.web.health-check ERR_CONFIG_DURATION `off`, or a duration of 1 s to 1 day/],
  },
  "a target that is not looked at": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"tcp://127.0.0.1:8080", health-check: off',
    expected: [],
  },
  "a target of datagrams, with an idle time": {
    from: '"tcp://127.0.0.1:8080"',
    to: '"udp://ns.example.org:53", flow-idle: 1d',
    expected: [],
  },
};
