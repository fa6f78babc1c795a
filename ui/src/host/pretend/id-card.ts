// The ID card of a pretended target: everything on it, with or without a doubt.
import type { EhrView, IdCardView } from '../bindings';

export function idCard(target: EhrView, doubt: boolean): IdCardView {
  const approval = { kind: 'approval', comment: 'Member since 2021, reviewed every year', by: 'Harbor Health Alliance', host: 'harbor-health.example' } as const;
  const warning = { kind: 'warning', comment: 'Answers letters slowly', by: 'Coast Patients\u2019 Union', host: 'coast-patients.example' } as const;
  return {
    name: target.name,
    host: target.host,
    issuer: target.address,
    keyEnd: 'A810',
    shows: 'signed',
    goodUntil: new Date(Date.now() + 600_000).toISOString(),
    credentials: { organization: target.name, organizationId: target.address, role: 'Hospital system', purposes: ['TREAT'] },
    certificate: { state: 'confirmed', by: 'Harbor Health Alliance', organization: target.name },
    service: doubt
      ? { state: 'unknown', host: 'cavs.harbor-health.example', message: 'Unknown JWT', endorsements: [warning] }
      : { state: 'approved', host: 'cavs.harbor-health.example', message: 'Approved for use by Spruce Harbor Clinic', endorsements: [approval] },
  };
}
