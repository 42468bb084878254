import { builtinModules } from 'node:module';

const [imported, required] = ['\0imported:', '\0required:'];

/** Takes 5 ms to load: whoever calls the first of its functions loads it. */
const late = /^(node:)?crypto$/;

/**
 * For each of its own modules that an ES module imports, Node copies all exports and sets off their getters (the streams of
 * `fs`, the stdin of `process`): 36 ms for those of a status, 16 as here, where what is used is taken alone.
 *
 * @type {import('rolldown').Plugin}
 */
export const builtins = {
  name: 'builtins',
  resolveId: {
    filter: { id: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) },
    handler: (id, _, { kind }) => {
      if (kind === 'dynamic-import') return null; // whoever imports late pays late
      return (kind === 'require-call' ? required : imported) + id;
    },
  },
  load: {
    filter: { id: new RegExp(`^(${imported}|${required})`) },
    handler: (id) =>
      id.startsWith(required)
        ? `module.exports = ${builtin(id.slice(required.length))};`
        : asExports(id.slice(imported.length)),
  },
};

/** @param {string} id */
function asExports(id) {
  const own = Object.entries(process.getBuiltinModule(id) ?? {}).filter(([name]) => name !== 'default');
  // A function is only called; what begins with a capital letter may be a class.
  const isLate = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    late.test(id) && typeof value === 'function' && /^[a-z]/.test(name);
  const taken = own.map(([name, value], at) => {
    const take = isLate(name, value) ? 'later' : 'take';
    return `const _${at} = /* @__PURE__ */ ${take}(${JSON.stringify(name)});`;
  });
  const exported = own.map(([name], at) => `_${at} as ${JSON.stringify(name)}`);
  return `const builtin = /* @__PURE__ */ ${builtin(id)};
    const take = (name) => builtin[name];
    const later = (name) => (...words) => ${builtin(id)}[name](...words);
    ${taken.join('\n')}
    export { ${exported.join(', ')}, builtin as default };`;
}

/** @param {string} id */
function builtin(id) {
  return `process.getBuiltinModule(${JSON.stringify(id)})`;
}
