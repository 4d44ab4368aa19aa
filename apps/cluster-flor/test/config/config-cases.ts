/** Every line sets one thing, so that every case below can change one line. */
export const GOOD: string = `\
cluster: demo
vertex: b
portals:
  quic: { bind: /run/b/florio.sock, connect: /run/link/demo.sock }
state: state
admin: /run/b/admin.sock
links:
  a: { portal: quic, role: acceptor, peer: a, label: 101 }
  c: { portal: quic, role: originator, peer: c, endpoint: "udp://10.77.2.2:4433", label: 102 }
transit:
  - [ a, c ]
cross-connects:
  - { from: { link: a, label: 500 }, to: { link: c, label: 501 } }
lsp-ends:
  - { link: c, label: 777 }
services:
  web: { label: 900, identity: id/web, target: "tcp://127.0.0.1:8080", allow: [ user/alice ] }
paths:
  to-d: { link: c, labels: [ 203, 900 ] }
  here: { labels: [ 900 ] }
tunnels:
  - { listen: "tcp://127.0.0.1:18080", as: id/alice, service: web, path: to-d }
  - { listen: "unix:web.sock", mode: "0660", owner: "1000:1000", as: id/alice, service: web, path: here }
`;

/** The key `fabric` with nothing but what it has to have. */
export const FABRIC = `\
fabric:
  door: door.sock
  sessions: fabric.sock
  identity: id/fabric
  agent: "session+unix:agent.sock"
`;

const LONG = `/run/${"x".repeat(103)}`;

export interface Case {
  readonly from: string;
  readonly to: string;
  readonly expected: readonly (string | RegExp)[];
}

/** For each change of the good config, its problems: `line key CODE message / advice`. */
export const CASES: Readonly<Record<string, Case>> = {
  "a misspelt section": {
    from: "cross-connects:",
    to: "crossconnects:",
    expected: [/^12 crossconnects ERR_CONFIG_UNKNOWN_KEY .*\/ Did you mean "cross-connects"\?$/],
  },
  "a section that is indented": {
    from: "transit:",
    to: "  transit:",
    expected: [
      '10 links.transit ERR_CONFIG_TYPE expected a section of keys, not a list / "transit" is a section of its own: is it indented by mistake?',
    ],
  },
  "a misspelt key": {
    from: "peer: c, endpoint",
    to: "peer: c, endpont",
    expected: [
      /^9 links.c.endpoint ERR_CONFIG_ENDPOINT_MISSING/,
      /^9 links.c.endpont ERR_CONFIG_UNKNOWN_KEY .*\/ Did you mean "endpoint"\?$/,
    ],
  },
  "a transit limit that is none": {
    from: "transit:",
    to: "transit-limit: { packets: 0, bytes: 1000 }\ntransit:",
    expected: [
      /^10 transit-limit.packets ERR_CONFIG_VALUE packets per second are 1 to/,
      /^10 transit-limit.bytes ERR_CONFIG_VALUE bytes per second are 65536 to/,
    ],
  },
  "a misspelt role": {
    from: "role: acceptor",
    to: "role: aceptor",
    expected: [/^8 links.a.role ERR_CONFIG_VALUE .* Did you mean "acceptor"\?$/],
  },
  "a bare mode, which YAML reads as a decimal number": {
    from: 'mode: "0660"',
    to: "mode: 0660",
    expected: [/^23 tunnels\[1\].mode ERR_CONFIG_TYPE expected a text, not 660 \/ Put it in quotes/],
  },
  "a mode that nobody could use": {
    from: 'mode: "0660"',
    to: 'mode: "0440"',
    expected: [/^23 tunnels\[1\].mode ERR_CONFIG_MODE/],
  },
  "a duration without sense": {
    from: "admin: /run/b/admin.sock",
    to: "admin: /run/b/admin.sock\nexpiry-warning: a month",
    expected: [/^7 expiry-warning ERR_CONFIG_DURATION a duration of at most 3650 days/],
  },
  "a grace for certificates beyond ten years": {
    from: "admin: /run/b/admin.sock",
    to: "admin: /run/b/admin.sock\nexpiry-grace: 3651d",
    expected: [/^7 expiry-grace ERR_CONFIG_DURATION a duration of at most 3650 days/],
  },
  "a grace that is no duration": {
    from: "admin: /run/b/admin.sock",
    to: "admin: /run/b/admin.sock\nrevocation-grace: -1d",
    expected: [/^7 revocation-grace ERR_CONFIG_DURATION a duration of at most 3650 days/],
  },
  "a word that is none for revocation": {
    from: "admin: /run/b/admin.sock",
    to: "admin: /run/b/admin.sock\nrevocation: always",
    expected: [/^7 revocation ERR_CONFIG_VALUE expected one of optional, required/],
  },
  "an unknown owner": {
    from: "1000:1000",
    to: "nobody-of-this-name",
    expected: [/^23 tunnels\[1\].owner ERR_CONFIG_OWNER/],
  },
  "a name with capitals": { from: "vertex: b", to: "vertex: B", expected: [/^2 vertex ERR_CONFIG_NAME/] },
  "a link's name with blanks": { from: "  a: {", to: '  "a b": {', expected: [/^8 links.a b ERR_CONFIG_NAME/] },
  "a tag that is a bare number": {
    from: "peer: a,",
    to: "peer: a, tag: 1,",
    expected: [/^8 links.a.tag ERR_CONFIG_TYPE .* Put it in quotes: "1".$/],
  },
  "an unknown portal": {
    from: "a: { portal: quic",
    to: "a: { portal: quick",
    expected: ['8 links.a.portal ERR_CONFIG_PORTAL_UNKNOWN there is no portal "quick" / Did you mean "quic"?'],
  },
  "a label that is reserved": {
    from: "label: 101",
    to: "label: 15",
    expected: [/^8 links.a.label ERR_CONFIG_LABEL_RANGE a label is 16 to 1048575, not 15 /],
  },
  "a label of 21 bits": {
    from: "labels: [ 203, 900 ]",
    to: "labels: [ 203, 1048576 ]",
    expected: [/^19 paths.to-d.labels\[1\] ERR_CONFIG_LABEL_RANGE/],
  },
  "a label that is no whole number": {
    from: "label: 777",
    to: "label: 77.7",
    expected: [/^15 lsp-ends\[0\].label ERR_CONFIG_TYPE expected a whole number, not 77.7/],
  },
  "a label in quotes": {
    from: "label: 101",
    to: 'label: "101"',
    expected: ['8 links.a.label ERR_CONFIG_TYPE expected a number, not "101" / Write it without quotes: 101.'],
  },
  "a single label where a list belongs": {
    from: "labels: [ 203, 900 ]",
    to: "labels: 900",
    expected: ["19 paths.to-d.labels ERR_CONFIG_TYPE expected a list, not 900 / Write it in brackets: [ 900 ]."],
  },
  "two links with one label": {
    from: "label: 102",
    to: "label: 101",
    expected: [
      /^9 links.c.label ERR_CONFIG_LABEL_CONFLICT link "c" has label 101, which is that of link "a" \(line 8\) \/ Give one/,
    ],
  },
  "a link and a service with one label": {
    from: "label: 900",
    to: "label: 102",
    expected: [
      /^17 services.web.label ERR_CONFIG_LABEL_CONFLICT .*link "c" \(line 9\)/,
      /^20 paths.here.labels ERR_CONFIG_PATH_LOCAL/,
    ],
  },
  "a label of one link that holds on all": {
    from: "label: 501",
    to: "label: 900",
    expected: [
      /^13 cross-connects\[0\].to.label ERR_CONFIG_LABEL_CONFLICT .*service "web" \(line 17\) \/ Labels of links and services hold on every link/,
    ],
  },
  "a cross-connect and an LSP end with one label on one link": {
    from: "label: 777",
    to: "label: 501",
    expected: [/^15 lsp-ends\[0\].label ERR_CONFIG_LABEL_CONFLICT .*cross-connect 1 on link "c" \(line 13\)/],
  },
  "the same label on two links, which is none": { from: "label: 777", to: "label: 500", expected: [] },
  "a cross-connect back over its own link": {
    from: "to: { link: c, label: 501 }",
    to: "to: { link: a, label: 501 }",
    expected: [/^13 cross-connects\[0\].to.link ERR_CONFIG_CROSS_CONNECT_SELF/],
  },
  "a cross-connect of an unknown link": {
    from: "from: { link: a",
    to: "from: { link: aa",
    expected: [/^13 cross-connects\[0\].from.link ERR_CONFIG_LINK_UNKNOWN/],
  },
  "an LSP end on an unknown link": {
    from: "- { link: c",
    to: "- { link: d",
    expected: ['15 lsp-ends[0].link ERR_CONFIG_LINK_UNKNOWN there is no link "d" / Known here: a, c.'],
  },
  "transit over an unknown link": {
    from: "[ a, c ]",
    to: "[ a, x ]",
    expected: [/^11 transit\[0\]\[1\] ERR_CONFIG_LINK_UNKNOWN/],
  },
  "transit over one link": {
    from: "[ a, c ]",
    to: "[ a, a ]",
    expected: [/^11 transit\[0\]\[1\] ERR_CONFIG_TRANSIT_SELF/],
  },
  "transit over three links": {
    from: "[ a, c ]",
    to: "[ a, c, a ]",
    expected: [/^11 transit\[0\] ERR_CONFIG_VALUE a transit entry is a pair of links/],
  },
  "an originator without an endpoint": {
    from: ', endpoint: "udp://10.77.2.2:4433"',
    to: "",
    expected: [/^9 links.c.endpoint ERR_CONFIG_ENDPOINT_MISSING/],
  },
  "an acceptor with an endpoint": {
    from: "peer: a,",
    to: 'peer: a, endpoint: "udp://1.2.3.4:5",',
    expected: [/^8 links.a.endpoint ERR_CONFIG_ENDPOINT_UNUSED/],
  },
  "carriers that nobody knows": {
    from: "vertex: b",
    to: "vertex: b\ncarriers: quic",
    expected: [/^3 carriers ERR_CONFIG_VALUE/],
  },
  "a time to keep a connection that is too short": {
    from: "service: web, path: to-d",
    to: "service: web, path: to-d, keep: 9s",
    expected: [/^\d+ tunnels\[0\].keep ERR_CONFIG_DURATION `warm`, or a duration of 10 s to 1 day/],
  },
  "a word for it that nobody knows": {
    from: "service: web, path: to-d",
    to: "service: web, path: to-d, keep: [ cold ]",
    expected: [/^\d+ tunnels\[0\].keep ERR_CONFIG_DURATION `warm`, or/],
  },
  "a rate that is none": {
    from: "peer: c,",
    to: "peer: c, rate: 50 MB,",
    expected: [/^9 links.c.rate ERR_CONFIG_RATE a rate of 64 kbit\/s to 1000 Gbit\/s \/ As 50 Mbit\/s/],
  },
  "a rate at which no packet is in time": {
    from: "peer: c,",
    to: "peer: c, rate: 63 kbit/s,",
    expected: [/^9 links.c.rate ERR_CONFIG_RATE/],
  },
  "a link to itself": { from: "peer: c", to: "peer: b", expected: [/^9 links.c.peer ERR_CONFIG_LINK_SELF/] },
  "two links to one peer with one tag": {
    from: "peer: c",
    to: "peer: a",
    expected: [/^9 links.c.peer ERR_CONFIG_LINK_DUPLICATE link "a" has the same peer and tag/],
  },
  "two links to one peer with two tags, which is right": { from: "peer: c", to: 'peer: a, tag: "1"', expected: [] },
  "a service for nobody": {
    from: "[ user/alice ]",
    to: "[]",
    expected: [/^17 services.web.allow ERR_CONFIG_ALLOW_EMPTY/],
  },
  "a service for a vertex": {
    from: "[ user/alice ]",
    to: "[ vertex/a ]",
    expected: [/^17 services.web.allow\[0\] ERR_CONFIG_PRINCIPAL/],
  },
  "a target without a port": {
    from: "tcp://127.0.0.1:8080",
    to: "tcp://127.0.0.1",
    expected: [/^17 services.web.target ERR_CONFIG_ADDRESS/],
  },
  "a path over an unknown link": {
    from: "to-d: { link: c",
    to: "to-d: { link: d",
    expected: [/^19 paths.to-d.link ERR_CONFIG_LINK_UNKNOWN/],
  },
  "a path without labels": {
    from: "[ 203, 900 ]",
    to: "[]",
    expected: [/^19 paths.to-d.labels ERR_CONFIG_PATH_LABELS a path has 1 to 16 labels/],
  },
  "a path of 17 labels": {
    from: "[ 203, 900 ]",
    to: `[ ${Array.from({ length: 17 }, (_, at) => 200 + at).join(", ")} ]`,
    expected: [/^19 paths.to-d.labels ERR_CONFIG_PATH_LABELS/],
  },
  "priority in a path": {
    from: "labels: [ 203, 900 ]",
    to: "labels: [ 203, 900 ], priority: 1",
    expected: [/^19 paths.to-d.priority ERR_CONFIG_RESERVED "priority" is reserved, not implemented/],
  },
  "fallback in a path": {
    from: "labels: [ 203, 900 ]",
    to: "labels: [ 203, 900 ], fallback: [ here ]",
    expected: [/^19 paths.to-d.fallback ERR_CONFIG_RESERVED "fallback" is reserved, not implemented/],
  },
  "a path MTU that is too small": {
    from: "labels: [ 203, 900 ]",
    to: "labels: [ 203, 900 ], mtu: 1279",
    expected: [/^19 paths.to-d.mtu ERR_CONFIG_PATH_MTU a path MTU is 1280 to 16000 bytes/],
  },
  "an end-to-end connection without streams": {
    from: "admin: /run/b/admin.sock",
    to: "admin: /run/b/admin.sock\ntransport: { streams-per-connection: 0 }",
    expected: [/^7 transport.streams-per-connection ERR_CONFIG_VALUE .* takes 1 to 1000000 streams/],
  },
  "a path here with two labels": {
    from: "here: { labels: [ 900 ] }",
    to: "here: { labels: [ 101, 900 ] }",
    expected: [/^20 paths.here.labels ERR_CONFIG_PATH_LOCAL .*it has one label/],
  },
  "a path here to no service": {
    from: "here: { labels: [ 900 ] }",
    to: "here: { labels: [ 901 ] }",
    expected: [/^20 paths.here.labels ERR_CONFIG_PATH_LOCAL .*no service has label 901/],
  },
  "a tunnel over an unknown path": {
    from: "path: to-d",
    to: "path: to-dd",
    expected: ['22 tunnels[0].path ERR_CONFIG_PATH_UNKNOWN there is no path "to-dd" / Did you mean "to-d"?'],
  },
  "a tunnel here to another service than its path's": {
    from: "service: web, path: here",
    to: "service: db, path: here",
    expected: [/^23 tunnels\[1\].service ERR_CONFIG_TUNNEL_SERVICE path "here" leads to service "web", not to "db"/],
  },
  "a listener for everybody": {
    from: "tcp://127.0.0.1:18080",
    to: "tcp://0.0.0.0:18080",
    expected: [/^22 tunnels\[0\].listen ERR_CONFIG_LISTEN_EXPOSED/],
  },
  "a listener for everybody that says so, which is right": {
    from: '"tcp://127.0.0.1:18080"',
    to: '"tcp://0.0.0.0:18080", expose: true',
    expected: [],
  },
  "two tunnels on one port": {
    from: '"unix:web.sock", mode: "0660", owner: "1000:1000"',
    to: '"tcp://127.0.0.1:18080"',
    expected: [/^23 tunnels\[1\].listen ERR_CONFIG_LISTEN_DUPLICATE the tunnel of line 22 listens there/],
  },
  "a tunnel where metrics are told": {
    from: "tunnels:",
    to: 'metrics: { listen: "tcp://127.0.0.1:18080" }\ntunnels:',
    expected: [/tunnels\[0\].listen ERR_CONFIG_LISTEN_DUPLICATE `metrics` of line 21 listens there/],
  },
  "owner and mode of a TCP listener": {
    from: '"unix:web.sock"',
    to: '"tcp://[::1]:1"',
    expected: [/^23 tunnels\[1\].mode ERR_CONFIG_LISTEN_OPTION/, /^23 tunnels\[1\].owner ERR_CONFIG_LISTEN_OPTION/],
  },
  "expose and dont-fragment of a Unix listener": {
    from: '"unix:web.sock"',
    to: '"unix:web.sock", dont-fragment: true, expose: true',
    expected: [/dont-fragment ERR_CONFIG_LISTEN_OPTION/, /^23 tunnels\[1\].expose ERR_CONFIG_LISTEN_OPTION/],
  },
  "two tunnels of datagrams on one port": {
    from: `"tcp://127.0.0.1:18080", as: id/alice, service: web, path: to-d }
  - { listen: "unix:web.sock", mode: "0660", owner: "1000:1000"`,
    to: `"udp://127.0.0.1:53", as: id/alice, service: web, path: to-d }
  - { listen: "udp://127.0.0.1:53"`,
    expected: [/^23 tunnels\[1\].listen ERR_CONFIG_LISTEN_DUPLICATE the tunnel of line 22 listens there/],
  },
  "a stream's and a datagram's listener on one port, which is right": {
    from: '"unix:web.sock", mode: "0660", owner: "1000:1000"',
    to: '"udp://127.0.0.1:18080"',
    expected: [],
  },
  "a listener of datagrams for everybody": {
    from: "tcp://127.0.0.1:18080",
    to: "udp://0.0.0.0:18080",
    expected: [/^22 tunnels\[0\].listen ERR_CONFIG_LISTEN_EXPOSED/],
  },
  "a listener of datagrams by a name": {
    from: "tcp://127.0.0.1:18080",
    to: "udp://localhost:18080",
    expected: [/^22 tunnels\[0\].listen ERR_CONFIG_ADDRESS an address is .* or udp:\/\/ip:port/],
  },
  "owner and mode of a listener of datagrams": {
    from: '"unix:web.sock"',
    to: '"udp://[::1]:0", dont-fragment: true',
    expected: [/^23 tunnels\[1\].mode ERR_CONFIG_LISTEN_OPTION/, /^23 tunnels\[1\].owner ERR_CONFIG_LISTEN_OPTION/],
  },
  "a socket path of 108 bytes": {
    from: "/run/b/florio.sock",
    to: LONG,
    expected: [/^4 portals.quic.bind ERR_SOCKET_PATH_TOO_LONG a socket path of 108 bytes/],
  },
  "a relative socket path that is too long when it is resolved": {
    from: "unix:web.sock",
    to: `unix:${"x".repeat(98)}`,
    expected: [/^23 tunnels\[1\].listen ERR_SOCKET_PATH_TOO_LONG/],
  },
  "one path for two sockets, written in two ways": {
    from: "/run/b/admin.sock",
    to: "/run/./link/demo.sock",
    expected: [/^6 admin ERR_CONFIG_SOCKET_DUPLICATE the socket of line 4 has this path/],
  },
};
