// The pretended hospital lists: one that is searched, one whose copy is old.
import type { Commands, FoundHospital, HospitalListView } from '../bindings';

type Names = 'hospital_lists' | 'hospital_list_add' | 'hospital_list_remove' | 'hospitals_search';
type Answers = { [Name in Names]: (args: Commands[Name][0]) => Commands[Name][1] };

const later = '2041-01-01T00:00:00Z';
const given: HospitalListView = {
  id: 'given',
  name: 'Harbor Health directory',
  host: '127.0.0.1:41201',
  address: 'http://127.0.0.1:41201/directory',
  kind: 'directory',
  anchors: [{ name: 'Harbor Health Alliance', until: later }],
  own: false,
  copyOf: null,
};

const hospitals: readonly FoundHospital[] = [
  { name: 'Old Mill Kidney Care', place: 'Old Mill, ME', host: 'oldmill.example', address: 'https://oldmill.example/fhir', version: '4.0.1', reach: 'ready', listedBy: ['Harbor Health directory'], known: null },
  { name: 'Spruce Harbor Clinic', place: 'Port Alder, ME', host: '127.0.0.1:41201', address: 'http://127.0.0.1:41201/fhir', version: '4.0.1', reach: 'ready', listedBy: ['Harbor Health directory', 'Coast brands'], known: 'spruce-harbor' },
  { name: 'Gull Point Urgent Care', place: 'Port Alder, ME', host: null, address: null, version: null, reach: 'not-fhir', listedBy: ['Harbor Health directory'], known: null },
];

export function lists(): Answers {
  let all: HospitalListView[] = [given];
  return {
    hospital_lists: () => all,
    hospital_list_add: ({ name, address }) => {
      const host = address.replace(/^https:\/\//, '').split('/')[0] ?? address;
      all = [...all, { id: host, name: name || host, host, address, kind: 'brands', anchors: [], own: true, copyOf: new Date().toISOString() }];
      return all;
    },
    hospital_list_remove: ({ list }) => (all = all.filter((one) => one.id !== list)),
    hospitals_search: ({ name, place }) => ({
      hospitals: hospitals.filter((one) => one.name.toLowerCase().includes(name.toLowerCase()) && (one.place ?? '').toLowerCase().includes(place.toLowerCase())),
      more: false,
      looks: all.map((one) => ({ list: one.id, name: one.name, answer: { state: 'asked' } })),
    }),
  };
}
