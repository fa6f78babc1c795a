/** Words of the ID card of who gets the records: what it says of itself, who confirms it, what others say. */
import type { CertificateView, Doubt, EndorsementKind, EndorsementView, ServiceState } from '../../host/bindings';
import { list } from '../format';
import { named, say, type Sentence } from '../sentence';

/** Purposes of use that are common, by their codes (HL7 PurposeOfUse, TEFCA, NHIN). Others are shown as they are. */
const purposes: Readonly<Record<string, string>> = {
  TREAT: 'treatment',
  TREATMENT: 'treatment',
  'T-TRTMNT': 'treatment',
  ETREAT: 'treatment in an emergency',
  BTG: 'treatment in an emergency',
  CAREMGT: 'managing your care',
  COC: 'coordinating your care',
  HPAYMT: 'payment',
  PAYMENT: 'payment',
  'T-PYMNT': 'payment',
  HOPERAT: 'running its business',
  OPERATIONS: 'running its business',
  'T-HCO': 'running its business',
  PATRQT: 'your own request',
  REQUEST: 'your own request',
  'T-IAS': 'your own request',
  PUBHLTH: 'public health',
  'T-PH': 'public health',
  HRESCH: 'research',
  RESEARCH: 'research',
};

export const idCard = {
  as: 'It asks as',
  role: 'In the role of',
  for: 'It asks for',
  ownWords: 'its own words',
  purposes: (codes: readonly string[]) => list(codes.map((code) => purposes[code.toUpperCase()] ?? code)),

  confirmed: 'Confirmed',
  certificate: (view: CertificateView): string => {
    switch (view.state) {
      case 'none':
        return 'It shows no certificate of somebody else.';
      case 'unchecked':
        return 'It shows a certificate. None of your hospital lists can check it.';
      case 'unknown-issuer':
        return 'It shows a certificate of somebody whom none of your hospital lists knows.';
      case 'confirmed':
        return view.organization === null ? `Confirmed by ${view.by}.` : `Confirmed by ${view.by}, as ${view.organization}.`;
    }
  },

  service: 'Checking service',
  serviceState: (state: ServiceState, from: string): string =>
    ({
      'not-offered': `${from} names no service that checks who asks.`,
      approved: 'Approved.',
      warned: 'Approved, with a warning.',
      unknown: 'The service does not know it.',
      unsuitable: 'The service says that it must not be used.',
      invalid: 'The service says that this ID card is false.',
      'not-approved': 'The service does not approve it.',
      unreachable: 'The service did not answer. That is neither a yes nor a no.',
    })[state],
  serviceAt: 'Service at',
  others: 'What others say',
  kinds: { approval: 'Speaks for it', warning: 'Warns', 'usage-note': 'Notes' } satisfies Record<EndorsementKind, string>,
  endorsement: (one: EndorsementView): Sentence => (one.by === null ? say`Somebody` : say`${named(one.by)}`),

  doubtTitle: 'Look twice before you say yes',
  doubt: (doubt: Doubt, to: string, state: ServiceState): string => {
    if (doubt === 'certificate') return `${to} shows a certificate of somebody whom none of your hospital lists knows.`;
    switch (state) {
      case 'warned':
        return `The checking service approves ${to}, but somebody warns about it.`;
      case 'unknown':
        return `The checking service does not know ${to}.`;
      case 'unsuitable':
        return `The checking service says that ${to} must not be used. The hospital that has your records may refuse it.`;
      case 'invalid':
        return `The checking service says that the ID card of ${to} is false. The hospital that has your records may refuse it.`;
      case 'unreachable':
        return `The checking service did not answer, so nobody could say if ${to} is approved.`;
      default:
        return `The checking service does not approve ${to}. The hospital that has your records may refuse it.`;
    }
  },
  said: 'It says:',
  more: 'Look at the ID card',
  anyway: (to: string) => `I have read this, and want to share with ${to} all the same`,
  anywayMissing: 'Tick the box above your name first, or say no.',
};
