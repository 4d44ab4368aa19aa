import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runTool } from "../deb/tools.ts";
import { INDEX, pageForSite, pagesIn, type SiteEntry, siteNavigation } from "./site-pages.ts";

/** The generator is a package of Debian's, as is what it needs for anchors and for code within lists. */
const GENERATOR = "mkdocs";

/**
 * Makes the site of the documents of a checkout: all pages to which `docs/README.md` leads. Equal documents give an equal site, to the octet,
 * by one version of the generator.
 *
 * @param out the folder that becomes the site; what was in it goes away
 * @throws OperatorError `ERR_PACKAGE_TOOL` when the generator is not installed, or a link leads nowhere
 */
export function makeSite(checkout: string, out: string): void {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-site-"));
  try {
    const navigation = siteNavigation(readFileSync(join(checkout, INDEX), "utf8"));
    const pages = join(folder, "pages");
    placePages(checkout, pages, pagesIn(navigation));
    const config = join(folder, "mkdocs.json");
    writeFileSync(config, JSON.stringify(configOf(checkout, pages, navigation)));
    const made = join(folder, "made");
    const argv = [GENERATOR, "build", "--strict", "--config-file", config, "--site-dir", made] as const;
    runTool(argv, { env: { PYTHONDONTWRITEBYTECODE: "1" } });
    rmSync(out, { recursive: true, force: true });
    cpSync(made, out, { recursive: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The texts of all pages, and the pictures of docs/, in the places that they have in the checkout. */
function placePages(checkout: string, folder: string, pages: readonly string[]): void {
  const pictures = readdirSync(join(checkout, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(?:svg|png)$/.test(path))
    .map((path) => join("docs", path));
  const files = new Set([...pages, ...pictures].filter((path) => existsSync(join(checkout, path))));
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (!path.endsWith(".md")) cpSync(join(checkout, path), join(folder, path));
    else writeFileSync(join(folder, path), pageForSite(path, readFileSync(join(checkout, path), "utf8"), files));
  }
}

function configOf(checkout: string, pages: string, navigation: readonly SiteEntry[]): object {
  const own = join(checkout, "tools/package/site");
  return {
    site_name: "Florenetes",
    docs_dir: pages,
    nav: navigation,
    theme: { name: null, custom_dir: join(own, "theme"), locale: "en", include_search_page: true },
    hooks: [join(own, "hooks.py")],
    plugins: [{ search: { lang: "en" } }],
    // The pages are read from a folder, too, where no server makes an index.html of a folder.
    use_directory_urls: false,
    // A style in a tag is refused by the policy under which the pages are shown.
    markdown_extensions: [
      "sane_lists",
      "pymdownx.superfences",
      { "pymdownx.highlight": { use_pygments: false } },
      { tables: { use_align_attribute: true } },
    ],
  };
}
