import type { Case } from "./config-cases.ts";

/** Collectors of spans in the good config. */
export const OTLP_CASES: Readonly<Record<string, Case>> = {
  "spans to another machine in plain HTTP": {
    from: "tunnels:",
    to: 'otlp-traces: { endpoint: "http://192.0.2.1:4318/v1/traces" }\ntunnels:',
    expected: [/^21 otlp-traces.endpoint ERR_CONFIG_TRACES_PLAIN spans would go to 192.0.2.1 unencrypted/],
  },
  "spans to another machine over TLS, which is right": {
    from: "tunnels:",
    to: 'otlp-traces: { endpoint: "https://collector.example/v1/traces", ca: ca.pem }\ntunnels:',
    expected: [],
  },
  "spans to this machine, which is right": {
    from: "tunnels:",
    to: 'otlp-traces: { endpoint: "http://[::1]:4318/v1/traces" }\ntunnels:',
    expected: [],
  },
  "a collector whose URL has a password": {
    from: "tunnels:",
    to: 'otlp-traces: { endpoint: "https://u:secret@collector.example/v1/traces" }\ntunnels:',
    expected: [/^21 otlp-traces.endpoint ERR_CONFIG_ADDRESS/],
  },
  "a collector that is no URL of HTTP": {
    from: "tunnels:",
    to: 'otlp-traces: { endpoint: "grpc://127.0.0.1:4317" }\ntunnels:',
    expected: [/^21 otlp-traces.endpoint ERR_CONFIG_ADDRESS/],
  },
};
