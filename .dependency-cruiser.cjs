// The layers of ARCHITECTURE.md, as rules. A layer may import itself and what its line names.
const layers = {
  core: [],
  process: ['core'],
  store: ['core', 'process'],
  database: ['core', 'process'],
  operations: ['core'],
  ui: ['core', 'operations'],
  app: ['core', 'process', 'store', 'database', 'operations', 'ui'],
};

const layerRules = Object.entries(layers).map(([layer, allowed]) => ({
  name: `${layer}-imports-only-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: [layer, ...allowed].map((name) => `^src/${name}/`) },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'processes-start-in-one-place',
      comment:
        'Only src/process starts a child process, so that no stream is buffered and no child is forgotten.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/process/' },
      to: { path: ['^node:child_process$', '^child_process$', 'node_modules/execa', 'node_modules/zx'] },
    },
    {
      name: 'core-is-pure',
      comment: 'The core decides; it does not read files, the clock of a process or the network.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: {
        dependencyTypes: ['core'],
        pathNot: ['^(node:)?crypto$', '^(node:)?stream$', '^(node:)?buffer$', '^(node:)?zlib$'],
      },
    },
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: '^(src|scripts)/' },
      to: { path: '^test/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
