/*
 *   a ───── b ───── c ───── d        each in a namespace of its own; no routes but to the neighbours
 *
 *   A tunnel on a leads to a service on d. For each planned fault, `cluster-flor trace` on a says where and why.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCa, makeAuthority, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectTraced, traceFrom, type Traced } from "../src/found-faults.ts";
import { hasPython, PYTHON } from "../src/link-vertices.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { replaceIdentity } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { startFileServer } from "../src/services.ts";

const TUNNEL = "tcp://127.0.0.1:18001";

describe.skipIf(!isRoot)("a trace", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "trace",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { web: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [{ node: "a", listen: TUNNEL, as: "user/alice", service: "web", path: ["a", "b", "c", "d"] }],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "d", 8080);
  });

  afterAll(async () => {
    await lab?.down();
  });

  const trace = (): Promise<Traced> => traceFrom(lab, "a", TUNNEL);
  const expectFound = (code: number, text: string | RegExp): Promise<void> =>
    expectTraced(lab, "a", TUNNEL, code, text);

  async function pathOf(): Promise<unknown> {
    const paths = (await lab.status("a")).clusterFlor?.["paths"] as readonly unknown[];
    return paths[0];
  }

  /** Does something while a node has another config. */
  async function whileBroken(
    node: string,
    change: (config: string) => string,
    look: () => Promise<void>,
  ): Promise<void> {
    const file = lab.configFile(node, "cluster-flor");
    const config = await readFile(file, "utf8");
    const broken = change(config);
    expect(broken).not.toBe(config);
    await restartWith(node, file, broken);
    try {
      await look();
    } finally {
      await restartWith(node, file, config);
    }
  }

  async function restartWith(node: string, file: string, config: string): Promise<void> {
    await lab.kill(node, "cluster-flor");
    await writeFile(file, config);
    lab.start(node, "cluster-flor");
    await lab.waitUntilUp();
  }

  test("of a way that is there names all of it, and each vertex proves itself", async () => {
    await expectFound(0, /^service web answers in /);
    expect(await trace()).toMatchObject({ vertices: ["b", "c", "d"], proofs: ["signed", "signed", "signed"] });
  });

  test("tells whose certificate is not accepted: the roots that it judges by are another CA's", async () => {
    const trust = join(dirname(lab.configFile("a", "cluster-flor")), "other-trust");
    await mkdir(trust);
    const other = makeAuthority({ cluster: "trace" }, new Date());
    await writeFile(join(trust, "trust.pem"), other.certificatePem);
    await whileBroken(
      "a",
      (config) => `trust: ${trust}\n${config}`,
      async () => {
        await expectFound(0, /^service web answers in .*; the certificate of b is not accepted \(UNTRUSTED: /);
        expect((await trace()).proofs).toEqual(["refused", "refused", "refused"]);
      },
    );
  });

  test("of a path with a wrong service label", async () => {
    await whileBroken(
      "a",
      (config) => withLabel(config, 2, 777_777),
      () => expectFound(1, "unknown label 777777 at d on the link from c"),
    );
  });

  test("of a path with a wrong label of a link", async () => {
    await whileBroken(
      "a",
      (config) => withLabel(config, 1, 777_777),
      () => expectFound(1, "unknown label 777777 at c on the link from b"),
    );
    await expectLog(lab, "c", "cluster-flor").toMatch(
      /packets from b over link b are dropped: label 777777 means nothing/,
    );
  });

  test("of a path through a vertex that does not let it pass", async () => {
    await whileBroken(
      "c",
      (config) => config.replace(/^transit:(?:\n {2}.*)*/m, "transit: []"),
      () => expectFound(1, "transit b–d is not permitted at c"),
    );
    await expectLog(lab, "c", "cluster-flor").toMatch(
      /packets from b to d are dropped: .* no transit between links b and d/,
    );
  });

  test("as a principal that the service does not let in", async () => {
    await whileBroken(
      "d",
      (config) => config.replace("allow: [ user/alice ]", "allow: [ user/bob ]"),
      () => expectFound(4, "service web refuses user/alice: NOT_ALLOWED"),
    );
  });

  test("to a service whose target is down", async () => {
    await whileBroken(
      "d",
      (config) => config.replace("tcp://127.0.0.1:8080", "tcp://127.0.0.1:8081"),
      () => expectFound(5, "the target of service web is down"),
    );
  });

  test("over a wire that is cut far away, before and after the vertices there know of it", async () => {
    await lab.linkDown("c", "d");
    try {
      const { code, text } = await trace();
      expect(code).toBe(1);
      expect(text).toMatch(/^(link c–d is down|no answer from d: packets are lost on link c–d)/);
      await expectFound(1, "link c–d is down for ");
      await expect.poll(pathOf, PATIENCE).toMatchObject({ isUsable: true, isReachable: false });
    } finally {
      await lab.linkUp("c", "d");
      await lab.waitUntilUp();
    }
    await expect.poll(pathOf, PATIENCE).toMatchObject({ isUsable: true, isReachable: true });
  });

  test("over a link whose other end has a certificate of another CA, which the vertex before it says", async () => {
    const own = openCa(lab.caFolder);
    const d = { node: "d", folder: "vertex", principal: "vertex/d" };
    replaceIdentity(lab, d, createCa(join(lab.folder, "other-ca"), { cluster: "trace" }));
    await lab.kill("d", "link-flor");
    lab.start("d", "link-flor");
    try {
      await expectFound(
        1,
        /^link c–d is down for .* \(UNTRUSTED: the CA of the other end's certificate is not trusted here/,
      );
    } finally {
      replaceIdentity(lab, d, own);
      await lab.kill("d", "link-flor");
      lab.start("d", "link-flor");
      await lab.waitUntilUp();
    }
  });

  test("over a first link that is down", async () => {
    await lab.kill("b", "link-flor");
    try {
      await expectFound(1, "link a–b is down for ");
    } finally {
      lab.start("b", "link-flor");
      await lab.waitUntilUp();
    }
  });
});

/*
 *   a ───── b ───── c        link vertices whose packets the system cuts into fragments; then c takes no fragments any more
 */
const isReady = isRoot && hasPython("trace");
test.skipIf(!isReady)("a trace finds the link that loses large packets, which it says that it carries", async () => {
  const size = 4_000;
  const program = fileURLToPath(new URL("../src/fake-link-vertex/fake_link_vertex.py", import.meta.url));
  await using lab = await openLab(
    {
      cluster: "hole",
      nodes: { a: {}, b: {}, c: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
      services: { web: { node: "c", target: "self:echo", allow: ["user/alice"] } },
      tunnels: [{ node: "a", listen: TUNNEL, as: "user/alice", service: "web", path: ["a", "b", "c"] }],
    },
    { mode: "netns", linkVertex: [...PYTHON, program] },
  );
  for (const node of lab.nodeNames) {
    await writeFile(join(dirname(lab.configFile(node, "link-flor")), "link-sizes"), `${size} ${size}`);
  }
  await lab.up();
  // The fake link vertex has no key, so that it signs nothing.
  expect(await traceFrom(lab, "a", TUNNEL)).toMatchObject({ code: 0, proofs: ["unsigned", "unsigned"] });
  for (const knob of ["ipfrag_low_thresh", "ipfrag_high_thresh"]) {
    const { code } = await lab.exec("c", ["sysctl", "-w", `net.ipv4.${knob}=0`]);
    expect(code).toBe(0);
  }
  const text = `packets of ${size} bytes are lost on link b–c, which says that it carries them; smaller ones get through`;
  await expectTraced(lab, "a", TUNNEL, 1, text);
});

/** Writes another label into the only path of a config. */
function withLabel(config: string, index: number, label: number): string {
  return config.replace(/(labels: \[)([^\]]*)\]/, (_, before: string, list: string) => {
    return `${before}${list.split(",").with(index, ` ${label}`).join(",")}]`;
  });
}
