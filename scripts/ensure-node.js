// Runs after every `npm install` and `npm ci`, under whatever Node the machine has, hence plain JavaScript of
// old. Where that Node is too old for this tool, it fetches Node 24 from the npm registry into `.node/` and
// links it as `node_modules/.bin/node`, which `npm run`, make and the shell scripts find first. Last, it has the program
// bundled (bundle.js).
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentBundle } from './bundled.js';

const wanted = '^24.15.0';
const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const link = path.join(project, 'node_modules', '.bin', 'node');

closeBackups();
const node = fits(process.version) ? process.execPath : fetchNode();
if (node !== process.execPath) linkNode(node);
if (!currentBundle()?.made) bundle();

/** @param {string} version */
function fits(version) {
  const parts = version.replace('v', '').split('.').map(Number);
  const major = parts[0] ?? 0;
  return major >= 26 || (major === 24 && (parts[1] ?? 0) >= 15);
}

/** Git makes the backup folder readable for everybody; backups are nobody else's business. */
function closeBackups() {
  try {
    chmodSync(path.join(project, 'backups'), 0o700);
  } catch {
    // It is missing, and made with the right mode later, or somebody else's to decide on.
  }
}

function fetchNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const names = [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`];
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = names.map((name) => path.join(project, '.node', 'node_modules', name, 'bin', binary));
  const present = places.find(works);
  if (present !== undefined) return present;
  for (const [index, name] of names.entries()) {
    if (install(name) && works(places[index] ?? '')) return places[index] ?? '';
  }
  console.error(
    `This tool needs Node 24 (24.15 or newer); this machine has ${process.version}, and Node 24 could not be fetched from the npm registry.`,
  );
  console.error(
    'Connect to the network, or install Node 24 yourself (nvm install 24), then type: make setup',
  );
  process.exit(1);
}

/** @param {string} file */
function works(file) {
  try {
    return existsSync(file) && fits(execFileSync(file, ['--version'], { encoding: 'utf8' }).trim());
  } catch {
    return false; // another platform's, or cut off
  }
}

/** @param {string} name */
function install(name) {
  const folder = path.join(project, '.node');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  const npm = process.env['npm_execpath'];
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  // npm's own patience, a minute and more for each name, is too long where there is no network at all.
  args.push('--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000');
  const [file, before] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  try {
    // The variables of the npm that runs us would lead this one back into the project.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(
        ([key]) =>
          !/^npm_(?!config_(registry|userconfig|ca|cafile|strict_ssl|proxy|https_proxy|noproxy|prefer_offline|offline|cache)$)/i.test(
            key,
          ),
      ),
    );
    execFileSync(file, [...before, ...args, `${name}@${wanted}`], { cwd: folder, env, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** A start that takes longer is no reason to fail. */
function bundle() {
  if (!existsSync(path.join(project, 'node_modules', 'rolldown'))) return; // one of the development's packages
  try {
    execFileSync(node, [path.join(project, 'scripts', 'bundle.js')], { stdio: 'ignore' });
  } catch {
    // Then it starts from its sources.
  }
}

/** @param {string} binary */
function linkNode(binary) {
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(path.relative(path.dirname(link), binary), link);
}
