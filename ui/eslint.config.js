// The window's rules that a machine can judge. The window shows; it never fetches, stores or runs text.
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

import svelteConfig from './svelte.config.js';

const noOutside = ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'eval', 'Function'];
const noKeeping = ['localStorage', 'sessionStorage', 'indexedDB', 'caches'];
const members = [...noOutside, ...noKeeping, 'sendBeacon', 'open', 'cookie', 'write', 'writeln'];
const sinks = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc', 'createContextualFragment', 'parseFromString'];

export default ts.config(
  { ignores: ['dist', 'dist-pretend', 'src/host/bindings.ts'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: globals.browser },
    rules: {
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'error',
      'no-script-url': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-globals': ['error', ...noOutside, ...noKeeping],
      'no-restricted-properties': [
        'error',
        ...['window', 'globalThis', 'self', 'navigator', 'document'].flatMap((object) =>
          members.map((property) => ({ object, property })),
        ),
      ],
      'no-restricted-syntax': [
        'error',
        ...sinks.map((name) => ({
          selector: `:matches(MemberExpression[property.name="${name}"], Property[key.name="${name}"], SvelteAttribute[key.name="${name}"])`,
          message: 'Words from outside are text nodes, never markup.',
        })),
        { selector: 'SvelteAttribute[key.name="style"]', message: 'The CSP blocks style attributes: use a class or a style: directive.' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@tauri-apps/*'], message: 'Only host/tauri.ts talks to Tauri.' }] },
      ],
      'svelte/no-at-html-tags': 'error',
      'svelte/no-target-blank': 'error',
      'svelte/require-each-key': 'error',
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  { files: ['src/host/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
);
