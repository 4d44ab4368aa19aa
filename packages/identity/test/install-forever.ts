/** Installs two bundles in turn until it is killed: `node install-forever.ts <folder> <fingerprint> <bundle> <bundle>`. */
import { installBundle, openBundle, readBundleFile } from "../src/authority/index.ts";

const [folder, caFingerprint, ...files] = process.argv.slice(2) as [string, string, ...string[]];
const bundles = files.map((file) => openBundle(readBundleFile(file)));
for (let count = 0; count < 100_000; count++) installBundle(bundles[count % 2]!, folder, { caFingerprint });
