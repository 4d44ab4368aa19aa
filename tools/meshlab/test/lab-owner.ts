/** Brings a lab of stubs up, prints its folder, and stays until it is killed: `lab-owner loopback|netns`. */
import { openLab } from "../src/index.ts";
import { LINE, STUBS } from "./lab-fixture.ts";

const lab = await openLab(LINE, { ...STUBS, mode: process.argv[2] as "loopback" | "netns" });
await lab.up();
process.stdout.write(`${lab.folder}\n`);
setInterval(() => {}, 60_000);
