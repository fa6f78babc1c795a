import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';

import Choice from '../../src/kit/Choice.svelte';
import RadioGroup from '../../src/kit/RadioGroup.svelte';

describe('a choice', () => {
  it('ticks with a press on its name and with the space bar', async () => {
    const onchange = vi.fn();
    render(Choice, { name: 'Medicines', line: 'Drugs you take', onchange });
    await userEvent.click(screen.getByText('Medicines'));
    expect(onchange).toHaveBeenLastCalledWith(true);
    await userEvent.keyboard(' ');
    expect(onchange).toHaveBeenLastCalledWith(false);
  });

  it('reads its second line and its hints as a description', () => {
    render(Choice, { name: 'Medicines', line: 'Drugs you take', checked: true, hints: ['A name can tell.'] });
    const box = screen.getByRole('checkbox', { name: 'Medicines' });
    const described = (box.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent?.trim());
    expect(described).toEqual(['Drugs you take', 'A name can tell.']);
  });

  it('opens its longer line without ticking', async () => {
    const onchange = vi.fn();
    render(Choice, { name: 'Medicines', long: 'Dose and dates.', onchange });
    expect(screen.getByText('Dose and dates.').hidden).toBe(true);
    await userEvent.click(screen.getByRole('button', { name: /more about medicines/i }));
    expect(screen.getByText('Dose and dates.').hidden).toBe(false);
    expect(onchange).not.toHaveBeenCalled();
  });

  it('has no box when it is locked', () => {
    render(Choice, { name: 'Single tests', line: 'All or none.', locked: true });
    expect(screen.queryByRole('checkbox')).toBeNull();
    expect(screen.getByText('All or none.')).toBeTruthy();
  });
});

describe('a group of answers', () => {
  const options = [
    { value: 'a', name: 'My care' },
    { value: 'b', name: 'A second opinion' },
  ];

  it('chooses nothing for the person', () => {
    render(RadioGroup, { legend: 'Why?', options, value: null, onchange: () => undefined });
    expect(screen.getByRole('radiogroup', { name: 'Why?' })).toBeTruthy();
    expect(screen.getAllByRole('radio').some((one) => (one as HTMLInputElement).checked)).toBe(false);
  });

  it('tells the answer that was picked', async () => {
    const onchange = vi.fn();
    render(RadioGroup, { legend: 'Why?', options, value: null, onchange });
    await userEvent.click(screen.getByRole('radio', { name: 'A second opinion' }));
    expect(onchange).toHaveBeenCalledWith('b');
  });
});
