import { describe, expect, it } from 'vitest';

import { flowSteps, go, href, parse, route, type Route } from '../src/route.svelte';

describe('the route', () => {
  const routes: Route[] = [
    { at: 'welcome' },
    { at: 'sharing' },
    { at: 'hospitals' },
    { at: 'find' },
    { at: 'hospital', id: 'a b/ü' },
    { at: 'share', id: 's-1' },
    { at: 'stop', id: 's-1' },
    { at: 'setting-up', id: 's-1' },
    ...flowSteps.map((step): Route => ({ at: 'new', step })),
  ];

  it.each(routes)('comes back from its address: %o', (to) => {
    expect(parse(href(to))).toEqual(to);
  });

  it('is home when the address is unknown or broken', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/share/', '#/setting-up', '#/share/%']) expect(parse(hash)).toEqual({ at: 'sharing' });
  });

  it('starts a new share at its first step when the step is unknown', () => {
    expect(parse('#/new/everything')).toEqual({ at: 'new', step: 'from-and-to' });
  });

  it('follows where the person goes', () => {
    go({ at: 'share', id: 'x' });
    expect(route.now).toEqual({ at: 'share', id: 'x' });
    expect(window.location.hash).toBe('#/share/x');
  });
});
