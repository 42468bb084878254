// Measures this tool beside what one would type by hand, in one run, and writes bench/results.
//   make bench                                    600 MB on postgres:17
//   make bench ARGS="100 600 2000"                three sizes, in megabytes, each with its own result
//   make bench ARGS="--server 15"                 another server
//   make bench ARGS="--only progress 200"         how true the time left is that is shown
//   make bench ARGS="--only backup --rounds 2"    a part; told, and put into bench/.partial alone
import { readArguments } from './arguments.ts';
import { writeResult } from './figures/results-folder.ts';
import { sectionReport } from './figures/section-report.ts';
import { measureSection } from './section.ts';

const args = readArguments(process.argv.slice(2));
for (const megabytes of args.sizes) {
  const result = await measureSection(megabytes, args, (soFar) => writeResult(soFar, false));
  const folder = writeResult(result, args.whole);
  console.log(sectionReport(result));
  console.error(`Written to ${folder}.`);
}
if (args.whole) console.error('For the table in README.md: npm run docs');
