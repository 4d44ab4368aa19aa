import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Assignment } from "../client/assignment.ts";
import type { UpConfig } from "../config/vpn-config.ts";
import { formatAddress } from "../packets/addresses.ts";
const run = promisify(execFile);
const ip = (line: string) => run("ip", line.split(" "));
export class ClientMachine {
  readonly config: UpConfig;
  constructor(config: UpConfig) {
    this.config = config;
  }
  async clear(): Promise<void> {
    for (const f of ["-4", "-6"]) {
      for (const p of [7077, 7078, 7079]) await ip(`${f} rule del priority ${p}`).catch(() => {});
      await ip(`${f} route flush table ${this.config.table}`).catch(() => {});
    }
  }
  async begin(mtu: number): Promise<void> {
    const { device, table, meshUser } = this.config;
    await ip(`link set ${device} mtu ${mtu} up`);
    for (const f of ["-4", "-6"]) {
      await ip(`${f} route add default dev ${device} table ${table} metric 10`);
      await ip(`${f} route add unreachable default table ${table} metric 4000000000`);
      await ip(`${f} rule add priority 7077 uidrange ${meshUser}-${meshUser} lookup main`);
      await ip(`${f} rule add priority 7078 lookup main suppress_prefixlength 0`);
      await ip(`${f} rule add priority 7079 lookup ${table}`);
    }
  }
  async setAddresses({ v4, v6 }: Assignment): Promise<void> {
    const { device } = this.config;
    if (v4 !== undefined) await ip(`addr replace ${formatAddress(v4)}/32 dev ${device}`);
    if (v6 !== undefined) await ip(`-6 addr replace ${formatAddress(v6)}/128 dev ${device}`);
  }
  async setMtu(mtu: number): Promise<void> {
    await ip(`link set ${this.config.device} mtu ${mtu}`);
  }
}
