// Ajv with the options on standard input: does the schema compile, and which documents does it accept?
"use strict";

const fs = require("fs");
const Ajv = require("ajv").default;

const { options, annotations, schema, documents } = JSON.parse(fs.readFileSync(0, "utf8"));
const ajv = new Ajv({ ...options, logger: false });
annotations.forEach((keyword) => ajv.addKeyword(keyword));

let answer;
try {
  const accepts = ajv.compile(schema);
  answer = documents.map((document) => (accepts(document) ? [] : accepts.errors.map(({ instancePath }) => instancePath)));
} catch (error) {
  answer = error.message;
}
process.stdout.write(JSON.stringify(answer));
