/** A mesh of three nodes in a line, without a mistake: tests edit it. */
export const LINE = `cluster: demo
nodes:
  a: {}
  b: { address: 192.0.2.2 }
  c: { address: 192.0.2.3 }
links:
  - { between: [a, b] }
  - { between: [b, c] }
services:
  web: { node: c, target: "tcp://127.0.0.1:8080", allow: [user/alice], classes: [interactive, reliable] }
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: web, path: [a, b, c] }
`;
