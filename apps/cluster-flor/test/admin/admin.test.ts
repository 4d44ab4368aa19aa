import { OperatorError } from "@florenetes/operator-text";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestAdmin } from "@florenetes/process-kit";
import type { EventFields, Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { openClusterAdmin } from "../../src/admin/cluster-admin.ts";
import type { ClusterStatus } from "../../src/admin/cluster-status.ts";
import { OVERLAY_METRICS } from "../../src/admin/overlay-metrics.ts";
import { renderClusterStatus } from "../../src/admin/render-status.ts";
import { EMPTY, FULL } from "./statuses.ts";

test("status of a vertex that has nothing is short", () => {
  expect(renderClusterStatus(EMPTY, 80)).toBe(
    "whole: nothing is configured\nvertex b of cluster demo\nprincipal not known yet\nversion 0.1.0, instance 00ff00ff00ff00ff, up since 2026-11-20T10:00:00.000Z\n" +
      "portable QUIC engine: `engine: portable` says so\npressure nominal for 1 min, score 3\n",
  );
});

test("the overlay has its metrics where the config has an agent, and no figure for what is not known", () => {
  const { overlay } = FULL;
  const figures = (status: ClusterStatus): unknown[] =>
    OVERLAY_METRICS.flatMap(({ name, samples }) => Array.from(samples(status), ({ value }) => [name, value]));
  expect(figures(FULL)).toEqual([
    ["overlay_generation", 4],
    ["overlay_parts", 0],
    ["overlay_parts", 3],
    ["overlay_parts", 2],
    ["overlay_parts", 1],
    ["overlay_left_out", 0],
    ["overlay_knocks_dropped_total", 0],
    ["overlay_age_seconds", 65],
    ["overlay_agent_silent_seconds", 0.4],
  ]);
  const unknown = { ...FULL, overlay: { ...overlay!, ageMs: null, heardMs: 0 } };
  expect(figures(unknown).slice(7)).toEqual([["overlay_agent_silent_seconds", 0]]);
  expect(figures(EMPTY)).toEqual([]);
});

test("status shows which parts of the overlay the file does not let in", () => {
  const leftOut = [{ what: "path auto.web.c", why: "there is no link c" }];
  const text = renderClusterStatus({ ...EMPTY, overlay: { ...FULL.overlay!, leftOut } }, 80);
  expect(text).toContain("left out of the overlay\n  PART             REASON\n  path auto.web.c  there is no link c\n");
  const none = { ...FULL.overlay!, generation: 0, agent: null, ageMs: null, heardMs: null };
  expect(renderClusterStatus({ ...EMPTY, overlay: none }, 80)).toContain(
    "no overlay; no agent has spoken at the door yet\n",
  );
});

test("status shows everything in aligned tables of 80 columns", () => {
  const lines = renderClusterStatus(FULL, 80).split("\n");
  const tables = lines.slice(lines.indexOf("portals"));
  for (const line of tables) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "NOT WHOLE: service mail is down (ERR_IDENTITY_EXPIRED: it has ended). Issue the identity anew; when it should still be valid, check this machine's clock. It is tried again by itself, and by \`reload\`.
      and: portal quic has no link vertex (nothing answers on /run/l.sock), and its links are down. Start link-flor, or look at its log. Its \`bind\` has to be this one's \`connect\`.
      and: workloads are turned away on tcp://127.0.0.1:18080 (our certificate with serial 0a is revoked). Mend that identity.
      and: service web takes no connections (our certificate with serial 0b is revoked). Mend its identity.
      warning: the config in /etc/cluster-flor.yaml is not the one that runs. \`reload\` takes it.
      warning: the certificate of service/web ends soon (2027-11-20T10:00:00.000Z, /etc/web). Renew it: \`flor identity renew\` makes the request.
    vertex b of cluster demo
    vertex/b
    version 0.1.0, instance 00ff00ff00ff00ff, up since 2026-11-20T10:00:00.000Z
    portable QUIC engine: \`engine: portable\` says so
    pressure warning for 12 s, score 72 by memory, recommended: slow-bulk
      2026-11-20T10:01:00.000Z warning (memory, files)
    revocation list 3 of O=demo, CN=demo CA: 2 certificates, ends 2026-12-20T10:00:00.000Z
    the config that runs was POSTED to the control socket
    overlay 4, set 1 min ago by agent 5be1f700000000aa: 3 paths, 2 leads, 1 pinned principal; heard 400 ms ago

    portals
      NAME  STATE    FOR     LINK VERTEX  REASON
      quic  waiting  400 ms  /run/l.sock  nothing answers on /run/l.sock

    links
      NAME  PEER  STATE       FOR    RTT      LOSS   OUT       IN       MTU
      a     a     up          1 min  12.3 ms  2.1 %  1.5 Mb/s  980 b/s  1420
          role acceptor; sent 12 (15 kB); received 10 (900 B); dropped 0
      c1    c/1   down        1 min  -        -      -         -        -
          role acceptor; sent 12 (15 kB); received 10 (900 B); dropped 0; reason
          TIMEOUT: silent for 1 s
      d     d     connecting  1 min  -        -      -         -        -
          role acceptor; sent 12 (15 kB); received 10 (900 B); dropped 0; reason
          never contacted: is the other end an originator?

    packets from links
      LINK  FORWARDED  DELIVERED  GUESSES  DROPPED
      a     7          1          3        unknownLabel 3, transitLimit 2

    transit
      FROM  TO  PACKETS  ABOVE LIMIT
      a     c1  7        2
      c1    a   1        0

    permits
      FROM  TO  SHARE  CLASS        PACKETS  BYTES  DENIED
      b     d   -      interactive  30       20000  1

    paths
      NAME  FIRST LINK  LABELS   MTU            LINK  REACHABLE  HEARD
      to-d  c1          203 900  1280, probing  down  no         1 min ago
      here  (here)      900      16016, local   up    -          never

    tunnels
      LISTEN                 AS          SERVICE  PATH  CLASS
      tcp://127.0.0.1:18080  user/alice  web      to-d  bulk
          listening yes: our certificate with serial 0a is revoked; open 1; total 7;
          refused NO_ANSWER 2; cut REVOKED 3
      udp://127.0.0.1:5353   user/alice  dns      to-d  dns
          listening yes; open 2; total 9; refused TARGET_DOWN 1

    services
      NAME  LABEL    TARGET                ALLOWED                OPEN  TOTAL
      web   900 910  tcp://127.0.0.1:8080  user/alice service/db  0     0
          handshakes established 3, WRONG_PRINCIPAL 1; health up; reason our
          certificate with serial 0b is revoked

    datagrams
      END     NAME                  SENT  BYTES  RECEIVED  BYTES   ENDED   DROPPED
      tunnel  udp://127.0.0.1:5353  1234  57 kB  4         2.0 MB  room 1  queue 3

    connections
      ID                STATE        PEER        SERVICE  HEARD       PATH
      0123456789abcdef  established  user/alice  web      420 ms ago  a 101 1
          direction accepted; class bulk; streams 1; rtt 1.3 ms; sent 1.0 MB;
          received 5 B; age 2.0 s; certificate ends 2026-12-20T10:00:00.000Z

    identities
      PRINCIPAL    STATE         ENDS                      FILE      RELOAD REFUSED
      service/web  expires-soon  2027-11-20T10:00:00.000Z  /etc/web

    certificates
      CERTIFICATE                ROLE  STATE         DAYS LEFT
      spiffe://demo/service/web  leaf  expires-soon  12
          ends 2027-11-20T10:00:00.000Z; valid from 2026-11-20T10:00:00.000Z; key
          ed25519; issuer O=demo, CN=demo CA; serial 0a; sha-256 aa11; file
          /etc/web/chain.pem

    closed for what their peers did
      CAUSE         CONNECTIONS
      HIDDEN_BYTES  2

    dropped packets
      BY          CAUSE                       COUNT
      forwarding  unknown-label               3
      florio      packetsDroppedNotConnected  1
    "
  `);
});

test("status shows whose streams were used up, and how many connections are beside the first now", () => {
  const [tunnel, other] = FULL.tunnels;
  const used = { ...tunnel!, connectionsBeside: 2, streamsUsedUp: 3 };
  const text = renderClusterStatus({ ...FULL, tunnels: [used, other!] }, 80);
  expect(text).toContain(
    "streams that were used up\n  FOR                    TIMES  BESIDE THE FIRST\n  tcp://127.0.0.1:18080  3      2\n\n",
  );
  expect(renderClusterStatus(FULL, 80)).not.toContain("used up");
});

test("on a wide terminal a row is a line", () => {
  const lines = renderClusterStatus(FULL, 250).split("\n");
  expect(lines[lines.indexOf("links") + 2]).toBe(
    "  a     a     up          1 min  12.3 ms  2.1 %  1.5 Mb/s  980 b/s  1420  acceptor  12 (15 kB)  10 (900 B)  0",
  );
});

const ofThisProcess: unknown = expect.objectContaining({ pid: process.pid });

test("the admin socket answers with the status of the moment, and outlives its failure", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-cluster-admin-"));
  const events: EventFields[] = [];
  const note = (event: EventFields): void => void events.push(event);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  const advice = "Name another one.";
  const trace = ({ target }: { target: string }): Promise<never> => {
    throw new OperatorError("ERR_TRACE_TARGET", `there is no ${target}`, { advice });
  };
  let current: ClusterStatus | undefined;
  const status = async (): Promise<ClusterStatus> => {
    if (current === undefined) throw new Error("not ready");
    return current;
  };
  try {
    const path = join(folder, "admin.sock");
    await using _server = await openClusterAdmin({ path, status, trace, log });
    await expect(requestAdmin(path, "/status")).rejects.toMatchObject({ code: "ERR_ADMIN_ANSWER" });
    expect(events).toMatchObject([{ code: "ADMIN_ROUTE_FAILED", route: "/status" }]);
    const traced = requestAdmin(path, "/trace?target=web", { method: "POST" });
    await expect(traced).rejects.toMatchObject({ code: "ERR_TRACE_TARGET", message: "there is no web", advice });
    current = EMPTY;
    expect(await requestAdmin(path, "/status")).toEqual({ ...EMPTY, process: ofThisProcess });
    current = FULL;
    expect(await requestAdmin(path, "/status")).toEqual({ ...FULL, process: ofThisProcess });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
