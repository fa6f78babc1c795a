// The kinds of the scripted host. The real glossary is the core's; this one only has to be believable.
import type { Kind, KindView } from '../bindings';

interface Entry {
  view: KindView;
  inSentence: string;
  mayTell: readonly Kind[];
  hint: string;
}

const entry = (id: Kind, name: string, short: string, long: string, inSentence: string, mayTell: readonly Kind[] = [], hint = ''): Entry => ({
  view: { id, name, short, long },
  inSentence,
  mayTell,
  hint,
});

export const glossary: readonly Entry[] = [
  entry('about-you', 'About you', 'Name, birth date, address, phone', 'Also sex, language, and the contacts you gave.', 'personal details'),
  entry('health-problems', 'Health problems', 'What you have or had', 'The lists that doctors keep, and what was found at each visit.', 'health problems'),
  entry('medicines', 'Medicines', 'Drugs you take or took', 'Dose, dates, and who ordered them.', 'medicines', ['health-problems'], 'The name of a drug can show why you take it. You left health problems out.'),
  entry('allergies', 'Allergies', 'What you react to', 'Drugs, food and other things, and what happened.', 'allergies'),
  entry('lab-tests', 'Lab tests', 'Blood and other tests', 'Each result and the report it came in. Tests cannot be picked one by one.', 'lab tests', ['health-problems'], 'A test can show what you have. You left health problems out.'),
  entry('vital-signs', 'Vital signs', 'Blood pressure, weight, pulse', 'What is measured at a visit.', 'vital signs'),
  entry('life-and-habits', 'Life and habits', 'Smoking, drinking, work, forms you filled in', 'Answers you gave about your life and how you feel.', 'life and habits'),
  entry('vaccines', 'Vaccines', 'Shots you had', 'Which shot, and when.', 'vaccines'),
  entry('procedures', 'Procedures', 'Operations and treatments', 'What was done, when, and why.', 'procedures', ['health-problems'], 'A treatment can show what it was for. You left health problems out.'),
  entry('visits', 'Visits', 'When and where you were seen', 'Past visits and planned ones, with the reason.', 'visits', ['health-problems'], 'The name of a clinic can show why you went. You left health problems out.'),
  entry('notes', 'Notes and letters', 'What doctors wrote. Can mention anything', 'Visit notes, letters and summaries. They can hold things you left out.', 'notes and letters', ['health-problems', 'medicines', 'lab-tests', 'life-and-habits', 'family-history'], 'Notes can mention anything, also what you left out.'),
  entry('images', 'Images', 'X-rays and scans', 'Which images there are and what they show.', 'images'),
  entry('plans', 'Plans and goals', 'What you and your team plan', 'Care plans, goals, and who is in your team.', 'plans and goals', ['health-problems'], 'A plan says what it is for. You left health problems out.'),
  entry('family-history', 'Family history', 'What runs in your family', 'Health problems of your relatives.', 'family history'),
  entry('insurance', 'Insurance', 'Who pays for your care', 'Plan, number, and dates of cover.', 'insurance'),
];

export const kindsInOrder = (kinds: readonly Kind[]): Kind[] => glossary.map((one) => one.view.id).filter((id) => kinds.includes(id));

/** Records of Paul Tindall at Spruce Harbor, by kind. */
export const records: Record<Kind, number> = {
  'about-you': 1,
  'health-problems': 18,
  medicines: 31,
  allergies: 2,
  'lab-tests': 214,
  'vital-signs': 96,
  'life-and-habits': 9,
  vaccines: 12,
  procedures: 3,
  visits: 40,
  notes: 57,
  images: 5,
  plans: 0,
  'family-history': 2,
  insurance: 1,
};
