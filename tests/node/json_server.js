// VS Code's JSON service behind standard input and output; settings are those of `.vscode/settings.json`.
"use strict";

const fs = require("fs");
const url = require("url");
const { getLanguageService, TextDocument } = require("vscode-json-languageservice");
const { createConnection, TextDocuments } = require("vscode-languageserver/node");

const connection = createConnection(process.stdin, process.stdout);
const documents = new TextDocuments(TextDocument);
let root;
let service;

const readSchema = (address) => fs.promises.readFile(url.fileURLToPath(address), "utf8");

connection.onInitialize((params) => {
  root = params.rootUri;
  service = getLanguageService({ schemaRequestService: readSchema, clientCapabilities: params.capabilities });
  return { capabilities: { textDocumentSync: 1, completionProvider: {}, hoverProvider: true } };
});

// The editor's part: to resolve what is relative to the folder.
const configured = async () => {
  const { schemas } = await connection.workspace.getConfiguration("json");
  const resolved = schemas.map(({ fileMatch, url: address }) => ({ fileMatch, uri: new URL(address, `${root}/`).href }));
  service.configure({ schemas: resolved });
};

const ask = (question) => async (params) => {
  const document = documents.get(params.textDocument.uri);
  return question(document, params.position, service.parseJSONDocument(document));
};
connection.onCompletion(ask((document, position, tree) => service.doComplete(document, position, tree)));
connection.onHover(ask((document, position, tree) => service.doHover(document, position, tree)));

documents.onDidOpen(async ({ document }) => {
  await configured();
  const diagnostics = await service.doValidation(document, service.parseJSONDocument(document));
  connection.sendDiagnostics({ uri: document.uri, diagnostics });
});
documents.listen(connection);
connection.listen();
