import { expect, test } from 'vitest';
import { emptyDocs } from './docs.ts';
import { checkSiteFile, readSite } from './file.ts';
import { siteTypes } from './site-fixture.ts';

const head = `site: { id: garden, name: 花园小区 }
areas: [{ id: garden, name: 花园小区, kind: site }]
`;

/** What is wrong with a site of these links and devices; each as `where the § stood: message`. */
function problemsOf(marked: string): string[] {
  const text = head + marked;
  const plain = text.replaceAll('§', '');
  const places = text
    .split('\n')
    .flatMap((line, i) => (line.includes('§') ? [`${i + 1}:${line.indexOf('§') + 1}`] : []));
  const checked = checkSiteFile(
    readSite(plain, 'site.yaml'),
    { settings: null, docs: emptyDocs },
    { types: siteTypes, env: {} },
    { prune: false },
  );
  return checked.problems.map(({ line, column, severity, message }) => {
    const at = `${line}:${column}`;
    return `${places.includes(at) ? 'there' : at}, ${severity}: ${message}`;
  });
}

const meter = (address: string, link = 'rs485') => `devices:
  - { id: meter-1, type: meter-645, name: 表, area: garden, link: ${link}, address: ${address} }
`;
const bus = (more: string, id = 'rs485') => `links:
  - { id: ${id}, kind: bus, path: /dev/ttyUSB0, ${more} }
`;

test.each([
  ['protocol: dlt645-2007'],
  ['protocol: modbus-rtu, also: { dlt645-2007: {} }'],
  ['protocol: dlt645-2007, also: { modbus-rtu: { baudRate: 19200 } }'],
])('a meter may stand on a bus with %s', (line) => {
  expect(problemsOf(bus(line) + meter('"000000000161"'))).toEqual([]);
});

test('a meter on a bus that does not carry its protocol is told with the mend', () => {
  expect(problemsOf(bus('protocol: modbus-rtu') + meter('"000000000161"', '§rs485'))).toEqual([
    'there, error: link "rs485" carries modbus-rtu, but type "meter-645" speaks dlt645; add also: { dlt645-2007: {} } to the link, or choose another link or type',
  ]);
  expect(problemsOf(bus('protocol: surgard-mlr2') + meter('"000000000161"', '§rs485'))).toEqual([
    'there, error: link "rs485" carries surgard-mlr2, but type "meter-645" speaks dlt645; choose another link or type',
  ]);
});

test.each([
  ['§161', 'twelve digits, leading zeros included; write it in quotes, for example "000000000161"'],
  ['§"AAAAAAAAAAAA"', 'is no meter number'],
  ['§"1234567890123"', 'is no meter number'],
  ['§000000000161', 'would lose its leading zeros'],
])('the meter number %s is refused', (address, words) => {
  expect(problemsOf(bus('protocol: dlt645-2007') + meter(address))).toEqual([
    expect.stringMatching(`there, error: .*${words}`),
  ]);
});

test('a meter without its number is told what to give', () => {
  const [problem] = problemsOf(`${bus('protocol: dlt645-2007')}devices:
  - { id: meter-1, type: meter-645, name: 表, area: garden, link: rs485 }
`);
  expect(problem).toContain('"address" is missing: give the twelve digits of the meter\'s number');
});

test('two links on one line are refused: they would speak at once', () => {
  expect(
    problemsOf(`links:
  - { id: a, kind: bus, path: /dev/ttyUSB0, protocol: modbus-rtu }
  - { id: b, kind: bus, path: §/dev/ttyUSB0, protocol: dlt645-2007 }
`),
  ).toEqual([expect.stringContaining('there, error: /dev/ttyUSB0 is already that of "a"')]);
});

test('a protocol beside itself is refused', () => {
  expect(problemsOf(bus('protocol: modbus-rtu, also: { §modbus-rtu: {} }'))).toEqual([
    'there, error: "rs485" carries modbus-rtu already; write its settings beside "protocol"',
  ]);
});

test('what is not asked shares its line with nothing', () => {
  expect(problemsOf(bus('protocol: surgard-mlr2, §also: { dlt645-2007: {} }'))).toEqual([
    expect.stringContaining('there, error: "also" is not known here'),
  ]);
  expect(problemsOf(bus('protocol: modbus-rtu, also: { §dlt645: {} }'))).toEqual([
    'there, error: "dlt645" is not known here; did you mean "dlt645-2007"?',
  ]);
});

test('two settings behind one serial server are a warning: it has one for all', () => {
  const shared = (more: string) => `links:
  - { id: rs485, kind: bus, path: "tcp://10.0.0.7:4196", protocol: modbus-rtu, also: { dlt645-2007: §{ ${more} } } }
`;
  expect(problemsOf(shared(''))).toEqual([
    expect.stringMatching(
      /^there, warning: .*9600 8N1 \(modbus-rtu\) and 2400 8E1 \(dlt645-2007\) cannot both be/,
    ),
  ]);
  expect(problemsOf(shared('baudRate: 9600, parity: none'))).toEqual([]);
});

const dtu = (id: string, registration: string, more = '') =>
  `  - { id: ${id}, kind: dtu, registration: ${registration}, protocol: modbus-rtu${more} }\n`;

test('units that dial in are known by registrations that cannot be taken for each other', () => {
  const one = dtu('one', '"861234567890123"');
  expect(
    problemsOf(
      `links:\n${one}${dtu('two', '"861234567890124"', ', also: { cjt188: { baudRate: 9600, parity: none } }')}`,
    ),
  ).toEqual([]);
  expect(problemsOf(`links:\n${one}${dtu('two', '§"861234567890123"')}`)).toEqual([
    'there, error: "one" has this registration already; give each unit its own',
  ]);
  expect(
    problemsOf(`links:\n${one}${dtu('two', '§"hex:38 36 31 32 33 34 35 36 37 38 39 30 31 32 33"')}`),
  ).toEqual(['there, error: "one" has this registration already; give each unit its own']);
  expect(problemsOf(`links:\n${dtu('one', '"unit-7"')}${dtu('two', '§"unit-70"')}`)).toEqual([
    expect.stringContaining('there, error: this registration contains that of "one"'),
  ]);
  expect(problemsOf(`links:\n${dtu('one', '§"7"')}`)).toEqual([
    expect.stringContaining('a registration has at least 4 bytes'),
  ]);
  expect(problemsOf(`links:\n${dtu('one', '§"hex:01 02 03"')}`)).toEqual([
    expect.stringContaining('a registration has at least 4 bytes'),
  ]);
});

test('a unit that dials in has one line setting for all', () => {
  const shared = dtu('one', '"861234567890123"', ', also: { dlt645-2007: §{ baudRate: 2400 } }');
  expect(problemsOf(`links:\n${shared}`)).toEqual([
    expect.stringMatching(/^there, warning: the unit that dials in has one setting for all, so 9600 8N1/),
  ]);
});

const doorNet = (more = '') => `links:
  - { id: door-net, kind: uhppote }
${more}`;
const controller = (address: string) => `devices:
  - { id: controller-1, type: controller-udp, name: 控制器, area: garden, link: door-net, ${address} }
`;

test('a door controller with its serial number, and its doors by theirs, are right', () => {
  const doors = [1, '"2"', 4].map(
    (address, i) =>
      `  - { id: door-${i}, type: controller-door, name: 门, area: garden, parent: controller-1, address: ${address} }\n`,
  );
  expect(problemsOf(doorNet() + controller('address: 423187757') + doors.join(''))).toEqual([]);
});

test.each(['address: §0', 'address: §"UT0311"', 'address: §4294967296'])(
  'a door controller with %s is told where its serial number stands',
  (address) => {
    const [problem] = problemsOf(doorNet() + controller(address));
    expect(problem).toMatch(/^there, error: .*is no serial number.*gatehouse scan door-net/);
  },
);

test.each(['address: §5', 'address: §front'])(
  'a door of such a controller with %s is told 1 to 4',
  (address) => {
    const door = `  - { id: door-1, type: controller-door, name: 门, area: garden, parent: controller-1, ${address} }\n`;
    expect(problemsOf(doorNet() + controller('address: 423187757') + door)).toEqual([
      'there, error: the door needs "address": its number at the controller "controller-1", 1 to 4',
    ]);
  },
);

test('two networks of door controllers do not listen on one port', () => {
  const second = (listen: string) => `  - { id: door-net-2, kind: uhppote, listen: ${listen} }\n`;
  expect(problemsOf(doorNet(second('§"192.168.2.1:60001"')))).toEqual([
    'there, error: "door-net" listens on port 60001 already; give this link another, for example 0.0.0.0:60002',
  ]);
  expect(problemsOf(doorNet(second('"0.0.0.0:60002"')))).toEqual([]);
});

const readerBus = (...addresses: string[]) => `links:
  - { id: readers, kind: bus, path: /dev/ttyUSB0, protocol: osdp }
devices:
${addresses.map((address, i) => `  - { id: reader-${i}, type: reader-rs485, name: 读卡器, area: garden, link: readers${address} }`).join('\n')}
`;

test('a bus is known by where it leads, however that is written, and Modbus TCP is not there, too', () => {
  const links = (...lines: string[]) =>
    problemsOf(`links:\n${lines.map((line, i) => `  - { id: link-${i}, ${line} }\n`).join('')}`);
  const server = (host: string, mark = '') =>
    `kind: bus, protocol: modbus-rtu, path: ${mark}"tcp://${host}:502"`;
  const modbus = (host: string, mark = '') => `kind: modbus-tcp, host: ${mark}${host}, port: 502`;
  expect(links(server('gate.local'), server('GATE.local', '§'))).toEqual([
    expect.stringMatching(/^there, error: tcp:\/\/GATE.local:502 is already that of "link-0"/),
  ]);
  for (const pair of [
    [server('gate.local'), modbus('Gate.local', '§')],
    [modbus('Gate.local'), server('gate.local', '§')],
  ])
    expect(links(...pair)).toEqual([
      expect.stringMatching(/^there, error: tcp:\/\/gate.local:502 is already that of "link-0"/),
    ]);
  expect(links(modbus('gate.local'), modbus('gate.local'), server('gate-2.local'))).toEqual([]);
});

test('card readers on one pair of wires have addresses of their own, 0 to 126', () => {
  expect(problemsOf(readerBus(', address: 0', ', address: "1"', ', address: 126'))).toEqual([]);
  expect(problemsOf(readerBus(', address: 1', ', address: §1'))[0]).toMatch(
    /^there, error: the address 1 on link "readers" is already that of "reader-0"/,
  );
  for (const wrong of ['127', '-1', 'left', '1.5'])
    expect(problemsOf(readerBus(`, address: §${wrong}`))).toEqual([
      expect.stringMatching(
        /^there, error: .*is no address of a reader: give the address that is set in the reader \(0-126\)/,
      ),
    ]);
  expect(problemsOf(readerBus(''))).toEqual([
    expect.stringContaining('"address" is missing: give the address that is set'),
  ]);
});
