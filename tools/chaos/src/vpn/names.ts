import { now } from "@florenetes/workloads";
import type { Workload } from "../workload.ts";
import { CLIENT } from "./terrain.ts";

const PORT = 53;
const PAUSE_MS = 300;
const ADDRESS = "192.0.2.77";

/** Questions of dig, one after the other, to a resolver in the world. */
export function names(
  host: string,
  kind: Pick<Workload, "ends" | "routes"> & { readonly as: readonly string[] },
): Workload {
  const { as, ...place } = kind;
  return {
    ...place,
    name: "names",
    needs: ["dig", "dnsmasq"],
    packages: ["bind9-dnsutils", "dnsmasq-base"],
    unit: "answers",
    async prepare(stage) {
      const options = [
        "--no-resolv",
        "--no-hosts",
        "--bind-interfaces",
        `--listen-address=${host}`,
        "--user=root",
        "--pid-file",
      ];
      const knows = ["--conf-file=/dev/null", `--address=/vpn.test/${ADDRESS}`];
      await stage.serve(PORT, ["dnsmasq", "--no-daemon", ...options, ...knows]);
    },
    begin(stage, witness) {
      let number = 0;
      const finished = stage.repeat(PAUSE_MS, async () => {
        const name = `n${number++}.vpn.test`;
        const argv = [...as, "dig", "+short", "+tries=1", "+time=1", `@${host}`, name];
        const { code, stdout } = await stage.lab.exec(CLIENT, argv);
        if (code !== 0) return witness.gaveUp();
        if (stdout.trim() !== ADDRESS) return witness.wrong(`${name} has the address "${stdout.trim()}"`);
        witness.right();
        witness.moved(now());
      });
      return { finished };
    },
  };
}
