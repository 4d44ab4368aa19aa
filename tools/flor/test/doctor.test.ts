import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAdminServer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { examine, type ExaminedStatus, type NodeFacts, OPEN_FILES_MIN, RECEIVE_BUFFER_MIN } from "../src/doctor.ts";
import { flor } from "./run-flor.ts";

const portal = { bind: "/run/c.sock", connect: "/run/l.sock", state: "attached", code: "", text: "" } as const;
const link = { peer: "b", tag: "0", role: "originator", state: "up", code: "", text: "" } as const;
const status: ExaminedStatus = {
  process: { pid: 7, openFilesMax: OPEN_FILES_MIN },
  portals: [portal],
  links: [link],
  findings: [],
};
const folder = { mode: 0o40750, gid: 5, socketGids: [5] };

const WELL: NodeFacts = {
  processes: [{ admin: "/run/admin.sock", status }],
  folders: new Map([["/run", folder]]),
  estates: [{ cluster: "example", program: "cluster-flor", user: "flor-example", strangers: [] }],
  agentsWithoutConfig: [],
  receiveBufferMax: RECEIVE_BUFFER_MIN,
  isClockSynchronized: true,
};

test("nothing is found on a node that is well, nor where nothing is known", () => {
  expect(examine(WELL)).toEqual([]);
  expect(examine({ ...WELL, receiveBufferMax: undefined, isClockSynchronized: undefined })).toEqual([]);
});

const running = (over: Partial<ExaminedStatus>): Partial<NodeFacts> => ({
  processes: [{ admin: "/run/admin.sock", status: { ...status, ...over } }],
});

test.each<[string, Partial<NodeFacts>, "fault" | "warning", RegExp, RegExp]>([
  [
    "a process that does not answer",
    { processes: [{ admin: "/run/admin.sock", status: { error: "there is no admin socket" } }] },
    "fault",
    /nothing answers on \/run\/admin.sock \(there is no admin socket\)/,
    /journalctl/,
  ],
  [
    "versions that differ",
    running({ portals: [{ ...portal, state: "refused", code: "FLORIO_VERSION" }] }),
    "fault",
    /different versions/,
    /link-flor --version/,
  ],
  [
    "a partner that refuses",
    running({ portals: [{ ...portal, state: "refused", code: "DENIED", text: "no" }] }),
    "fault",
    /refuses \(DENIED: no\)/,
    /check --config/,
  ],
  ["no partner", running({ portals: [{ ...portal, state: "waiting" }] }), "fault", /no partner at/, /ls -l/],
  [
    "an endpoint that is not reached",
    running({ links: [{ ...link, state: "down", code: "TIMEOUT", text: "no answer" }] }),
    "fault",
    /link to b is down \(TIMEOUT: no answer\)/,
    /Do datagrams reach b/,
  ],
  [
    "a neighbour that does not call",
    running({ links: [{ ...link, tag: "1", role: "acceptor", state: "connecting" }] }),
    "fault",
    /link to b\/1 is connecting$/,
    /b has to call/,
  ],
  [
    "what an agent finds of its records and its clock",
    {
      processes: [
        {
          admin: "/run/florenetes-fabric-demo/admin.sock",
          status: {
            ...status,
            links: { made: [{ node: "b", phase: "up" }] },
            findings: [
              {
                weight: "fault",
                about: "fabric",
                text: "the role a/relay/north has ended",
                advice: "Have it signed anew.",
              },
            ],
          },
        },
      ],
    },
    "fault",
    /^the role a\/relay\/north has ended$/,
    /signed anew/,
  ],
  [
    "what the process finds of itself, but of portals and links, at which it looks itself",
    running({
      findings: [
        { weight: "fault", text: "the certificate of vertex/a has ended", advice: "Renew it.", about: "holding" },
        { weight: "fault", text: "portal quic has no link vertex", advice: "Start it.", about: "portal" },
        { weight: "fault", text: "link b is down", advice: "Is it running?", about: "link", link: "b/0" },
      ],
      portals: [{ ...portal, state: "waiting", code: "ERR_FLORIO_SOCKET" }],
    }),
    "fault",
    /^the certificate of vertex\/a has ended$/,
    /^Renew it\.$/,
  ],
  [
    "few files",
    running({ process: { pid: 7, openFilesMax: 1_024 } }),
    "warning",
    /may open 1024 files/,
    /prlimit --pid 7/,
  ],
  ["no folder", { folders: new Map([["/run", undefined]]) }, "fault", /not there/, /install --directory --mode=2750/],
  [
    "no folder of a unit",
    { folders: new Map([["/run/florenetes-cluster-a.b", undefined]]) },
    "fault",
    /not there/,
    /^`flor unit prepare a\.b`$/,
  ],
  [
    "a folder for everybody",
    { folders: new Map([["/run", { ...folder, mode: 0o40777 }]]) },
    "fault",
    /everybody may write/,
    /chmod o-w/,
  ],
  [
    "sockets of another group",
    { folders: new Map([["/run", { ...folder, socketGids: [5, 0] }]]) },
    "warning",
    /not of its group/,
    /chmod 2750 \/run/,
  ],
  [
    "what was not moved",
    {
      estates: [
        {
          cluster: "example",
          program: "cluster-flor",
          user: "flor-example",
          strangers: [
            { path: "/var/lib/x", user: "flor-example" },
            { path: "/etc/y", user: "florenetes-link" },
          ],
        },
      ],
    },
    "fault",
    /^\/var\/lib\/x is not flor-example's, and 1 more are not whose they should be$/,
    /flor unit prepare example/,
  ],
  [
    "clusters with one user",
    {
      estates: ["one", "two"].map((cluster) => ({
        cluster,
        program: "cluster-flor",
        user: "florenetes-cluster",
        strangers: [],
      })),
    },
    "fault",
    /cluster-flor@one and cluster-flor@two have one user, florenetes-cluster/,
    /flor unit prepare two.*restart cluster-flor@two/,
  ],
  [
    "an agent whose user is gone",
    { estates: [{ cluster: "example", program: "fabric-flor", user: undefined, strangers: [] }] },
    "fault",
    /the user of fabric-flor@example is not there/,
    /flor unit prepare example.*restart fabric-flor@example/,
  ],
  [
    "no folder of an agent's unit",
    { folders: new Map([["/run/florenetes-fabric-example", undefined]]) },
    "fault",
    /not there/,
    /^`flor unit prepare example`$/,
  ],
  [
    "an agent whose config is gone",
    { agentsWithoutConfig: ["example"] },
    "fault",
    /fabric-flor@example runs, and has no config any more/,
    /disable --now fabric-flor@example/,
  ],
  ["small buffers", { receiveBufferMax: 212_992 }, "warning", /212992 bytes/, /sysctl --write/],
  ["a clock of its own", { isClockSynchronized: false }, "warning", /clock/, /timedatectl set-ntp true/],
])("it finds %s, and which command mends it", (_, facts, weight, text, advice) => {
  const findings = examine({ ...WELL, ...facts });
  expect(findings).toMatchObject([{ weight }]);
  expect(findings[0]!.text).toMatch(text);
  expect(findings[0]!.advice).toMatch(advice);
});

test("faults come before warnings, and a folder that hands its group on is fine", () => {
  const inherited = new Map([["/run", { ...folder, mode: 0o42750, socketGids: [0] }]]);
  const broken = running({ links: [{ ...link, state: "down" }], process: { pid: 7, openFilesMax: 1 } });
  const weights = examine({ ...WELL, ...broken, folders: inherited }).map(({ weight }) => weight);
  expect(weights).toEqual(["fault", "warning"]);
});

test("flor doctor asks processes, and its exit code says whether anything is wrong", async () => {
  const base = mkdtempSync(join(tmpdir(), "florenetes-doctor-"));
  const admin = join(base, "admin.sock");
  try {
    expect(await flor("doctor", admin)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^NOT WHOLE: nothing answers/),
    });
    const bind = join(base, "portal.sock");
    const answer: ExaminedStatus = { ...status, portals: [{ ...portal, bind }] };
    await using _server = await openAdminServer({ path: admin, routes: { "/status": () => answer } });
    const { code, out } = await flor("doctor", admin);
    expect(out).toMatch(/^whole: nothing was found/);
    expect(code).toBe(0);
    const { findings } = JSON.parse((await flor("doctor", admin, "--json")).out) as { findings: { weight: string }[] };
    expect(findings.every(({ weight }) => weight === "warning")).toBe(true);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});

test("without sockets it looks at those of all units that have a config, and of none where there is none", async () => {
  const configs = mkdtempSync(join(tmpdir(), "florenetes-doctor-"));
  try {
    expect(await flor("doctor", "--configs", configs)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^NOT WHOLE: no config is in/),
    });
    writeFileSync(join(configs, "link-flor.yaml"), "");
    for (const name of ["not-there", "examples"]) mkdirSync(join(configs, name));
    writeFileSync(join(configs, "examples", "cluster-flor.yaml"), "");
    writeFileSync(join(configs, "not-there", "cluster-flor.yaml"), "");
    for (const name of ["fabric-flor.yaml", "vpn-flor.yaml", "control-flor.yaml", "store-flor.yaml"])
      writeFileSync(join(configs, "not-there", name), "");
    const { code, out } = await flor("doctor", "--configs", configs);
    expect(code).toBe(1);
    expect(out).toContain("nothing answers on /run/florenetes-link/admin.sock");
    expect(out).toContain("nothing answers on /run/florenetes-cluster-not-there/admin.sock");
    expect(out).toContain("nothing answers on /run/florenetes-fabric-not-there/admin.sock");
    expect(out).toContain("nothing answers on /run/florenetes-vpn-not-there/admin.sock");
    expect(out).toContain("nothing answers on /run/florenetes-control-not-there/admin.sock");
    expect(out).toContain("nothing answers on /run/florenetes-store-not-there/admin.sock");
    expect(out).not.toContain("examples");
  } finally {
    rmSync(configs, { recursive: true, force: true });
  }
});
