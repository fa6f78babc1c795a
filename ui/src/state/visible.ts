// Tells the core whether anybody looks, so that it asks hospitals less often when nobody does.
import { call } from '../host';

/** Reports now and at every change until the returned function is called. */
export function reportVisibility(): () => void {
  const report = () => {
    // Only about how often lists are renewed: a failure changes nothing that is shown.
    call('watch', { visible: document.visibilityState === 'visible' }).catch(() => undefined);
  };
  report();
  document.addEventListener('visibilitychange', report);
  return () => document.removeEventListener('visibilitychange', report);
}
