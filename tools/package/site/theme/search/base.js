// The generator's search asks for the root of the site, seen from the page of the search.
globalThis.base_url = ".";
