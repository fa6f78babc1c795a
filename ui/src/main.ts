// Starts the window: picks the host, then draws the app.
import './styles/tokens.css';
import './styles/base.css';

import { mount } from 'svelte';

import App from './App.svelte';
import { use, type Host } from './host';
import { tauri } from './host/tauri';

async function pickHost(): Promise<Host> {
  // Cut out of every build but the `pretend` one: MODE is a constant at build time.
  if (import.meta.env.MODE === 'pretend' && !('__TAURI_INTERNALS__' in window)) {
    const { pretend } = await import('./host/pretend');
    return pretend(new URLSearchParams(window.location.search));
  }
  return tauri;
}

const target = document.getElementById('app');
if (target) {
  use(await pickHost());
  mount(App, { target });
}
