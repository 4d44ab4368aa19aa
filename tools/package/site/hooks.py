"""Settings of the generator that its config file cannot hold."""

import json
from pathlib import Path

try:
    from pymdownx.slugs import slugify
except ModuleNotFoundError:
    raise SystemExit("pymdownx is not there: install Debian's package python3-pymdownx") from None


def on_config(config):
    # Anchors as GitHub makes them: the documents link to each other by these.
    config["mdx_configs"].setdefault("toc", {})["slugify"] = slugify(case="lower")
    # The site has no address, and so no map for search engines.
    config["theme"].static_templates = {"search.html"}
    return config


def on_files(files, config):
    # The generator copies its template of that map, too.
    files.remove(files.get_file_from_path("sitemap.xml"))
    return files


def on_post_build(config):
    # The index has each text twice, as part of its page and of its section. The section is what a reader looks for.
    file = Path(config["site_dir"], "search/search_index.json")
    index = json.loads(file.read_text())
    index["docs"] = [entry for entry in index["docs"] if "#" in entry["location"]]
    file.write_text(json.dumps(index, sort_keys=True, separators=(",", ":")))
