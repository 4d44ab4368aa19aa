/*
 *   a ───── b ───── c ───── d        iperf3, a download and an ssh session of a with d, while the configs of all four change
 */
import { startSsh } from "@florenetes/workloads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ChangedConfig, type MoreLines } from "../src/changed-config.ts";
import { fileDigest } from "../src/file-contents.ts";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE_MS } from "../src/patience.ts";
import { Conversation } from "../src/programs/conversation.ts";
import { idle } from "../src/programs/idle.ts";
import { iperf, iperfPorts } from "../src/programs/iperf.ts";
import { ProgramMesh } from "../src/programs/program-mesh.ts";
import { ssh, sshPorts } from "../src/programs/ssh.ts";
import { web, webPorts } from "../src/programs/web.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, startFileServer } from "../src/services.ts";

const RELOADS = 200;
/** The seconds that a program runs; programs are run again until there were enough reloads. */
const SECONDS = 4;
const RUNS_MAX = 20;
const MEGABYTES_PER_SECOND = 3;
/** The rate of iperf3, which at full speed would take the machine from the reloads. */
const IPERF_RATE = "50M";
const SIZE = SECONDS * MEGABYTES_PER_SECOND * MEGABYTE;
const HOST = "127.0.0.1";
const areHere = areInstalled("reloads under programs", "ssh", "ssh-keygen", "/usr/sbin/sshd", "iperf3", "curl");

describe.skipIf(!isRoot || !areHere)("while programs talk", () => {
  const mesh = new ProgramMesh([ssh, iperf, web, idle]);
  let shell: Conversation;
  let iperfServer: Conversation;

  beforeAll(async () => {
    await mesh.open();
    const { options } = await startSsh(mesh, sshPorts.target, sshPorts.tunnel);
    const argv = ["ssh", "-tt", "-p", String(sshPorts.tunnel), ...options, `root@${HOST}`, "env PS1='ready> ' sh -i"];
    shell = new Conversation(mesh.lab.spawn("a", argv));
    await shell.hears("ready> ");
    const server = ["iperf3", "--server", "--forceflush", "--bind", HOST, "--port", String(iperfPorts.target)];
    iperfServer = new Conversation(await mesh.serve(iperfPorts.target, server, "pipe"));
    await startFileServer(mesh.lab, "d", webPorts.target);
  });
  afterAll(() => mesh.close());

  /** The change of a node's config in every other round. */
  function changeOf(node: string, round: number): [more: MoreLines, replace: (text: string) => string] {
    if (round % 2 === 1) return [{}, (text) => text];
    const as = mesh.lab.identityFolder("a", "user/alice");
    const late = new ChangedConfig(mesh.lab, "a").find(/^ {2}(late\.\S+): /m);
    const ghost = `ghost: { portal: quic, role: acceptor, peer: ghost, label: ${700_000 + round} }`;
    const more: Record<string, MoreLines> = {
      a: { tunnels: [`- { listen: "tcp://${HOST}:18100", as: ${as}, service: late, path: ${late} }`] },
      b: { links: [ghost], "transit-limit": [`packets: ${100_000 + round}`] },
      c: { links: [ghost], transit: ["- [ ghost, d ]"] },
    };
    return [more[node] ?? {}, (text) => text.replaceAll("[ user/alice ]", "[ user/alice, user/bob ]")];
  }

  test(
    `${RELOADS} reloads of all nodes cut none of them`,
    async () => {
      const nodes = ["a", "b", "c", "d"].map((name) => ({ name, config: new ChangedConfig(mesh.lab, name) }));
      const flow = ["--time", String(SECONDS), "--bitrate", IPERF_RATE];
      const client = ["iperf3", "--json", "--client", HOST, "--port", String(iperfPorts.tunnel), ...flow];
      const url = `http://${HOST}:${webPorts.tunnel}/file?size=${SIZE}`;
      const download = `curl --silent --fail --limit-rate ${MEGABYTES_PER_SECOND}M '${url}' | sha256sum`;
      let reloads = 0;
      for (let run = 0; reloads < RELOADS; run++) {
        expect(run, "as many runs as that are enough").toBeLessThan(RUNS_MAX);
        await iperfServer.hears("Server listening");
        const running = new AbortController();
        const programs = Promise.all([mesh.run(client), mesh.run(["bash", "--norc", "-c", download])]).finally(() => {
          running.abort();
        });
        while (!running.signal.aborted) {
          const { name, config } = nodes[reloads % nodes.length]!;
          config.write(...changeOf(name, Math.floor(reloads / nodes.length)));
          expect(await config.reload(), name).toMatchObject({ ok: true, down: [] });
          reloads++;
        }
        const [report, digest] = await programs;
        expect((JSON.parse(report) as { readonly error?: string }).error).toBeUndefined();
        expect(digest.split(" ")[0]).toBe(fileDigest(SIZE));
        shell.says(`echo $((${run} + 7))\r`);
        await shell.hears(`echo $((${run} + 7))\r\n${run + 7}\r\nready> `);
      }
      shell.says("exit 9\r");
      expect(await shell.end()).toBe(9);
    },
    2 * PATIENCE_MS,
  );
});
