import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import type { EgressConfig } from "../config/vpn-config.ts";
import { formatNetwork } from "../packets/networks.ts";
const run = promisify(execFile);
const ip = (line: string) => run("ip", line.split(" "));
export class EgressMachine {
  readonly config: EgressConfig;
  constructor(config: EgressConfig) {
    this.config = config;
  }
  async clear(): Promise<void> {
    await run("nft", ["delete", "table", "inet", "florenetes-vpn"]).catch(() => {});
  }
  async begin(): Promise<void> {
    const { device, addresses } = this.config;
    await ip(`link set ${device} mtu 1500 up`);
    for (const n of addresses) await ip(`route replace ${formatNetwork(n)} dev ${device}`);
    const v4 = addresses.find((n) => n.version === 4)!;
    execFileSync("nft", ["-f", "-"], {
      input: `table inet florenetes-vpn { chain post { type nat hook postrouting priority srcnat; ip saddr ${formatNetwork(v4)} oifname != "${device}" masquerade; }\n }`,
    });
  }
}
