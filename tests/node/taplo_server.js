// Taplo's language server speaks through callbacks; here it gets standard input and output, as other servers have.
"use strict";

const fs = require("fs");
const path = require("path");
const url = require("url");

globalThis.fetch = () => Promise.reject(new Error("these tests have no network"));
const { TaploLsp } = require("@taplo/lsp");
const { StreamMessageReader, StreamMessageWriter } = require("vscode-jsonrpc/node");

const CONFIGURATIONS = [".taplo.toml", "taplo.toml"];

const environment = {
  now: () => new Date(),
  envVar: (name) => process.env[name],
  envVars: () => Object.entries(process.env),
  stdErrAtty: () => false,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  glob: () => [],
  readFile: (file) => fs.promises.readFile(file),
  writeFile: (file, bytes) => fs.promises.writeFile(file, bytes),
  // Files outside of all folders belong to a workspace that is called root:///.
  urlToFilePath: (address) => (address.startsWith("file:") ? url.fileURLToPath(address) : new URL(address).pathname),
  isAbsolute: (file) => path.isAbsolute(file),
  cwd: () => process.cwd(),
  findConfigFile: (from) => CONFIGURATIONS.map((name) => path.join(from, name)).find((file) => fs.existsSync(file)),
  fetch: { fetch: globalThis.fetch, Headers, Request, Response },
};

async function main() {
  const writer = new StreamMessageWriter(process.stdout);
  const server = await TaploLsp.initialize(environment, { onMessage: (message) => writer.write(message) });
  new StreamMessageReader(process.stdin).listen((message) =>
    message.method === "exit" ? process.exit() : server.send(message),
  );
}

main();
