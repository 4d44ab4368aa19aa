/*
 *   a ═════ b ───── c ───── d        `flor mesh status` asks all four
 *
 *   A tunnel on a leads to a service on d, over an LSP, and a socket of data sessions over the second link to b. Each admin socket is a
 *   service, too, and has a tunnel on a: `status` takes that way through the mesh.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, executable, flor } from "../src/executables.ts";
import { ADMIN_SOCKETS, counted, linkAdminSockets, writeMeshFile } from "../src/lab-mesh-file.ts";
import { PATIENCE_OF_PROCESSES } from "../src/patience.ts";

const NODES = ["a", "b", "c", "d"];
let base: string;
let file: string;
let lab: Lab;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "flor-status-"));
  file = join(base, "mesh.yaml");
  const input = meshInput();
  lab = await openLab(input, { randomBelow: counted() });
  await writeMeshFile(lab, input, file);
  await linkAdminSockets(lab, base);
  await writePrograms();
  await lab.up();
});

afterAll(async () => {
  await lab?.down();
  await rm(base, { recursive: true, force: true });
});

function meshInput(): MeshFileInput {
  const places = NODES.flatMap((node, at) =>
    ADMIN_SOCKETS.map(({ program }) => ({ node, name: `${node}-${program}`, path: NODES.slice(0, at + 1) })),
  );
  const allow = ["user/alice"];
  return {
    cluster: "picture",
    nodes: Object.fromEntries(NODES.map((node) => [node, {}])),
    links: [
      { between: ["a", "b"] },
      { between: ["a", "b"], tag: "1" },
      { between: ["b", "c"] },
      { between: ["c", "d"], originator: "d" },
    ],
    lsps: { core: ["a", "b", "c"] },
    services: {
      // The target of web has no listener.
      web: { node: "d", target: "tcp://127.0.0.1:8080", allow, "health-check": "off" },
      ...Object.fromEntries(
        places.map(({ node, name }) => [name, { node, target: `unix:${base}/${name}.admin`, allow }]),
      ),
    },
    tunnels: [
      { node: "a", listen: `unix:${base}/web.sock`, as: "user/alice", service: "web", path: ["a", "lsp:core", "d"] },
      ...places.map(({ name, path }) => {
        return { node: "a", listen: `unix:${base}/${name}.sock`, as: "user/alice", service: name, path };
      }),
    ],
    sessions: [
      {
        node: "a",
        listen: `unix:${base}/sessions.sock`,
        as: "user/alice",
        services: { page: { service: "web", path: ["a", "b/1", "c", "d"] } },
      },
    ],
  };
}

/** Writes the programs by their names, and `reach`, which stands for ssh: it fails for the node that its second word names. */
async function writePrograms(): Promise<void> {
  for (const { program } of ADMIN_SOCKETS) {
    const argv = executable(program).map((word) => `'${word}'`);
    await writeFile(join(base, program), `#!/bin/sh\nexec ${argv.join(" ")} "$@"\n`, { mode: 0o755 });
  }
  const reach = [
    "#!/bin/sh",
    'if [ "$1" = "$2" ]; then echo "no route to $1" >&2; exit 255; fi',
    `PATH='${base}':$PATH; shift 2; exec "$@"`,
    "",
  ];
  await writeFile(join(base, "reach"), reach.join("\n"), { mode: 0o755 });
}

async function status(via: string): Promise<Answer> {
  const answer = await flor("mesh", "status", file, "--via", via, "--timeout", "60");
  // A slow node has the answers of the others printed first. Lines as wide as a terminal are wrapped.
  const last = answer.stdout.split(/^That is all that has come so far.*…\n+/ms).at(-1)!;
  return { ...answer, stdout: last.replaceAll(/\n {4,}/g, " ") };
}

const reachable = (lost = "none"): string => `${base}/reach {node} ${lost}`;

async function expectPicture(via: string, code: number, ...texts: readonly RegExp[]): Promise<void> {
  const look = async (): Promise<object> => {
    const answer = await status(via);
    const missing = texts.filter((text) => !text.test(answer.stdout)).map(String);
    return { ...answer, missing };
  };
  await expect.poll(look, PATIENCE_OF_PROCESSES).toMatchObject({ code, missing: [] });
}

test("a mesh that is well is whole, in one picture of four nodes", async () => {
  await expectPicture(
    reachable(),
    0,
    /^whole: cluster picture, 4 nodes, 4 links, 9 tunnels, 1 session service, 9 services\n/,
    /a - b +up +\d+\.\d ms \| \d+\.\d ms/,
    /a +reachable +\d.* ago +web /,
  );
});

test("so it is through the mesh itself", async () => {
  await expectPicture(`unix:${base}/{node}-{program}.sock`, 0, /^whole: cluster picture, 4 nodes/);
});

test("a node that nobody reaches is named, and its links are what their other ends see", async () => {
  await expectPicture(
    reachable("d"),
    1,
    /^NOT WHOLE: 1 of 4 nodes\. First: node d: no answer \(the command ended with 255: no route to d\)/,
    /c - d +up .*ends up at c, unknown at d/,
  );
});

test("a link-flor that is gone is named, and what follows from it is in the tables", async () => {
  await lab.kill("c", "link-flor");
  await expectPicture(
    reachable(),
    1,
    /^NOT WHOLE: 1 of 4 nodes, 2 of 4 links, \d of 9 tunnels, 1 of 1 session service\. First: node c: link-flor does not answer \(/,
    /b - c +DOWN/,
    /a +BROKEN +\d.* ago +web /,
  );
});
