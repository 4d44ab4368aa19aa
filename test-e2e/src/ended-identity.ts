/** Identities of an issuer that have ended, in folders that no process uses. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeIdentity } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import type { Lab } from "@florenetes/meshlab";
import { type Answer, flor } from "./executables.ts";
import { type IssuerProcess, livingFrom } from "./issuer-process.ts";

const HOUR_MS = 3_600_000;

export interface EndedIdentity {
  readonly folder: string;
  readonly identity: IssuedIdentity;
  /** The config by which it is kept. */
  readonly config: string;
  /** Runs `flor identity keep` for it once. */
  readonly keep: () => Promise<Answer>;
}

/** An identity of an hour. @param name Of its folder. @param agoMs Since its end, in milliseconds; less than 0: until then */
export function endedIdentity(
  lab: Lab,
  { ca, address }: IssuerProcess,
  name: string,
  principal: string,
  agoMs: number = HOUR_MS,
): EndedIdentity {
  const folder = join(lab.folder, `ended-${name}`);
  const identity = livingFrom(ca, principal, HOUR_MS, Date.now() - agoMs - HOUR_MS);
  writeIdentity(folder, identity);
  const config = `${folder}.yaml`;
  const identities = [{ folder, control: join(lab.folder, "nobody.sock") }];
  writeFileSync(config, JSON.stringify({ cluster: lab.mesh.cluster, issuer: address, identities }));
  return { folder, identity, config, keep: () => flor("identity", "keep", "--config", config) };
}
