// The real host. The only file that knows Tauri.
import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';

import type { Event } from './bindings';
import type { Host } from './index';

/** The channel on which the shell sends every `Event`. */
const channel = 'change';

export const tauri: Host = {
  call: (name, args) => invoke(name, args ?? {}),
  listen(act) {
    const stop = listen<Event>(channel, (message) => act(message.payload));
    return () => void stop.then((unlisten) => unlisten());
  },
};
