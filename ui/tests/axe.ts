// What a machine can judge of access for all. Contrast and landmarks need a real engine and the whole window.
import axe from 'axe-core';

/** What axe finds, with the markup that it finds it in. */
export async function faults(root: Element): Promise<string[]> {
  const { violations } = await axe.run(root, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
}
