/** Installs a bundle, and kills itself after this many changes (0: never): `node install-and-die.ts <changes> <bundle> <folder> <fingerprint>`. */
import { openBundle, readBundleFile } from "../src/authority/enrollment/drivers/bundle-file.ts";
import { installBundle } from "../src/authority/enrollment/drivers/install-bundle.ts";
import { watchChanges } from "./file-steps.ts";

const [changesMax, bundle, folder, caFingerprint] = process.argv.slice(2) as [string, string, string, string];
let changes = 0;
watchChanges(
  () => undefined,
  () => {
    if (++changes === Number(changesMax)) process.kill(process.pid, "SIGKILL");
  },
);
installBundle(openBundle(readBundleFile(bundle)), folder, { caFingerprint });
