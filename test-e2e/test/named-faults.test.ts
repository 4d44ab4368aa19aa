/*
 *   a ───── b ───── c ───── d        each in a namespace of its own; a's access log is on a small disk of its own
 *
 *   A tunnel on a leads to a service on d. For each planned fault, `status`, `trace` or one line of the log on a names it in plain
 *   words; trace.test.ts has more such faults.
 */
import { execFileSync } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig } from "../src/changed-config.ts";
import { expectStatus, expectTraced } from "../src/found-faults.ts";
import { expectLog } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { replaceIdentity } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { curl, startFileServer } from "../src/services.ts";
import { SHIFTABLE, shiftClock } from "../src/shift-clock.ts";

const TUNNEL = "tcp://127.0.0.1:18001";
const DAY_MS = 86_400_000;
const BOTH: readonly ProcessName[] = ["link-flor", "cluster-flor"];

describe.skipIf(!isRoot)("on the origin is named", () => {
  let disk: string;
  let lab: Lab;

  const expectFound = (code: number, text: RegExp): Promise<void> => expectTraced(lab, "a", TUNNEL, code, text);

  async function restart(node: string, processes: readonly ProcessName[]): Promise<void> {
    for (const name of processes) await lab.kill(node, name);
    for (const name of processes) lab.start(node, name);
  }

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), "florenetes-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
    lab = await openLab(
      {
        cluster: "faults",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { web: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [{ node: "a", listen: TUNNEL, as: "user/alice", service: "web", path: ["a", "b", "c", "d"] }],
      },
      { mode: "netns", environment: SHIFTABLE },
    );
    await appendFile(lab.configFile("a", "cluster-flor"), `\naccess-log: ${disk}/access.log\n`);
    await lab.up();
    await startFileServer(lab, "d", 8080);
  });

  afterAll(async () => {
    await lab?.down();
    execFileSync("umount", [disk]);
    await rmdir(disk);
  });

  test("a wire far away that carries packets in one direction only", async () => {
    const { name, ends } = lab.wire("c", "d");
    // d sends to a link-layer address of nobody: c gets none of d's packets any more, and d still gets those of c.
    const neighbour = [ends[0].address, "lladdr", "02:00:00:00:00:99", "dev", name, "nud", "permanent"];
    const { code } = await lab.exec("d", ["ip", "neigh", "replace", ...neighbour]);
    expect(code).toBe(0);
    try {
      const lost = "no answer from d: packets are lost on link c–d in one direction or both, ";
      await expectFound(1, new RegExp(`^(link c–d is down for |${lost})`));
      await expectLog(lab, "d", "link-flor").toMatch(/"LINK_DOWN".*do packets get through in one direction only\?/);
    } finally {
      await lab.exec("d", ["ip", "neigh", "del", ends[0].address, "dev", name]);
      await lab.waitUntilUp();
    }
  });

  /** Does something while a node runs another config, which the node takes without a restart. */
  async function whileChanged(
    node: string,
    replace: (config: string) => string,
    look: () => Promise<void>,
  ): Promise<void> {
    const config = new ChangedConfig(lab, node);
    config.write({}, replace);
    expect(await config.reload()).toMatchObject({ ok: true, changes: [{ change: "changed" }] });
    try {
      await look();
    } finally {
      config.write({});
      await config.reload();
    }
    await expectStatus(lab, node, /^whole/);
  }

  test("a label of the path that is wrong, while the far end is still heard", async () => {
    await whileChanged(
      "a",
      (config) => config.replace(/(labels: \[.*, )\d+ ?\]/, "$1777777 ]"),
      async () => {
        await expectStatus(lab, "a", /^NOT WHOLE: the far end of path \S+ does not answer\. .*`cluster-flor trace/);
        await expectFound(1, /^unknown label 777777 at d on the link from c$/);
      },
    );
  });

  test("a target that is dead, at its own node and before anybody needs it", async () => {
    await whileChanged(
      "d",
      (config) => config.replace("tcp://127.0.0.1:8080", "tcp://127.0.0.1:8081"),
      async () => {
        const down = "the target tcp://127.0.0.1:8081 of service web is down \\(.*ECONNREFUSED\\)";
        await expectStatus(lab, "d", new RegExp(`^NOT WHOLE: ${down}\\. Start the program`));
      },
    );
  });

  test("a user whose certificate has ended", async () => {
    const ca = openCa(lab.caFolder);
    const ended = ca.issue({ kind: "user", name: "alice", days: 1 }, new Date(Date.now() - 2 * DAY_MS));
    replaceIdentity(lab, { node: "a", folder: "user/alice", principal: "user/alice" }, ca, ended);
    await restart("a", ["cluster-flor"]);
    try {
      const down = `the tunnel ${TUNNEL} is down \\(ERR_IDENTITY_EXPIRED: \\S*user/alice/chain.pem: .*it was valid until .*\\)`;
      await expectStatus(lab, "a", new RegExp(`^NOT WHOLE: ${down}\\. Issue the identity anew`));
      await expectFound(1, new RegExp(`^${down}$`));
    } finally {
      await lab.renew("user/alice");
      await lab.waitUntilUp();
    }
  });

  test("its own clock, which is a day behind", async () => {
    shiftClock(lab, "a", -1);
    await restart("a", BOTH);
    try {
      const down = `the tunnel ${TUNNEL} is down \\(ERR_IDENTITY_NOT_YET_VALID: .*it is valid from .*, and here it is .*\\)`;
      await expectStatus(
        lab,
        "a",
        new RegExp(`^NOT WHOLE: ${down}\\. Compare the clocks of this machine and of the one`),
      );
      await expectFound(1, new RegExp(`^${down}$`));
    } finally {
      shiftClock(lab, "a", 0);
      await restart("a", BOTH);
      await lab.waitUntilUp();
    }
  });

  test("its own clock, which is a day ahead of all others", async () => {
    shiftClock(lab, "a", 1);
    await restart("a", ["cluster-flor"]);
    try {
      await expectFound(
        0,
        /^service web answers in .*; the clock of a, this vertex, is 24 h ahead of those of b, c and d$/,
      );
    } finally {
      shiftClock(lab, "a", 0);
      await restart("a", ["cluster-flor"]);
      await lab.waitUntilUp();
    }
  });

  test("the clock of the far end, which is a day behind", async () => {
    shiftClock(lab, "d", -1);
    await restart("d", ["cluster-flor"]);
    try {
      await expectFound(1, /^unknown label \d+ at d on the link from c; the clock of d is 24 h behind that of a$/);
    } finally {
      shiftClock(lab, "d", 0);
      await restart("d", ["cluster-flor"]);
      await lab.waitUntilUp();
    }
  });

  test("a link that both ends accept", async () => {
    const file = lab.configFile("a", "cluster-flor");
    const config = await readFile(file, "utf8");
    const waiting = config.replace("role: originator", "role: acceptor").replace(/ endpoint: [^,]+,/, "");
    expect(waiting).not.toMatch(/originator|endpoint/);
    await writeFile(file, waiting);
    await restart("a", ["cluster-flor"]);
    try {
      await expectStatus(lab, "a", /^NOT WHOLE: link b to b was never contacted\. Is b running, and an originator/);
      await expectFound(1, /^link a–b is down for .*never contacted: is the other end an originator\?/);
    } finally {
      await writeFile(file, config);
      await restart("a", ["cluster-flor"]);
      await lab.waitUntilUp();
    }
  });

  test("a disk that is full", async () => {
    const filler = join(disk, "filler");
    const { stderr } = await lab.exec("a", ["dd", "if=/dev/zero", `of=${filler}`, "bs=4k"]);
    expect(stderr).toContain("No space left on device");
    const logged = async (): Promise<string> => {
      await curl(lab, "a", "http://127.0.0.1:18001/who");
      return lab.logs("a", "cluster-flor");
    };
    // The last page of the file may have room for some records.
    await expect
      .poll(logged, PATIENCE)
      .toMatch(/access records are lost: .*(no space left on device|the disk is full)/);
    const lost = `\\d+ access records could not be written to ${disk}/access.log \\(.+\\)`;
    await expectStatus(lab, "a", new RegExp(`^  warning: ${lost}\\. Is its disk full`, "m"));
    await rm(filler);
  });
});
