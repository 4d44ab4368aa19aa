import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { now } from "@florenetes/workloads";
import { COMMAND_MS_MAX } from "../limits.ts";
import type { Workload } from "../workload.ts";
import { CLIENT } from "./terrain.ts";

const SERVER = "/usr/sbin/gtlsserver";
const PORT = 8_443;
const SIZE = 5_000_000;
const PAUSE_MS = 500;
/** By themselves client and server give a handshake up after 10 s, and a connection in which nothing is heard after 30 s. */
const PATIENCE = [`--handshake-timeout=${COMMAND_MS_MAX}ms`, `--timeout=${COMMAND_MS_MAX}ms`];

/** Downloads over HTTP/3 with ngtcp2's client and server, compared byte by byte. */
export function http3(
  host: string,
  kind: Pick<Workload, "ends" | "routes"> & { readonly as: readonly string[] },
): Workload {
  const { as, ...place } = kind;
  const bytes = randomBytes(SIZE);
  return {
    ...place,
    name: "HTTP/3",
    needs: ["gtlsclient", SERVER, "openssl"],
    packages: ["ngtcp2-client", "ngtcp2-server", "openssl"],
    unit: "downloads",
    isSlow: true,
    async prepare(stage) {
      const site = join(stage.folder, "http3");
      await mkdir(site);
      await writeFile(join(site, "file"), bytes);
      const [key, certificate] = [join(stage.folder, "http3-key.pem"), join(stage.folder, "http3.pem")];
      const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", `/CN=${host}`];
      await stage.prepare("openssl", "req", "-x509", "-days", "2", ...curve, "-keyout", key, "-out", certificate);
      await stage.serve(PORT, [SERVER, "-q", ...PATIENCE, "-d", site, host, String(PORT), key, certificate], "udp");
    },
    begin(stage, witness) {
      const folder = join(stage.folder, "http3-copy");
      const copy = join(folder, "file");
      const client = ["gtlsclient", "-q", ...PATIENCE, "--exit-on-all-streams-close", `--download=${folder}`];
      const argv = [...as, ...client, host, String(PORT), `https://${host}:${PORT}/file`];
      const work = async (): Promise<void> => {
        await mkdir(folder);
        await stage.repeat(PAUSE_MS, async () => {
          await rm(copy, { force: true });
          const from = now();
          if ((await stage.attempt(witness, CLIENT, argv)) === undefined) return;
          // The client ends well, too, when its connection has ended early.
          const got = await readFile(copy).catch(() => Buffer.alloc(0));
          if (got.equals(bytes)) witness.right();
          else if (bytes.subarray(0, got.length).equals(got))
            witness.lost({ from, to: now(), text: `a download over HTTP/3 has ended after ${got.length} bytes` });
          else witness.wrong("a download over HTTP/3 has other bytes than were sent");
        });
      };
      return { finished: work() };
    },
  };
}
